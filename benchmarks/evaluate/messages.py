"""Scores single messages: is the reply right in topic and kind?"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.evaluate.entries import Entry
from benchmarks.evaluate.figures import Figure, Outcome, Share
from benchmarks.evaluate.replies import Expected, Reply, fault, surplus

OUT_OF_SCOPE = "out_of_scope"
RIGHT_REPLY = 0.95


def score(entry: Entry, replies: Sequence[Reply]) -> Outcome:
    """Return how a message ended."""
    expected = Expected.of(entry)
    wrong = fault(replies, expected)
    further = 0 if wrong else surplus(replies, expected)
    return Outcome(entry["text"], entry["intent"], wrong, " ".join(map(str, replies)), further)


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return the figures of all messages of a half."""
    inside = [outcome for outcome in outcomes if outcome.group != OUT_OF_SCOPE]
    outside = [outcome for outcome in outcomes if outcome.group == OUT_OF_SCOPE]
    asked_back = sum(outcome.fault == "not understood" for outcome in inside)
    turned_away = sum(outcome.fault == "taken for out of scope" for outcome in inside)
    return [
        Figure("Right reply", Share.of(outcomes), at_least=RIGHT_REPLY),
        Figure("Right reply, in scope", Share.of(inside)),
        Figure("Right reply, out of scope", Share.of(outside)),
        Figure("Flags missing", sum(outcome.fault == "flag missing" for outcome in outcomes)),
        Figure("Flags that nobody asked for", sum(outcome.fault == "unasked flag" for outcome in outcomes)),
        Figure("In scope, asked which topic was meant", Share(asked_back, len(inside))),
        Figure("In scope, turned away", Share(turned_away, len(inside))),
        Figure("Right replies with a further answer", sum(outcome.surplus > 0 for outcome in outcomes)),
    ]
