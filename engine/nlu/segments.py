"""Splits a message into the clauses that may each be a question of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Where a new sentence starts, and where one sentence may hold two questions.
_SENTENCE_END = re.compile(r"[.?!;\n]+(?:\s+|$)|\s+[-\u2013\u2014]+\s+")
_CONNECTOR = re.compile(
    r"\s*,\s*(?:and|n|&|plus|also|then|but|or)?\s*(?:also\s+|then\s+)?(?=\S)"
    r"|\s+(?:and|n|&|plus|also|then|but|tho)\s+(?:also\s+|then\s+|what about\s+)?",
    re.IGNORECASE,
)
# The part of a question that a list of things shares: "when can i | work out, wear makeup, n drink".
_SHARED_HEAD = re.compile(
    r"^(?:(?:hi|hey|hello|so|ok|okay|also|and|question)\W+)*"
    r"(?P<head>(?:when|how soon|how long (?:until|till|til|before)|what|can|could|should|will|would|does|do|is|are)"
    r"(?:\s+(?:can|could|should|do|does|will|am|is|are))?"
    r"(?:\s+(?:i|u|you|it|this|that|we|they))?(?:\s+(?:help|fix|treat|improve)(?:\s+with)?)?)\b",
    re.IGNORECASE,
)
_STATES = re.compile(r"\b(?:is|are|was|has|have|had|got|i|im)\b", re.IGNORECASE)
_OPENS = re.compile(
    r"^\W*(?:how|what|whats|when|where|why|who|which|can|could|do|does|did|is|are|will|would|should|am|any|i|im|i'm|"
    r"my|ive|i've|we)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Segment:
    """A clause of a message.

    Attributes:
        text: What to understand: the clause, with the shared head of a list put before it.
        start: Offset of the clause's first character in the message.
        end: Offset after its last character.
        is_listed: Whether it is an item of a list that shares the head of a question.
    """

    text: str
    start: int
    end: int
    is_listed: bool


def segments(text: str) -> list[Segment]:
    """Return the clauses of a message in order; one that cannot be split is a single segment."""
    found: list[Segment] = []
    for start, end in _spans(text, 0, len(text), _SENTENCE_END):
        clauses = list(_spans(text, start, end, _CONNECTOR))
        head = _SHARED_HEAD.match(text[start:end])
        for number, (first, last) in enumerate(clauses):
            clause = text[first:last]
            is_listed = bool(number and head and not _OPENS.match(clause) and not _STATES.search(clause))
            if head and is_listed:
                clause = f"{head['head']} {clause}"
            found.append(Segment(clause, first, last, is_listed))
    return found


def _spans(text: str, start: int, end: int, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return the non-empty stretches between separators, the question mark of a clause included."""
    spans: list[tuple[int, int]] = []
    position = start
    for match in separator.finditer(text, start, end):
        mark = match.end() - len(match[0].lstrip(".?!")) if match[0][0] in ".?!" else match.start()
        spans.append((position, mark))
        position = match.end()
    spans.append((position, end))
    return [(first, last) for first, last in spans if any(c.isalnum() for c in text[first:last])]
