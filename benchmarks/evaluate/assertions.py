"""Scores what the trained model makes of sentences about conditions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.evaluate.entries import Entry
from benchmarks.evaluate.figures import Figure, Outcome, Share

SENTENCES_RIGHT = 0.97
NEVER_MISSED = frozenset({"avoid", "provider_first"})
"""Categories whose own, present conditions must all be seen."""

Found = tuple[str, str]
"""A condition's key and its assertion, as the model gives them."""


@dataclass(frozen=True)
class Mention:
    """A condition in a sentence, with all keys and assertions that are right for it."""

    keys: frozenset[str]
    assertions: frozenset[str]
    assertion: str
    key: str

    def accepts(self, found: Found) -> bool:
        """Whether a find is this mention, rightly asserted."""
        return found[0] in self.keys and found[1] in self.assertions


@dataclass(frozen=True)
class Sentence:
    """How a sentence ended: its outcome, the mentions right and all, and the own conditions missed."""

    outcome: Outcome
    right: tuple[bool, ...]
    missed: tuple[str, ...]


def mentions(entry: Entry) -> list[Mention]:
    """Return the conditions of an entry."""
    items = entry.get("mentions", [entry])
    return [
        Mention(
            frozenset({item["condition"], *item.get("also_condition", ())}),
            frozenset({item["assertion"], *item.get("also_assertion", ())}),
            item["assertion"],
            item["condition"],
        )
        for item in items
    ]


def score(entry: Entry, found: Collection[Found], categories: Mapping[str, str]) -> Sentence:
    """Return how a sentence ended.

    Args:
        entry: The entry.
        found: Keys and assertions that the model gives.
        categories: The category of each condition's key.
    """
    wanted = mentions(entry)
    right = tuple(any(mention.accepts(one) for one in found) for mention in wanted)
    allowed = {key for mention in wanted if "present" in mention.assertions for key in mention.keys}
    invented = sorted(key for key, assertion in found if assertion == "present" and key not in allowed)
    missed = tuple(
        mention.key
        for mention, is_right in zip(wanted, right, strict=True)
        if mention.assertion == "present" and not is_right and categories.get(mention.key) in NEVER_MISSED
    )
    fault = ""
    if not all(right):
        fault = "own present condition missed" if missed else "wrong assertion"
        if not any(key in mention.keys for mention in wanted for key, _ in found):
            fault += ", not found"
    elif invented:
        fault = "reported as present: " + ", ".join(invented)
    group = wanted[0].assertion if len(wanted) == 1 else ("several" if wanted else "none")
    seen = " ".join(f"{key}:{assertion}" for key, assertion in sorted(found))
    return Sentence(Outcome(entry["text"], group, fault, seen), right, missed)


def figures(sentences: Sequence[Sentence]) -> list[Figure]:
    """Return the figures of all sentences of a half."""
    marks = [mark for sentence in sentences for mark in sentence.right]
    invented = sum(sentence.outcome.fault.startswith("reported as present") for sentence in sentences)
    return [
        Figure("Sentences right", Share.of(s.outcome for s in sentences), at_least=SENTENCES_RIGHT),
        Figure("Mentions right", Share(sum(marks), len(marks))),
        Figure(
            "Own present conditions (avoid, provider first) missed",
            sum(len(sentence.missed) for sentence in sentences),
            at_most=0,
        ),
        Figure("Right mentions, with another wrongly reported as present", invented),
    ]
