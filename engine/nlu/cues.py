"""Loads the context cues: the words around a mention that decide its assertion."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any

import yaml

_FILE = Path(__file__).with_name("context_cues.yml")
_SECTIONS = (
    "words",
    "clauses",
    "experiencer",
    "general",
    "hypothetical",
    "negation",
    "historical",
    "answers",
    "treated",
    "marks",
)
_WORD_LISTS = frozenset({("clauses", "conjunctions"), ("clauses", "joiners"), ("clauses", "links")})
_SPACE = re.compile(r"\s*\n\s*")  # a pattern may go over several lines


class Cues:
    """The compiled cues, by section and name."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """data: the content of context_cues.yml."""
        self._data = data
        self._words: dict[str, str] = {}
        for name, text in data["words"].items():
            self._words[name] = self._fill(text)
        self._compiled: dict[tuple[str, str], Pattern[str]] = {}
        self.context_words: frozenset[str] = frozenset(data["context_words"])
        self.links: frozenset[str] = frozenset(data["clauses"]["links"].split())
        self.joiners: frozenset[str] = frozenset(data["clauses"]["joiners"])
        self.conjunctions: dict[str, list[tuple[str, ...]]] = {}  # by their first word
        for words in data["clauses"]["conjunctions"]:
            first, *rest = words.split()
            self.conjunctions.setdefault(first, []).append((first, *rest))
        for section in _SECTIONS:
            for name in data[section]:
                if (section, name) not in _WORD_LISTS:
                    self._compile(section, name)

    def _fill(self, text: str) -> str:
        text = _SPACE.sub("", text.strip())
        for name, words in self._words.items():
            text = text.replace("{" + name + "}", words)
        return text.replace("{{", "{").replace("}}", "}")

    def pattern(self, section: str, name: str) -> Pattern[str]:
        """Return one cue, or the alternatives of a list of cues, compiled."""
        return self._compiled[section, name]

    def _compile(self, section: str, name: str) -> None:
        value = self._data[section][name]
        texts: Sequence[str] = [value] if isinstance(value, str) else value
        pattern = "|".join(f"(?:{self._fill(text)})" for text in texts)
        self._compiled[section, name] = re.compile(rf"\b(?:{pattern})\b" if section == "words" else pattern)

    def keys(self, name: str) -> frozenset[str]:
        """Return the condition keys, or the words, of one way of behaving."""
        return frozenset(self._data["keys"][name])

    def renamed(self, name: str) -> dict[str, str]:
        """Return which key another becomes: name is "past_becomes" or "recurrent_becomes"."""
        return dict(self._data["keys"][name])

    def vocabulary(self) -> frozenset[str]:
        """Return the plain words of the cues that are long enough to be told from their misspellings."""
        text = yaml.safe_dump([self._data[section] for section in _SECTIONS])
        words: list[str] = re.findall(r"[a-z]{6,}", re.sub(r"\\[a-z]", " ", text))
        return frozenset(words)


@lru_cache(maxsize=1)
def load_cues() -> Cues:
    """Return the cues of context_cues.yml."""
    with _FILE.open(encoding="utf-8") as file:
        return Cues(yaml.safe_load(file))
