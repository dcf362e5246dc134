"""The speed benchmark's statistics, its memory count and its tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.engine_tasks.speed_plot import smoothed
from benchmarks.speed import memory
from benchmarks.speed.bots import PLAIN, Bot, Caller
from benchmarks.speed.figures import Measured, around, median, quantile, ratio
from benchmarks.speed.load import long_conversation, many_users, one_user
from benchmarks.speed.report import Run, comparison, within
from scripts.console import SetUpError


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([5.0], 0.95, 5.0), ([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0, 2.0], 0.5, 1.5), ([1, 2, 3, 4, 5], 0.95, 4.8)],
)
def test_a_quantile_lies_between_its_neighbours(values: list[float], share: float, expected: float) -> None:
    assert quantile(values, share) == pytest.approx(expected)


def test_no_values_have_no_quantile_and_no_median() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)
    assert median([]) is None


def test_a_turns_time_is_the_median_of_those_around_it() -> None:
    times = [float(turn) for turn in range(1, 261)]
    assert around(times, 10, reach=2) == 10
    assert around(times, 1, reach=2) == 2  # turns 1 to 3
    assert around(times, 250) == 250


def test_a_short_conversation_has_no_late_turn() -> None:
    with pytest.raises(ValueError, match="there are 5 turns, not 250"):
        around([1.0] * 5, 250)
    assert Measured(conversations=[[1.0] * 5]).at_turn(250) is None


def test_better_is_less_time_and_more_messages() -> None:
    assert ratio(10, 50) == 5
    assert ratio(100, 20, more_is_better=True) == 5
    assert ratio(None, 50) is None


def test_a_figure_is_the_median_over_its_rounds() -> None:
    measured = Measured()
    for times in ([0.010, 0.020, 0.030], [0.050, 0.060, 0.070], [0.021, 0.022, 0.023]):
        measured.add_round(PLAIN, times)
    assert measured.typical(PLAIN) == 0.022
    assert measured.typical("form") is None


def test_the_tables_say_which_goal_is_missed_and_what_was_not_measured() -> None:
    run = Run(load_average=0.5)
    run.stock.add_round(PLAIN, [0.060])
    run.ours.add_round(PLAIN, [0.020])
    run.ours.add_round("form", [0.025])
    rows = {row[0]: row for row in comparison(run)}
    assert rows["Plain answer, p50"][1:] == ("60.0 ms", "", "20.0 ms", "3.0", "5 missed")
    assert rows["Memory after start"][1:] == ("", "", "", "", "2")
    factors = {row[0]: row for row in within(run)}
    assert factors["Form turn beside a plain answer, p50"][2:] == ("1.25", "at most 1.5 ✓")
    assert factors["Turn 250 beside turn 10"][1] == "not measured"


def test_the_plot_is_smoothed_by_the_running_median() -> None:
    assert smoothed([1, 9, 1, 1, 9], window=3) == [5, 1, 1, 1, 5]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's /proc")
def test_the_memory_of_children_counts() -> None:
    big = "x = bytearray(40_000_000); print('up', flush=True); input()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {big!r}])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1) as parent:
        assert parent.stdout is not None and parent.stdin is not None
        parent.stdout.readline()
        (child,) = memory.descendants(parent.pid)
        assert memory.resident(parent.pid) > memory.resident(child) > 40
        parent.stdin.write(b"\n")
        parent.stdin.close()
        parent.stdout.read()


class Parrot(Bot):
    """A bot without processes, which notes what it is told."""

    name = "parrot"
    opening = "/greet"
    turns = {PLAIN: ("a", "b", "c")}  # noqa: RUF012

    def __init__(self) -> None:
        self.url = "http://127.0.0.1:9"
        self.told: list[tuple[str, str]] = []
        self.fails = False

    def start(self) -> float:
        return 0.0

    def caller(self) -> Caller:
        return Caller(self.url, {})

    def say(self, caller: Caller, sender: str, text: str, kind: str | None = None) -> None:
        if self.fails:
            raise SetUpError("no answer")
        self.told.append((sender, text))


def test_one_user_begins_a_conversation_every_ten_turns() -> None:
    bot = Parrot()
    assert len(one_user(bot, PLAIN, 20)) == 20
    assert len({sender for sender, _ in bot.told}) == 2
    assert [text for _, text in bot.told[:4]] == ["/greet", "a", "b", "c"]


def test_a_long_conversation_is_one_and_ends_in_time() -> None:
    bot = Parrot()
    assert len(long_conversation(bot, 30, longest=5)) == 30
    assert len({sender for sender, _ in bot.told}) == 1
    assert long_conversation(bot, 30, longest=0) == []


def test_a_failure_under_load_is_an_error() -> None:
    bot = Parrot()
    assert many_users(bot, users=2, seconds=0.05) > 0
    bot.fails = True
    with pytest.raises(SetUpError, match="parrot failed under load: no answer"):
        many_users(bot, users=2, seconds=0.05)
