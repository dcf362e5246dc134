"""Scores conversations whose later turns lean on the earlier ones."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.evaluate.entries import Entry, turns
from benchmarks.evaluate.figures import Figure, Outcome, Share
from benchmarks.evaluate.replies import Expected, Reply, fault


def score(entry: Entry, answers: Sequence[Sequence[Reply]]) -> list[Outcome]:
    """Return how each turn of a conversation ended; the group is "first" or "later"."""
    outcomes = []
    for number, (turn, replies) in enumerate(zip(entry["turns"], answers, strict=True)):
        sent = " / ".join(turns(entry)[: number + 1])
        wrong = fault(replies, Expected.of(turn))
        outcomes.append(Outcome(sent, "later" if number else "first", wrong, " ".join(map(str, replies))))
    return outcomes


def figures(conversations: Sequence[Sequence[Outcome]]) -> list[Figure]:
    """Return the figures of all conversations of a half."""
    whole = sum(all(turn.right for turn in conversation) for conversation in conversations)
    later = [turn for conversation in conversations for turn in conversation if turn.group == "later"]
    return [
        Figure("Follow-up turns right", Share.of(later)),
        Figure("Conversations right from first to last turn", Share(whole, len(conversations))),
    ]
