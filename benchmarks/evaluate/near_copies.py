"""Refuses evaluation entries that stand, word for word or nearly so, in the training data: they are not scored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.engine_env import run_task
from benchmarks.evaluate.entries import HALVES, PARTS, Entry, load, turns
from scripts.console import ROOT

SHORT = 2
"""Words up to which a message is exempt: everybody says hello in the same words."""

SAME_LETTERS = 0.90
"""Overlap of letter triples from which two texts are copies, whatever they mean."""

SAME_MEANING = 0.95
LIKE_LETTERS = 0.75
"""Cosine and overlap that together make a copy."""

_EXAMPLE = re.compile(r"^\s*-\s+(.*\S)", re.MULTILINE)
_ENTITY = re.compile(r"\[([^\]]+)\](?:\{[^}]*\}|\([^)]*\))")


@dataclass(frozen=True)
class Example:
    """A training example, and the file and intent that it stands in."""

    text: str
    intent: str
    file: str


@dataclass(frozen=True)
class Message:
    """An evaluation message (of a conversation: one turn), and the number of its entry from 1."""

    text: str
    half: str
    part: str
    number: int

    @property
    def is_short(self) -> bool:
        """Whether the message is exempt."""
        return len(re.findall(r"[\w']+", self.text)) <= SHORT


@dataclass(frozen=True)
class Copy:
    """A message and the training example that it all but repeats."""

    message: Message
    example: Example
    cosine: float
    overlap: float

    def __str__(self) -> str:
        return (
            f"{self.message.text!r} in {self.message.half}/{self.message.part}.yml is a near-copy of "
            f"{self.example.text!r} in {self.example.file} "
            f"(cosine {self.cosine:.2f}, letters {self.overlap:.2f})"
        )


@dataclass(frozen=True)
class Check:
    """What the comparison found.

    examples: training examples. compared, short: messages compared and exempt. same_short: exempt messages
    that stand in the training data. copies: the near-copies. cosines: the cosine to the nearest example of
    each message compared, ascending.
    """

    examples: int
    compared: int
    short: int
    same_short: int
    copies: tuple[Copy, ...]
    cosines: tuple[float, ...]

    def is_refused(self, half: str, part: str, number: int, entry: Entry) -> bool:
        """Whether every turn of an entry is a near-copy."""
        place = (half, part, number)
        texts = {
            c.message.text for c in self.copies if (c.message.half, c.message.part, c.message.number) == place
        }
        return texts.issuperset(turns(entry))

    def quantile(self, share: float) -> float:
        """Return the cosine that a share of the compared messages stays below."""
        return self.cosines[min(len(self.cosines) - 1, int(share * len(self.cosines)))]


def training_examples(folder: Path = ROOT / "data") -> list[Example]:
    """Return all intent examples of the training data."""
    found = []
    for path in sorted(folder.rglob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for block in content.get("nlu") or ():
            if "intent" in block:
                texts = (_ENTITY.sub(r"\1", text) for text in _EXAMPLE.findall(block["examples"]))
                file = path.relative_to(folder.parent).as_posix()
                found += [Example(text, block["intent"], file) for text in texts]
    return found


def evaluation_messages() -> Iterator[Message]:
    """Yield all messages of both halves, the turns of conversations included."""
    for half in HALVES:
        for part in PARTS:
            for number, entry in enumerate(load(half, part), 1):
                for text in turns(entry):
                    yield Message(text, half, part, number)


def check() -> Check:
    """Compare the whole evaluation set with the whole training data."""
    messages, examples = list(evaluation_messages()), training_examples()
    compared = [message for message in messages if not message.is_short]
    short = [message for message in messages if message.is_short]
    known = {_plain(example.text) for example in examples}
    request = {"texts": [m.text for m in compared], "examples": [example.text for example in examples]}
    nearest = run_task("nearest", request)
    cosines = tuple(sorted(pair["by_meaning"]["cosine"] for pair in nearest))
    same_short = sum(_plain(message.text) in known for message in short)
    copies = tuple(find_copies(compared, examples, nearest))
    return Check(len(examples), len(compared), len(short), same_short, copies, cosines)


def find_copies(
    messages: Sequence[Message], examples: Sequence[Example], nearest: Sequence[Mapping[str, Any]]
) -> Iterator[Copy]:
    """Yield the near-copies among messages, given the task's result for each."""
    for message, pairs in zip(messages, nearest, strict=True):
        for pair in (pairs["by_letters"], pairs["by_meaning"]):
            if is_copy(pair["cosine"], pair["overlap"]):
                yield Copy(message, examples[pair["example"]], pair["cosine"], pair["overlap"])
                break


def is_copy(cosine: float, overlap: float) -> bool:
    """Whether two texts with that likeness of meaning and letters are copies."""
    return overlap >= SAME_LETTERS or (cosine >= SAME_MEANING and overlap >= LIKE_LETTERS)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower().replace("'", "")))
