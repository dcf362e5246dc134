"""Splits a patient's message into normalised words that remember where they came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import yaml

_TABLE = Path(__file__).with_name("text_speak.yml")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u00b4": "'", "`": "'"})
_CHUNK = re.compile(
    r"""(?P<short>\bw/o?(?!\w)|\b[by]/[co]\b|(?<=\d)\s?y[./]o\b)
      | (?P<number>\d+[.,]\d+)
      | (?P<word>[^\W_]+(?:'[^\W\d_]+)*)
      | (?P<dots>\.{2,}|\u2026)
      | (?P<mark>\n|[^\w\s])""",
    re.VERBOSE,
)
_RUN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_REPEATED = re.compile(r"(\w)\1{2,}")
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "st", "approx", "yrs", "yr", "wks", "mos", "doctor"})
_STOPS = {"!": ".", ";": ".", "\n": ".", "\u2014": "-", "\u2013": "-"}
_KEPT_MARKS = frozenset(".?,:-()%#\u00b0/")


class Speller(Protocol):
    """Says how an unknown word was probably meant."""

    def knows(self, word: str) -> bool:
        """Whether a word is right as it stands."""
        ...  # pragma: no cover

    def correct(self, word: str) -> Sequence[str]:
        """Return the word or words that were meant; the word itself when there is no better guess."""
        ...  # pragma: no cover


@dataclass(frozen=True)
class Token:
    """One normalised word or mark.

    norm: lower case, without accents, contractions written out; "." "?" "," "-" for marks.
    start, end: character offsets in the original text. The parts of a contraction share them.
    """

    norm: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether this is a word or a number rather than a mark."""
        return self.norm[0].isalnum()


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    with _TABLE.open(encoding="utf-8") as file:
        data = yaml.safe_load(file)
    written: dict[str, tuple[str, ...]] = {}
    for section in ("contractions", "short_forms"):
        for form, meaning in data[section].items():
            written[str(form)] = tuple(str(meaning).split())
    return written, frozenset(data["fillers"])


def written_forms() -> dict[str, tuple[str, ...]]:
    """Return the text-speak table: a written form and the words it stands for."""
    return _table()[0]


def fillers() -> frozenset[str]:
    """Return the words that say nothing about a mention."""
    return _table()[1]


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    word = word.lower()
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _words_of(chunk: str, start: int, known: Set[str]) -> list[tuple[str, int, int]]:
    """Return the runs of one chunk: "17yo" is two, "b4" and a known "t2d" are one."""
    plain = _plain(chunk)
    if plain.isalpha() or plain.isdigit() or "'" in plain or plain in known or plain in written_forms():
        return [(plain, start, start + len(chunk))]
    return [(_plain(run.group()), start + run.start(), start + run.end()) for run in _RUN.finditer(chunk)]


def _expand(word: str, speller: Speller | None) -> tuple[str, ...]:
    """Return the words a written form stands for: "don't" is do, not."""
    forms = written_forms()
    if word in forms:
        return forms[word]
    bare = word.replace("'", "")
    if bare in forms:
        return forms[bare]
    if bare != word and word.endswith("'s"):
        return (bare,)
    if speller is None or not bare.isalpha():
        return (bare,) if bare else ()
    if _REPEATED.search(bare):
        bare = _shorten(bare, speller)
        if bare in forms:
            return forms[bare]
    expanded: list[str] = []
    for part in speller.correct(bare):
        expanded.extend(forms.get(part, (part,)) if part != bare else (part,))
    return tuple(expanded)


def _shorten(word: str, speller: Speller) -> str:
    """Return "sooo" as "so" and "yesss" as "yes": the longest form that is a word."""
    for kept in (r"\1\1", r"\1"):
        shorter = _REPEATED.sub(kept, word)
        if shorter in written_forms() or speller.knows(shorter):
            return shorter
    return _REPEATED.sub(r"\1", word)


def tokenize(text: str, speller: Speller | None = None, known: Set[str] = frozenset()) -> list[Token]:
    """Return the normalised words and marks of a text.

    text: what the person wrote. speller: corrects unknown words, or None to leave them. known: words
    with digits that must stay whole ("t2d"). Offsets refer to the text as it was given.
    """
    text = text.translate(_QUOTES)
    tokens: list[Token] = []
    for match in _CHUNK.finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "dots":
            tokens.append(Token(",", start, end))
        elif kind == "mark":
            mark = _mark(text, start, end, tokens)
            if mark:
                tokens.append(Token(mark, start, end))
        elif kind == "short":
            form = match.group().strip().lower()
            tokens.extend(Token(word, start, end) for word in written_forms().get(form, (form,)))
        elif kind == "number":
            tokens.append(Token(match.group().replace(",", "."), start, end))
        else:
            for word, first, last in _words_of(match.group(), start, known):
                tokens.extend(Token(part, first, last) for part in _expand(word, speller))
    return _join_split_negations(tokens)


def _mark(text: str, start: int, end: int, before: list[Token]) -> str:
    """Return how a punctuation mark counts, or "" when it is only decoration."""
    mark = text[start:end]
    mark = _STOPS.get(mark, mark)
    inside = start > 0 and end < len(text) and text[start - 1].isalnum() and text[end].isalnum()
    if mark == "-":
        return "" if inside else "-"
    if mark == "." and before and before[-1].end == start and (inside or before[-1].norm in _TITLES):
        return "." if inside and len(before[-1].norm) > 2 else ""
    if mark == "/":
        return "or" if not (inside and text[start - 1].isdigit() and text[end].isdigit()) else "/"
    if mark in ("&", "+"):
        return "and"
    if mark in _KEPT_MARKS:
        return mark
    return "," if unicodedata.category(mark) in ("So", "Sk") else ""


def _join_split_negations(tokens: list[Token]) -> list[Token]:
    """Drop the lone "t" that follows when somebody types "don t have"."""
    return [
        token
        for index, token in enumerate(tokens)
        if not (token.norm == "t" and index and tokens[index - 1].norm == "not")
    ]
