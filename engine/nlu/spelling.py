"""Corrects unknown words towards the words of the knowledge, and never touches an English word."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from engine.nlu.tokens import written_forms

_COMMON_COUNT = 15_000_000  # occurrences in the word list's corpus: roughly the 6,000 most usual words
_SHORTEST = 5
_LONG = 8
_SHORTEST_GLUED = 7


class WordListError(RuntimeError):
    """The English word list, part of the symspellpy package, is not installed."""


@lru_cache(maxsize=1)
def english_words() -> dict[str, int]:
    """Return the English words and how often each occurs.

    Source: the frequency dictionary that the symspellpy package ships (82,765 words).
    Raises WordListError when the package is missing.
    """
    spec = importlib.util.find_spec("symspellpy")
    if spec is None or spec.origin is None:
        raise WordListError("the package symspellpy, whose English word list is needed, is not installed")
    words: dict[str, int] = {}
    path = Path(spec.origin).with_name("frequency_dictionary_en_82_765.txt")
    with path.open(encoding="utf-8-sig") as file:
        for line in file:
            word, count = line.split()
            words[word] = int(count)
    return words


@lru_cache(maxsize=1)
def _common_words() -> tuple[str, ...]:
    return tuple(word for word, count in english_words().items() if count > _COMMON_COUNT and len(word) > 2)


class VocabularySpeller:
    """Corrects a misspelt word to one of a vocabulary, with at most one slip in 5-7 letters, two in 8 or more.

    A word that is English, or as near to a common English word as to one of the vocabulary, stays as it is.
    """

    def __init__(self, vocabulary: Iterable[str], also_known: Iterable[str] = ()) -> None:
        """vocabulary: words to correct to. also_known: further words that are right as they stand."""
        words = {word for word in vocabulary if word.isalpha()}
        self._targets: list[str] = sorted(word for word in words if len(word) >= _SHORTEST)
        self._target_set: frozenset[str] = frozenset(self._targets)
        self._known: frozenset[str] = frozenset(words | set(also_known) | set(written_forms()))
        self._english = english_words()
        self._cached = lru_cache(maxsize=8192)(self._correct)

    def knows(self, word: str) -> bool:
        """Whether the word is of the vocabulary or English."""
        return word in self._known or word in self._english

    def correct(self, word: str) -> tuple[str, ...]:
        """Return the word or words that were probably meant; the word itself when there is no better guess."""
        if len(word) < _SHORTEST or self.knows(word):
            return (word,)
        return self._cached(word)

    def _correct(self, word: str) -> tuple[str, ...]:
        nearest = self._nearest(word)
        if nearest:
            return (nearest,)
        return self._unglue(word) or (word,)

    def _nearest(self, word: str) -> str:
        """Return the vocabulary's word that this one is a slip of, or ""."""
        allowed = 1 if len(word) < _LONG else 2
        found = process.extract(word, self._targets, scorer=OSA.distance, score_cutoff=allowed, limit=4)
        if not found:
            return ""
        best = min(
            found,
            key=lambda item: (
                item[1],
                item[0] not in self._english,
                item[0][0] != word[0],
                item[0][-1] != word[-1],
            ),
        )
        target, distance = best[0], int(best[1])
        if target[0] != word[0] and (distance > 1 or len(word) < _LONG - 1):
            return ""
        if abs(len(target) - len(word)) > 1 and len(target) < _LONG:
            return ""
        return "" if self._ordinary(word, distance, target) else target

    def _ordinary(self, word: str, distance: int, target: str) -> bool:
        """Whether the word is nearer to a common English word, or to one of the same first letter as near."""
        if target in self._english and self._english[target] > _COMMON_COUNT:
            return False
        found = process.extractOne(word, _common_words(), scorer=OSA.distance, score_cutoff=distance)
        if found is None or found[0] == target:
            return False
        return int(found[1]) < distance or (distance > 1 and found[0][0] == word[0])

    def _unglue(self, word: str) -> tuple[str, ...]:
        """Return the two words of "haveeczema" or "dontknow", or () when it is not two words run together."""
        if len(word) < _SHORTEST_GLUED:
            return ()
        for cut in range(len(word) - 2, 1, -1):
            left, right = word[:cut], word[cut:]
            if (
                self._usual(left)
                and self._usual(right)
                and (left in self._target_set or right in self._target_set)
            ):
                return (left, right)
        for left in ("dont", "havent", "im", "ive", "not", "have"):
            if word.startswith(left) and self._usual(word[len(left) :]):
                return (left, word[len(left) :])
        return ()

    def _usual(self, word: str) -> bool:
        return (
            word in self._target_set or word in written_forms() or self._english.get(word, 0) > _COMMON_COUNT
        )
