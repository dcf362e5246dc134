"""Splits a message into the clauses that may each be a question of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# "I'd also like to know" goes on with its verb; "does it hurt also how long is it" does not.
_NOT_AFTER_SUBJECT = "".join(
    rf"(?<!\b{word} )"
    for word in (
        "i", "i'd", "i\u2019d", "id", "i'm", "i\u2019m", "im", "i've", "ive", "you", "u", "we", "they", "can", "could",
        "would", "should", "will", "do", "does", "did", "is", "are", "am", "was", "have", "has", "had", "may", "and",
    )
)  # fmt: skip
# Where a new sentence starts, and where one sentence may hold two questions.
_SENTENCE_END = re.compile(r"[.?!;\n]+(?:\s+|$)|\s+[-\u2013\u2014]+\s+")
_CONNECTOR = re.compile(
    r"\s*,\s*(?:(?:and|n|plus|also|then|but|or)\b|&)?\s*(?:(?:also|then)\s+)?(?=\S)"
    r"|\s+(?:and|n|&|\+|plus|but|tho|"
    + _NOT_AFTER_SUBJECT
    + r"(?:also|then))\s+(?:also\s+|then\s+|what about\s+)?",
    re.IGNORECASE,
)
# The part of a question that a list of things shares: "when can i | work out, wear makeup, n drink".
_SHARED_HEAD = re.compile(
    r"^(?:(?:hi|hey|hello|yo|so|ok|okay|also|and|question)\W+)*"
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

# A question that starts in the middle of a clause: "im diabetic how much is it", "and if so will it hurt".
_WORD = re.compile(r"[\w'\u2019]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONTRACTED = _words("hows how's whats what's whens wheres where's whos who's")
_ASKING = _CONTRACTED | _words("how what when where which who why")
_AUXILIARY = _words("can could do does did is are will would should am may shall")
_SUBJECT = _words("i it u you ya this that they there we she he my your ur the any")
_MEASURED = _words("much many long soon often deep far")
# After these a question word goes on with what was begun: "tell me how", "when can i", "it is what it is".
_GOES_ON = _AUXILIARY | _words(
    "know wonder wondering wondered ask asking tell me see say said says sure unsure understand explain curious about "
    "idea clue of on for to in at by with from if whether that than or and n but so as like just even only not never "
    "no was be what how when where which who why then also hi hey hello yo ok okay please pls plus well um oh because "
    "cause cuz since until till before after while matter depends remember forgot guess think heard read told thats "
    "it's its the a an my your this i you it u he she we they still"
)
_REACH = 4
"""Words between a question word and its verb: "how much time off work do i need"."""


@dataclass(frozen=True)
class Segment:
    """A clause of a message.

    Attributes:
        text: What to understand: the clause, with the shared head of a list put before it.
        start: Offset of the clause's first character in the message.
        end: Offset after its last character.
        is_listed: Whether it is an item of a list that shares the head of a question.
        sentence: Number of its sentence in the message, from 0.
    """

    text: str
    start: int
    end: int
    is_listed: bool
    sentence: int = 0


def segments(text: str) -> list[Segment]:
    """Return the clauses of a message in order; one that cannot be split is a single segment."""
    found: list[Segment] = []
    for sentence, (start, end) in enumerate(sentences(text)):
        clauses = [
            clause for span in _spans(text, start, end, _CONNECTOR) for clause in _split_run_on(text, *span)
        ]
        head = _SHARED_HEAD.match(text[start:end])
        for number, (first, last) in enumerate(clauses):
            clause = text[first:last]
            is_listed = bool(number and head and not _OPENS.match(clause) and not _STATES.search(clause))
            if head and is_listed:
                clause = f"{head['head']} {clause}"
            found.append(Segment(clause, first, last, is_listed, sentence))
    return found


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the offsets of each sentence of a message, in order: its first character and after its last."""
    return _spans(text, 0, len(text), _SENTENCE_END)


def _split_run_on(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a clause, cut before each question that starts inside it."""
    words = [(match.start(), match[0].lower()) for match in _WORD.finditer(text, start, end)]
    position = start
    awaits_verb = 0
    asked = False
    for at, (offset, word) in enumerate(words):
        before = words[at - 1][1] if at else ""
        after = [later for _, later in words[at + 1 : at + 2 + _REACH]]
        is_verb = word in _AUXILIARY and bool(after) and after[0] in _SUBJECT
        opens = (is_verb and not awaits_verb) or _asks_directly(word, after)
        # "how much is it | does it hurt", but "can she do it"
        is_complete = asked and before in ("it", "this", "that") and word != "do"
        if opens and at and (is_complete or before not in _GOES_ON):
            yield position, _trimmed(text, position, offset)
            position = offset
        if word in _ASKING:
            awaits_verb = 0 if word in _CONTRACTED else _REACH + 1
        elif is_verb:
            awaits_verb = 0
        else:
            awaits_verb = max(0, awaits_verb - 1)
        asked = bool(at) and words[at - 1][1] in _AUXILIARY and word in _SUBJECT
    yield position, end


def _asks_directly(word: str, after: list[str]) -> bool:
    """Tell whether a question word is followed by what makes a question of it: "how much", "when can i"."""
    if word not in _ASKING or not after:
        return False
    if word in _CONTRACTED or (word == "how" and after[0] in _MEASURED):
        return True
    if after[0] in _AUXILIARY and len(after) > 1:
        return True
    return any(verb in _AUXILIARY and subject in _SUBJECT for verb, subject in pairwise(after))


def _trimmed(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


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
