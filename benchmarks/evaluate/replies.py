"""What the assistant said, and whether that is what an evaluation entry asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PREAMBLES = frozenset({"notice", "greeting", "smalltalk"})
"""Kinds that may stand before the reply that counts."""

NEVER_SURPLUS = frozenset({"flag", "triage", "fallback", "error"})
"""Kinds that are wrong wherever nobody asked for them."""

FLAG_OFFER = ("flag", "condition")
"""Kind and topic of the offer that closes every flag."""

MAX_ANSWERS = 4

_SMALLTALK = ("affirm", "ask_bot", "deny", "goodbye", "help", "stop", "thank")
_KINDS = {
    "book_consultation": {"question"},
    "greet": {"greeting"},
    "out_of_scope": {"fallback"},
    "report_symptom": {"triage", "question"},
    "request_human": {"handoff"},
    **{intent: {"smalltalk"} for intent in _SMALLTALK},
}


@dataclass(frozen=True)
class Reply:
    """A reply of the chat API; `kind` is "error" where the API gave none."""

    kind: str
    topic: str | None = None
    severity: str | None = None
    text: str = ""

    def __str__(self) -> str:
        return ":".join(part for part in (self.kind, self.topic, self.severity) if part)


@dataclass(frozen=True)
class Expected:
    """The replies that are right: any of the topics in any of the kinds, or one of `others`.

    kinds, severities: None where any will do. others: pairs of kind and topic.
    """

    topics: frozenset[str]
    kinds: frozenset[str] | None = None
    severities: frozenset[str] | None = None
    others: frozenset[tuple[str, str]] = frozenset()

    @property
    def is_flag(self) -> bool:
        """Whether only a flag will do."""
        return self.kinds == {"flag"}

    def accepts(self, reply: Reply) -> bool:
        """Whether a reply is one of the right ones."""
        if (reply.kind, reply.topic) in self.others:
            return True
        if reply.topic not in self.topics or (self.kinds is not None and reply.kind not in self.kinds):
            return False
        return reply.kind != "triage" or self.severities is None or reply.severity in self.severities

    @classmethod
    def of(cls, entry: Any) -> Expected:
        """Read the fields of an entry (or of one of its topics or turns).

        Another intent's usual kind is right along with its topic, except where a flag is asked for.
        """
        topics = {entry["topic"], *entry.get("also_topics", ())}
        severities = {entry["severity"], *entry.get("also_severity", ())} if "severity" in entry else None
        kinds = {entry["kind"], *entry.get("also_kind", ())} if "kind" in entry else None
        others = set()
        if entry.get("kind") == "flag":
            kinds = {"flag"}
        else:
            for intent in entry.get("also", ()):
                topic = topic_of(intent)
                others |= {(kind, topic) for kind in _KINDS.get(intent, {"answer"}) | (kinds or set())}
        return cls(
            frozenset(topics),
            None if kinds is None else frozenset(kinds),
            None if severities is None else frozenset(severities),
            frozenset(others),
        )


def topic_of(intent: str) -> str:
    """Return the topic of an intent's reply."""
    return intent.removeprefix("ask_")


def fault(replies: Sequence[Reply], expected: Expected) -> str:
    """Return what is wrong with the replies to a message with one expected reply; "" if nothing is.

    The expected reply comes first (words of welcome and notices aside), and nothing follows it that
    nobody asked for: no other flag, triage or "I did not understand".
    """
    first = next((reply for reply in replies if expected.accepts(reply) or reply.kind not in PREAMBLES), None)
    if first is None:
        return "wrong topic" if replies else "no reply"
    if not expected.accepts(first):
        return _why_not(first, replies, expected)
    return unasked(
        [reply for reply in replies if reply is not first and not expected.accepts(reply)], replies
    )


def unasked(others: Sequence[Reply], replies: Sequence[Reply]) -> str:
    """Return the fault of replies that were not asked for, of all `replies` of the turn; "" if none is one."""
    flagged = any(reply.kind == "flag" and (reply.kind, reply.topic) != FLAG_OFFER for reply in replies)
    for reply in others:
        if flagged and (reply.kind, reply.topic) == FLAG_OFFER:
            continue
        if reply.kind in NEVER_SURPLUS:
            return f"unasked {reply.kind}"
    return ""


def surplus(replies: Sequence[Reply], expected: Expected) -> int:
    """Return the number of further answers that are neither asked for nor wrong."""
    return sum(reply.kind == "answer" and not expected.accepts(reply) for reply in replies)


def _why_not(first: Reply, replies: Sequence[Reply], expected: Expected) -> str:
    if first.kind == "error":
        return "error"
    if expected.is_flag and not any(expected.accepts(reply) for reply in replies):
        return "flag missing"
    if first.kind == "fallback":
        return "taken for out of scope" if first.topic == "out_of_scope" else "not understood"
    if first.kind == "flag":
        return "unasked flag"
    if first.topic not in expected.topics:
        return "wrong topic"
    return "wrong tier" if expected.kinds and first.kind in expected.kinds else "wrong kind"
