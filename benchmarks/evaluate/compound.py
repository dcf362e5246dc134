"""Scores messages with several questions: is each answered, once, in order?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from benchmarks.evaluate.entries import Entry
from benchmarks.evaluate.figures import Figure, Outcome, Share
from benchmarks.evaluate.replies import MAX_ANSWERS, Expected, Reply, unasked
from scripts.console import SetUpError

ORDERS = frozenset({"given", "any", "flags_any"})
_TOO_MANY = 10


def fault(replies: Sequence[Reply], expected: Sequence[Expected], order: str = "given") -> str:
    """Return what is wrong with the replies; "" if every expected one stands there once, in order."""
    if order not in ORDERS:
        raise SetUpError(f"compound.yml: unknown order {order!r}")
    if not replies:
        return "no reply"
    if len(replies) > _TOO_MANY or sum(reply.kind == "answer" for reply in replies) > MAX_ANSWERS:
        return "too many answers"
    places = _places(replies, expected, order)
    if places is None:
        if _places(replies, expected, "any") is not None:
            return "wrong order"
        items = sum(any(item.accepts(reply) for reply in replies) for item in expected)
        answers = sum(any(item.accepts(reply) for item in expected) for reply in replies)
        return f"{min(items, answers)} of {len(expected)} answered"
    rest = [reply for index, reply in enumerate(replies) if index not in places]
    given = {(replies[index].kind, replies[index].topic) for index in places}
    if any((reply.kind, reply.topic) in given for reply in rest):
        return "answered twice"
    return unasked(rest, replies)


def _places(replies: Sequence[Reply], expected: Sequence[Expected], order: str) -> tuple[int, ...] | None:
    """Return the index of a reply for each expected one, all different, or None."""
    for places in permutations(range(len(replies)), len(expected)):
        if _in_order(places, expected, order) and all(
            item.accepts(replies[index]) for item, index in zip(expected, places, strict=True)
        ):
            return places
    return None


def _in_order(places: Sequence[int], expected: Sequence[Expected], order: str) -> bool:
    if order == "any":
        return True
    if order == "given":
        return list(places) == sorted(places)
    flags = [place for place, item in zip(places, expected, strict=True) if item.is_flag]
    others = [place for place, item in zip(places, expected, strict=True) if not item.is_flag]
    return others == sorted(others) and (not flags or not others or max(flags) < others[0])


def score(entry: Entry, replies: Sequence[Reply]) -> Outcome:
    """Return how a message ended."""
    expected = [Expected.of(item) for item in entry["topics"]]
    wrong = fault(replies, expected, entry.get("order", "given"))
    answers = [reply for reply in replies if reply.kind == "answer"]
    surplus = sum(not any(item.accepts(reply) for item in expected) for reply in answers)
    group = f"{len(expected)} questions" if len(expected) > 1 else "the same twice"
    return Outcome(entry["text"], group, wrong, " ".join(map(str, replies)), 0 if wrong else surplus)


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return the figures of all compound messages of a half."""
    return [
        Figure("Answered in full, once, in order", Share.of(outcomes)),
        Figure("Right, with a further answer", sum(outcome.surplus > 0 for outcome in outcomes)),
    ]
