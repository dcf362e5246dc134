"""The words around a mention, as the rules of assertion read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from re import Pattern

from engine.nlu.clauses import Clause, Place, render
from engine.nlu.cues import Cues
from engine.nlu.tokens import Token

PRESENT, NEGATED, HISTORICAL = "present", "negated", "historical"
HYPOTHETICAL, OTHER_PERSON, GENERAL = "hypothetical", "other_person", "general"
ASSERTIONS = frozenset({PRESENT, NEGATED, HISTORICAL, HYPOTHETICAL, OTHER_PERSON, GENERAL})
REACH = 12  # words between a cue and the mention
_FRAME = "~"


@dataclass(frozen=True)
class Subject:
    """What is asserted.

    key: of the condition or sign. place: the tokens that carry its meaning. words: all that was matched.
    """

    key: str
    place: Place
    is_condition: bool
    emergency: bool = False
    words: str = ""


@dataclass(frozen=True)
class Context:
    """The words around one mention, which stands as "@"; "#" is another mention, "~" a framing left out.

    text: the clause. scope: the clause up to the mention, with the clause before when this one goes on from
    it. before, after: the clause on either side, with the mention. earlier, later: the clauses around, the
    nearest ones. raw: the clause with all its words.
    """

    subject: Subject
    clause: Clause
    text: str
    scope: str
    before: str
    after: str
    earlier: Sequence[str]
    later: Sequence[str]
    word: str
    raw: str

    @property
    def next(self) -> str:
        """The clause that follows, or nothing."""
        return self.later[0] if self.later else ""

    @property
    def next_two(self) -> str:
        """The two clauses that follow, as one."""
        return " ".join(self.later[:2])

    @property
    def later_plain(self) -> Sequence[str]:
        """Those of the next two clauses that speak of no other mention."""
        return [text for text in self.later[:2] if "#" not in text]


def read_context(
    cues: Cues, tokens: Sequence[Token], clauses: Sequence[Clause], subject: Subject, places: Sequence[Place]
) -> Context:
    """Return the context of a mention.

    clauses: those of the message. places: all mentions that are to be read as "#".
    """
    at = next((i for i, c in enumerate(clauses) if c.first <= subject.place.first < c.last), 0)
    others = [place for place in places if place != subject.place]
    framing = cues.pattern("general", "framing")

    def words(index: int, target: Place | None = None) -> str:
        return render(tokens, clauses[index], target, others)

    text = framing.sub(_FRAME, words(at, subject.place))
    first = at
    while clauses[first].elided and first > 0:
        first -= 1
    before, _, after = text.partition("@")
    before = f"{before.strip()} @".strip()
    return Context(
        subject=subject,
        clause=clauses[at],
        text=text,
        scope=" ".join([framing.sub(_FRAME, words(i)) for i in range(first, at)] + [before]),
        before=before,
        after="@" + after,
        earlier=[words(i) for i in range(max(0, at - 3), at)],
        later=[words(i) for i in range(at + 1, min(len(clauses), at + 4))],
        word=tokens[subject.place.first].norm,
        raw=render(tokens, clauses[at], None, []),
    )


class Rules:
    """What the rules of one dimension of assertion share."""

    def __init__(self, cues: Cues) -> None:
        """cues: the context cues."""
        self.cues = cues

    def has(self, section: str, name: str, text: str) -> bool:
        """Whether a cue occurs in a text."""
        return self.cues.pattern(section, name).search(text) is not None

    def marked(self, name: str, text: str) -> bool:
        """Whether a small mark occurs in a text."""
        return self.has("marks", name, text)

    def key_is(self, context: Context, *names: str) -> bool:
        """Whether the mention's key behaves in one of these ways."""
        return any(context.subject.key in self.cues.keys(name) for name in names)

    def asks(self, context: Context) -> bool:
        """Whether the clause is a question."""
        return context.clause.question or self.has("general", "question_start", context.text)

    def speaks_of_self(self, text: str) -> bool:
        """Whether the speaker occurs in a text."""
        return self.has("experiencer", "self", text)


def last_start(pattern: Pattern[str], text: str, except_in: Sequence[tuple[int, int]] = ()) -> int | None:
    """Return where the last match of a pattern starts, leaving out matches that start inside given spans."""
    start = None
    for match in pattern.finditer(text):
        if not any(first <= match.start() < last for first, last in except_in):
            start = match.start()
    return start


def last_end(pattern: Pattern[str], text: str) -> int:
    """Return where the last match of a pattern ends, 0 if there is none."""
    end = 0
    for match in pattern.finditer(text):
        end = match.end()
    return end
