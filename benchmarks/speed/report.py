"""Writes docs/benchmarks.md and its plot."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.engine_env import run_task
from benchmarks.speed.bots import ACTION, FORM, PLAIN
from benchmarks.speed.figures import Measured, median, ratio
from benchmarks.tables import table
from scripts.console import ROOT, say

REPORT = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "benchmarks.svg"

ROUNDS = 3
TURNS = 40
USERS = 8
SECONDS = 5.0
EARLY, LATE = 10, 250

_REPORT = """\
# Benchmarks

Written by `make bench` on {date}. Do not edit by hand.

Needlewise's engine beside the bot that `rasa init` makes, with the same Rasa on the same machine, in one run.

{comparison}

One kind of turn beside another, and late beside early in one conversation:

{within}

![Time of each turn of one conversation](benchmarks.svg)

Training from nothing: {training}.

## Method

- Machine: {machine}. Load average {before:.1f} when the run began and {after:.1f} when it ended{note}. Everything on
  loopback; one bot runs at a time.
- The stock bot is `rasa init --no-prompt` as it comes (DIET, ResponseSelector, TED), through its REST channel, with as
  many threads as its libraries like. It has no custom action and no form, so its plain answers are compared. Its
  default tracker store keeps conversations in memory; the figures with SQLite, which keeps them as ours does, stand
  beside. Needlewise keeps them in SQLite always.
- Needlewise's figures are those of the engine's connector, which the gateway calls; the action server runs beside it.
- {repetitions} of starting, measuring and stopping, the bots by turns; the stock bot's two stores by turns as well. In
  each: {rounds} rounds of {turns} turns of each kind by one user in conversations of ten, and of {seconds:.0f} s with
  {users} users; then one conversation of 260 turns. Each figure is the median over all rounds.
- Start-up is the time from the start of the processes to the first answer. Memory is the resident memory of the Rasa
  process and its children after the first answer and after all load. Turn {early} and turn {late} are medians over the
  ten turns to each side. A custom action is a disclosed condition that gets a flag; a form turn is an answer in the
  screening, which validates it and asks the next question.
- The run took {took:.0f} s.
"""


@dataclass
class Run:
    """Everything that one run measured."""

    load_average: float
    load_average_end: float = 0.0
    stock: Measured = field(default_factory=Measured)
    stock_sql: Measured = field(default_factory=Measured)
    ours: Measured = field(default_factory=Measured)
    training_stock: float | None = None
    training_ours: float | None = None
    repetitions: int = 0
    seconds: float = 0.0


Row = tuple[str, str, str, str, str, str]


def comparison(run: Run) -> list[Row]:
    """Return a row for each figure: name, stock, stock with SQLite, ours, how many times better, goal."""
    ours, stock, sql = run.ours, run.stock, run.stock_sql
    starts, weights = stock.start + sql.start, stock.memory_start + sql.memory_start
    loads = stock.memory_load + sql.memory_load
    slow = [one.typical(PLAIN, "p95") for one in (stock, sql, ours)]
    both = [a + b for a, b in zip(ours.memory_load, ours.memory_actions, strict=False)]
    return [
        _row("Start-up to the first answer", "s", median(starts), None, median(ours.start), 5),
        _row("Memory after start", "MB", median(weights), None, median(ours.memory_start), 2),
        _row("Memory after load", "MB", median(loads), None, median(ours.memory_load), 2),
        _row("… with our action server", "MB", median(loads), None, median(both), None),
        _row("Plain answer, p50", "ms", stock.typical(PLAIN), sql.typical(PLAIN), ours.typical(PLAIN), 5),
        _row("Plain answer, p95", "ms", slow[0], slow[1], slow[2], None),
        _row(
            f"Messages a second, {USERS} users",
            "/s",
            median(stock.rate),
            median(sql.rate),
            median(ours.rate),
            5,
        ),
        _row("Turn 10", "ms", stock.at_turn(EARLY), sql.at_turn(EARLY), ours.at_turn(EARLY), None),
        _row("Turn 250", "ms", stock.at_turn(LATE), sql.at_turn(LATE), ours.at_turn(LATE), None),
    ]


def within(run: Run) -> list[tuple[str, str, str, str]]:
    """Return a row for each comparison of turns of one bot: name, times, factor, goal."""
    ours, plain = run.ours, run.ours.typical(PLAIN)
    rows = [
        _factor("Custom-action turn beside a plain answer, p50", plain, ours.typical(ACTION), 1.5),
        _factor("Form turn beside a plain answer, p50", plain, ours.typical(FORM), 1.5),
        _factor("Turn 250 beside turn 10", ours.at_turn(EARLY), ours.at_turn(LATE), 1.3),
    ]
    for name, one in (("in memory", run.stock), ("SQLite", run.stock_sql)):
        rows.append(
            _factor(f"Turn 250 beside turn 10, stock, {name}", one.at_turn(EARLY), one.at_turn(LATE), None)
        )
    return rows


def say_table(run: Run) -> None:
    """Print the comparison."""
    say(_comparison_table(run))
    say(_within_table(run))


def write(run: Run) -> None:
    """Write docs/benchmarks.md and docs/benchmarks.svg."""
    took = [f"{run.training_stock:.0f} s (stock)" if run.training_stock else ""]
    took.append(f"{run.training_ours:.0f} s (Needlewise; goal: under 60 s)" if run.training_ours else "")
    times = "repetition" if run.repetitions == 1 else "repetitions"
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(
        _REPORT.format(
            date=datetime.now(UTC).date().isoformat(),
            comparison=_comparison_table(run),
            within=_within_table(run),
            training=", ".join(filter(None, took)),
            machine=machine(),
            before=run.load_average,
            after=run.load_average_end,
            note=" (with both bots' own work in it)",
            repetitions=f"{run.repetitions} {times}",
            rounds=ROUNDS,
            turns=TURNS,
            users=USERS,
            seconds=SECONDS,
            early=EARLY,
            late=LATE,
            took=run.seconds,
        ),
        encoding="utf-8",
    )
    curves = {
        "stock, in memory": run.stock.conversations,
        "stock, SQLite": run.stock_sql.conversations,
        "Needlewise, SQLite": run.ours.conversations,
    }
    run_task(
        "speed_plot", {"path": str(PLOT), "curves": {name: one[0] for name, one in curves.items() if one}}
    )
    say(f"Written: {REPORT.relative_to(ROOT)}")


def machine() -> str:
    """Return processor, cores, memory and system in one line."""
    processor = platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    return f"{processor}, {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()}"


def _comparison_table(run: Run) -> str:
    head = ("", "stock, in memory", "stock, SQLite", "Needlewise", "times better", "goal")
    return table(head, comparison(run))


def _within_table(run: Run) -> str:
    return table(("", "from → to", "factor", "goal"), within(run))


def _row(
    name: str, unit: str, stock: float | None, sql: float | None, ours: float | None, goal: float | None
) -> Row:
    better = ratio(ours, stock, more_is_better=unit == "/s")
    met = "" if goal is None or better is None else " ✓" if better >= goal else " missed"
    wanted = "" if goal is None else f"{goal:g}{met}"
    times = "" if better is None else f"{better:.1f}"
    return name, _with_unit(stock, unit), _with_unit(sql, unit), _with_unit(ours, unit), times, wanted


def _factor(
    name: str, before: float | None, after: float | None, goal: float | None
) -> tuple[str, str, str, str]:
    if not before or not after:
        return name, "not measured", "", "" if goal is None else f"at most {goal}"
    factor = after / before
    met = "" if goal is None else f"at most {goal} " + ("✓" if factor <= goal else "missed")
    return name, f"{1000 * before:.1f} → {1000 * after:.1f} ms", f"{factor:.2f}", met


def _with_unit(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "ms":
        return f"{1000 * value:.1f} ms"
    if unit == "/s":
        return f"{value:.1f}"
    return f"{value:.1f} {unit}" if unit == "s" else f"{value:.0f} {unit}"
