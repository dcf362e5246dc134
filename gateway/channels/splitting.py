"""Splitting a text into messages: at paragraphs, then at sentence ends, and words only if it must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n\s*")
_ITEM: Final = "- "
# After these a full stop does not end a sentence.
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|dr|mr|mrs|ms|st|no|vs|approx|a\.m|p\.m|u\.s)|\b[A-Z])\.$", re.IGNORECASE
)
_BREAK: Final = re.compile(r"(?P<line>\n)|(?<=[.!?])[\"'”’)\]*]*(?P<space>[ \t]+)")
_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True)
class _Unit:
    """What stays together, and what joins it to what stands before."""

    joint: str
    text: str


def split(
    text: str, *, measure: Callable[[str], int], limit: int, advised: int, keep_first: bool = False
) -> list[str]:
    """``text`` in messages that ``measure`` at most ``limit`` each, and ``advised`` where that cuts nothing.

    A list stays with the line that introduces it. ``keep_first`` is whether the first paragraph stays
    whole although it is longer than advised.
    """
    packed: list[str] = []
    for number, block in enumerate(_blocks(text)):
        whole = keep_first and number == 0
        for unit in _units(block, measure, limit, limit if whole else advised):
            joined = f"{packed[-1]}{unit.joint}{unit.text}" if packed else unit.text
            if packed and measure(joined) <= advised:
                packed[-1] = joined
            else:
                packed.append(unit.text)
    return packed


def _blocks(text: str) -> list[str]:
    """Paragraphs, each list together with the line that introduces it."""
    blocks: list[str] = []
    for paragraph in _PARAGRAPHS.split(text.strip()):
        if not paragraph:
            continue
        if paragraph.startswith(_ITEM) and blocks and blocks[-1].rstrip("*").endswith((":", "?")):
            blocks[-1] += f"\n\n{paragraph}"
        else:
            blocks.append(paragraph)
    return blocks


def _units(block: str, measure: Callable[[str], int], limit: int, advised: int) -> Iterator[_Unit]:
    size = measure(block)
    has_list = block.startswith(_ITEM) or f"\n{_ITEM}" in block
    if size <= advised or (has_list and size <= limit):
        yield _Unit("\n\n", block)
        return
    joint = "\n\n"
    for piece in _items(block) if has_list else _sentences(block):
        if measure(piece.text) <= limit:
            yield _Unit(joint, piece.text)
        else:
            yield from _cut(_Unit(joint, piece.text), measure, limit)
        joint = piece.joint


def _items(block: str) -> Iterator[_Unit]:
    """The lines of a block; the joint is what follows each."""
    for line in block.split("\n"):
        if line.strip():
            yield _Unit("\n", line)


def _sentences(block: str) -> Iterator[_Unit]:
    """The sentences of a block; the joint is what follows each."""
    start = 0
    for found in _BREAK.finditer(block):
        is_line = found["line"] is not None
        end = found.start("line") if is_line else found.start("space")
        if not is_line and _ABBREVIATION.search(block, start, end):
            continue
        if block[start:end].strip():
            yield _Unit("\n" if is_line else " ", block[start:end].strip())
        start = found.end()
    if block[start:].strip():
        yield _Unit("\n\n", block[start:].strip())


def _cut(unit: _Unit, measure: Callable[[str], int], limit: int) -> Iterator[_Unit]:
    """A sentence that is too long by itself, at spaces; a word that is too long, anywhere."""
    joint, line = unit.joint, ""
    for word in _WORD.findall(unit.text):
        joined = f"{line} {word}" if line else word
        if measure(joined) <= limit:
            line = joined
            continue
        if line:
            yield _Unit(joint, line)
            joint = " "
        while measure(word) > limit:
            fitting = _fitting(word, measure, limit)
            yield _Unit(joint, word[:fitting])
            joint, word = "", word[fitting:]
        line = word
    if line:
        yield _Unit(joint, line)


def _fitting(word: str, measure: Callable[[str], int], limit: int) -> int:
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(word[:middle]) <= limit else (low, middle - 1)
    return low
