"""Choices that a person was offered, and which of them an answer in words or numbers means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from gateway.channels.texts import ChannelTexts
from gateway.channels.types import Choice

Labels = Literal["numbers", "letters", "none"]

# What an emoji such as a number in a box adds to its digit.
_MARKS: Final = re.compile("[\ufe0e\ufe0f\u20e3]")
_APOSTROPHE: Final = re.compile("['’‘`´]")
_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Offer:
    """What was offered last, and how it was marked: it is kept until the next answer is given."""

    choices: tuple[Choice, ...] = ()
    labels: Labels = "none"

    def as_dict(self) -> dict[str, Any]:
        """The offer as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Offer:
        """The offer that ``as_dict`` gave."""
        return cls(tuple(Choice(**choice) for choice in values["choices"]), values["labels"])

    def lines(self) -> list[str]:
        """The choices as numbered lines."""
        return [f"{self._mark(index)}. {choice.title}" for index, choice in enumerate(self.choices)]

    def _mark(self, index: int) -> str:
        return _LETTERS[index].upper() if self.labels == "letters" else str(index + 1)


def labels_for(choices: tuple[Choice, ...]) -> Labels:
    """Letters where a choice begins with a number, so that "2" never means two things."""
    if len(choices) <= len(_LETTERS) and any(choice.title[:1].isdigit() for choice in choices):
        return "letters"
    return "numbers"


class ChoiceReader:
    """Reads an answer to an offer by the words of ``knowledge/channels.yml``."""

    def __init__(self, texts: ChannelTexts) -> None:
        self._numbers = {_normal(word): number for number, words in texts.numbers.items() for word in words}
        self._fillers = sorted({_normal(filler) for filler in texts.number_fillers}, key=len, reverse=True)

    def read(self, text: str, offer: Offer) -> Choice | None:
        """The one choice that the whole of ``text`` means, or None if that is not sure."""
        said = _normal(text)
        if not said or not offer.choices:
            return None
        by_title = {
            choice.token: choice
            for choice in offer.choices
            if said in (_normal(choice.title), _normal(choice.shown))
        }
        by_mark = self._marked(said, offer)
        if by_mark is not None:
            by_title.setdefault(by_mark.token, by_mark)
        return next(iter(by_title.values())) if len(by_title) == 1 else None

    def _marked(self, said: str, offer: Offer) -> Choice | None:
        if offer.labels == "none":
            return None
        titles = {_normal(choice.title) for choice in offer.choices}
        bare = self._without_fillers(said, titles)
        if offer.labels == "letters":
            index = _LETTERS.index(bare) if len(bare) == 1 and bare in _LETTERS else -1
        else:
            number = (
                int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 3 else self._numbers.get(bare)
            )
            index = (number or 0) - 1
        return offer.choices[index] if 0 <= index < len(offer.choices) else None

    def _without_fillers(self, said: str, titles: set[str]) -> str:
        fillers = [filler for filler in self._fillers if filler not in titles]
        stripped = True
        while stripped:
            stripped = False
            for filler in fillers:
                for shorter in (said.removeprefix(f"{filler} "), said.removesuffix(f" {filler}")):
                    if shorter != said:
                        said, stripped = shorter, True
                        break
        return said


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", _MARKS.sub("", text)).casefold()
    return _NOT_A_WORD.sub(" ", _APOSTROPHE.sub("", folded)).strip()
