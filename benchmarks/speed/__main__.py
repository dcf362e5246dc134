"""Measures both bots in turn and writes docs/benchmarks.md: `python -m benchmarks.speed [--fresh]`."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.speed import load, training
from benchmarks.speed.bots import PLAIN, Bot, Ours, Stock
from benchmarks.speed.figures import Measured
from benchmarks.speed.report import ROUNDS, SECONDS, TURNS, USERS, Run, say_table, write
from scripts.console import ROOT, SetUpError, entry, say
from scripts.model import MODEL

BUDGET = 480.0
"""Seconds that all of it may take; a further repetition begins only if it should end in time."""

LONGEST_CONVERSATION = 90.0
REPETITIONS = 3


def main() -> int:
    """Build, measure alternately, print the comparison and write the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument(
        "--fresh", action="store_true", help="also train our model from nothing, and use that one"
    )
    parser.add_argument("--quick", action="store_true", help="few turns, for a look; no report is written")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="needlewise-bench-") as name:
        folder = Path(name)
        run = Run(load_average=os.getloadavg()[0])
        model = MODEL
        if options.fresh:
            model = folder / "fresh" / "needlewise.tar.gz"
            model.parent.mkdir()
            say("Training our model from nothing …")
            run.training_ours = training.ours(model)
        elif not model.is_file():
            raise SetUpError(
                f"There is no model at {model.relative_to(ROOT)}: run make train, or give FRESH=1"
            )
        say("Making and training the stock bot (rasa init) …")
        project = folder / "stock"
        run.training_stock = training.stock(project)
        say(f"  {run.training_stock:.0f} s")
        bots: list[tuple[Measured, Callable[[Path], Bot]]] = [
            (run.stock, lambda place: Stock(place, project)),
            (run.ours, lambda place: Ours(place, model)),
            (run.stock_sql, lambda place: Stock(place, project, sql=True)),
        ]
        for repetition in range(1 if options.quick else REPETITIONS):
            # The stock bot's two tracker stores take turns; whatever is its store, it starts and weighs the same.
            stock_turn = bots[0] if repetition % 2 == 0 else bots[2]
            started = time.monotonic()
            for measured, make in (stock_turn, bots[1]):
                place = Path(tempfile.mkdtemp(dir=folder))
                with make(place) as bot:
                    measure(bot, measured, quick=options.quick)
            run.repetitions = repetition + 1
            if time.monotonic() - began + (time.monotonic() - started) > BUDGET:
                break
        run.seconds = time.monotonic() - began
        run.load_average_end = os.getloadavg()[0]
    say_table(run)
    if not options.quick:
        write(run)
    return 0


def measure(bot: Bot, measured: Measured, *, quick: bool = False) -> None:
    """Start a bot and take all its figures."""
    say(f"Starting: {bot.name} …")
    measured.start.append(bot.start())
    measured.memory_start.append(bot.memory())
    actions = bot.memory_actions()
    say(f"  first answer after {measured.start[-1]:.1f} s, {measured.memory_start[-1]:.0f} MB")
    load.one_user(bot, PLAIN, load.TURNS)  # warms up
    for _ in range(1 if quick else ROUNDS):
        for kind in bot.turns:
            measured.add_round(kind, load.one_user(bot, kind, 10 if quick else TURNS))
        measured.rate.append(load.many_users(bot, USERS, 2 if quick else SECONDS))
    say(f"  p50 {1000 * measured.p50[PLAIN][-1]:.1f} ms, {measured.rate[-1]:.1f} messages/s")
    if not quick:
        say("  a conversation of 260 turns …")
        measured.conversations.append(load.long_conversation(bot, 260, LONGEST_CONVERSATION))
    measured.memory_load.append(bot.memory())
    if actions is not None:
        measured.memory_actions.append(actions)


if __name__ == "__main__":
    entry(main)
