"""Splits a message into clauses, the reach of what is said about a mention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.nlu.cues import Cues
from engine.nlu.tokens import Token, fillers

TARGET, OTHER = "@", "#"


@dataclass(frozen=True)
class Place:
    """Where a mention stands: the tokens [first, last) that carry its meaning."""

    first: int
    last: int


@dataclass(frozen=True)
class Clause:
    """The tokens [first, last) of one clause.

    question: it ends in a question mark. opens: it is the first of its sentence. elided: it goes on from
    the clause before without a subject of its own ("... and on accutane").
    """

    first: int
    last: int
    question: bool
    opens: bool
    elided: bool = False


def render(tokens: Sequence[Token], clause: Clause, target: Place | None, others: Sequence[Place]) -> str:
    """Return a clause as words with one space between, "@" for the target and "#" for other mentions."""
    return " ".join(word for word, _ in _words(tokens, clause.first, clause.last, target, others))


def _words(
    tokens: Sequence[Token], first: int, last: int, target: Place | None, others: Sequence[Place]
) -> list[tuple[str, int]]:
    words: list[tuple[str, int]] = []
    skip = fillers()
    index = first
    while index < last:
        if target is not None and target.first <= index < target.last:
            words.append((TARGET, index))
            index = target.last
            continue
        other = next((place for place in others if place.first <= index < place.last), None)
        if other is not None:
            if not words or words[-1][0] != OTHER or words[-1][1] < other.first:
                words.append((OTHER, index))
            end = other.last
            if target is not None and index < target.first < end:
                end = target.first
            index = end
            continue
        if tokens[index].norm not in skip:
            words.append((tokens[index].norm, index))
        index += 1
    return words


class ClauseSplitter:
    """Finds the clauses of a message."""

    def __init__(self, cues: Cues) -> None:
        """cues: the clause cues."""
        self._cues = cues
        self._subject = cues.pattern("clauses", "subject")
        self._run_on = cues.pattern("clauses", "run_on")

    def split(self, tokens: Sequence[Token], places: Sequence[Place]) -> list[Clause]:
        """Return the clauses in order; a mention is never cut in two."""
        clauses: list[Clause] = []
        start = 0
        for index in range(len(tokens) + 1):
            if index < len(tokens) and tokens[index].norm not in (".", "?"):
                continue
            question = index < len(tokens) and tokens[index].norm == "?"
            clauses.extend(self._split_sentence(tokens, start, index, question, places))
            start = index + 1
        return clauses

    def _split_sentence(
        self, tokens: Sequence[Token], first: int, last: int, question: bool, places: Sequence[Place]
    ) -> list[Clause]:
        if first >= last:
            return []
        words = _words(tokens, first, last, None, places)
        line, offsets = "", []
        for word, _ in words:
            offsets.append(len(line))
            line += word + " "
        starts: set[int] = set()
        elided: set[int] = set()
        for at in range(1, len(words)):
            word, index = words[at]
            if any(place.first < index < place.last for place in places):
                continue
            if self._is_conjunction(words, at):
                starts.add(index)
            elif word in self._cues.joiners and at + 1 < len(words):
                subject = self._subject.match(line, offsets[at + 1])
                together = words[at - 1][0] in ("me", "myself", "i")
                if subject and not together and words[at - 1][1] not in starts:
                    starts.add(index)
                    if subject.group().split()[0] in ("on", "have", "had", "still", "never", "pregnant"):
                        elided.add(index)
            elif words[at - 1][0] not in self._cues.links and self._run_on.match(line, offsets[at]):
                starts.add(index)
        bounds = [first, *sorted(starts), last]
        return [
            Clause(a, b, question and b == last, a == first, a in elided)
            for a, b in pairwise(bounds)
            if a < b
        ]

    def _is_conjunction(self, words: Sequence[tuple[str, int]], at: int) -> bool:
        """Whether a word always starts a clause.

        "Only" does so after a mention or a comma, "plus" not after a number ("two plus for nickel").
        """
        before = words[at - 1][0]
        if words[at][0] == "plus" and self._cues.pattern("words", "number").fullmatch(before):
            return False
        for conjunction in self._cues.conjunctions.get(words[at][0], ()):
            if tuple(word for word, _ in words[at : at + len(conjunction)]) == conjunction:
                return conjunction != ("only",) or before in (OTHER, ",", "but")
        return False
