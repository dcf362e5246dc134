"""Prints a half's figures, and of the dev half each failure."""

from __future__ import annotations

from benchmarks import thresholds
from benchmarks.evaluate.figures import Share, by_group
from benchmarks.evaluate.measure import Half
from benchmarks.evaluate.messages import OUT_OF_SCOPE
from scripts.console import say

_SHOWN = {"dev"}
"""The halves whose messages may be read."""


def print_half(half: Half) -> None:
    """Print the figures, and what failed if the half may be read."""
    say(f"\n== {half.name} half")
    for part, outcomes in half.outcomes.items():
        failed = [outcome for outcome in outcomes if not outcome.right]
        if half.name in _SHOWN and failed:
            say(f"\n{part}: {len(failed)} failed")
            for outcome in failed:
                say(
                    f"  [{outcome.group}] {outcome.sent}\n      {outcome.fault}; got {outcome.seen or 'nothing'}"
                )
    if "messages" in half.outcomes:
        say("\nRight replies by intent")
        for intent, group in by_group(half.outcomes["messages"]).items():
            say(f"  {intent:<22} {Share.of(group)}")
    for part, figures in half.figures.items():
        say(f"\n{part}")
        for figure in figures:
            state = {True: "ok", False: "MISSED", None: ""}[figure.is_met]
            say(f"  {figure.name:<58} {figure!s:<24} {figure.goal:<16} {state}")
    if half.predictions:
        _print_curve(half)


def _print_curve(half: Half) -> None:
    points = thresholds.curve(half.predictions, OUT_OF_SCOPE)
    say("\nthreshold  in-scope accuracy  out-of-scope recall")
    for one in points[:100:5]:
        say(f"  {one.threshold:.2f}     {one.in_scope:>8.1%}            {one.out_of_scope:>8.1%}")
    chosen = thresholds.choose(points)
    say(
        f"Lowest threshold that reaches both goals: {'none' if chosen is None else f'{chosen.threshold:.2f}'}"
    )
