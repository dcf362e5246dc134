"""A corrupted copy of a message: slips of the finger, missing spaces and a phone's autocorrect."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import yaml

SEED = 20261120
WORDS_PER_SLIP = 6
"""One word in so many is hit, and at least one in a message."""

SHORTEST = 4
"""Letters a word needs to be mistyped; autocorrect changes shorter ones too."""

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_AUTOCORRECT = Path(__file__).with_name("autocorrect.yml")


def corrupt(text: str, seed: int = SEED) -> str:
    """Return the text with one or more slips, always the same for a seed; as it is if no word is long enough."""
    chance = random.Random(f"{seed}:{text}")
    parts = re.split(r"(\s+)", text)
    slots = [index for index, part in enumerate(parts) if _can_be_hit(part)]
    chance.shuffle(slots)
    for index in slots[: max(1, len(parts) // 2 // WORDS_PER_SLIP)]:
        _hit(parts, index, chance)
    return "".join(parts)


def _can_be_hit(word: str) -> bool:
    return sum(letter.isalpha() for letter in word) >= SHORTEST or word.lower() in autocorrections()


def _hit(parts: list[str], index: int, chance: random.Random) -> None:
    word = parts[index]
    slips = list(_SLIPS) if sum(letter.isalpha() for letter in word) >= SHORTEST else []
    if word.lower() in autocorrections():
        slips.append("autocorrect")
    if slips and index + 2 < len(parts):
        slips.append("joined")
    slip = chance.choice(slips)
    if slip == "autocorrect":
        parts[index] = autocorrections()[word.lower()]
    elif slip == "joined":
        parts[index + 1] = ""
    else:
        parts[index] = _SLIPS[slip](word, chance)


def _place(word: str, chance: random.Random) -> int:
    """Return the index of a letter other than the first, which people rarely miss."""
    return chance.choice([index for index, letter in enumerate(word) if index and letter.isalpha()])


def _neighbour(word: str, chance: random.Random) -> str:
    index = _place(word, chance)
    keys = neighbours().get(word[index].lower())
    return word[:index] + chance.choice(keys) + word[index + 1 :] if keys else word


def _dropped(word: str, chance: random.Random) -> str:
    index = _place(word, chance)
    return word[:index] + word[index + 1 :]


def _doubled(word: str, chance: random.Random) -> str:
    index = _place(word, chance)
    return word[:index] + word[index] + word[index:]


_SLIPS: Mapping[str, Callable[[str, random.Random], str]] = {
    "neighbour": _neighbour,
    "dropped": _dropped,
    "doubled": _doubled,
}


@cache
def neighbours() -> dict[str, str]:
    """Return the keys beside each letter on a QWERTY keyboard."""
    beside: dict[str, set[str]] = {}
    places = {
        key: (row, column + row / 2) for row, keys in enumerate(_KEYS) for column, key in enumerate(keys)
    }
    for key, (row, column) in places.items():
        beside[key] = {
            other
            for other, (r, c) in places.items()
            if other != key and abs(r - row) <= 1 and abs(c - column) <= 1
        }
    return {key: "".join(sorted(keys)) for key, keys in beside.items()}


@cache
def autocorrections() -> dict[str, str]:
    """Return what a phone's autocorrect makes of some words."""
    return dict(yaml.safe_load(_AUTOCORRECT.read_text(encoding="utf-8")))
