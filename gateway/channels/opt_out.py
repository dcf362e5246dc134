"""Ending the messages, having them again, and help: what in a message means one of these.

A word or a wording counts only when it is the whole message: "Should I stop my retinol?" does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from gateway.channels.texts import OptOutPhrases
from gateway.channels.types import Keyword

# What US carriers ask for: CTIA's Messaging Principles and Best Practices, and 47 CFR 64.1200(a)(10).
STOP_WORDS: Final = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out"}
)
START_WORDS: Final = frozenset({"start", "unstop"})
HELP_WORDS: Final = frozenset({"help", "info"})
# Alone in a message these mean the same on every channel; "stop" or "cancel" may be meant for a form.
_CLEAR_STOP_WORDS: Final = frozenset({"stopall", "stop all", "unsubscribe", "revoke", "optout", "opt out"})
_CLEAR_START_WORDS: Final = frozenset({"unstop"})

_APOSTROPHE: Final = re.compile("['’‘`´]")
_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_PART: Final = re.compile(r"\[([^\]]+)\]|\(([^)]+)\)|(\S+)")


class OptOutReader:
    """Reads messages by the carriers' words and by the clinic's list of reasonable wording."""

    def __init__(self, phrases: OptOutPhrases) -> None:
        self._stop = _compiled(phrases.stop)
        self._start = _compiled(phrases.start)

    def read(self, text: str, *, carrier_words: bool) -> Keyword | None:
        """What the whole of ``text`` asks for, if it is one of these.

        ``carrier_words`` is whether single words such as STOP and HELP end messages here, as they do on
        SMS; elsewhere they are left to the conversation, and clear wording is still heeded.
        """
        said = _normal(text)
        if not said:
            return None
        if said in (STOP_WORDS if carrier_words else _CLEAR_STOP_WORDS):
            return "stop"
        if said in (START_WORDS if carrier_words else _CLEAR_START_WORDS):
            return "start"
        if carrier_words and said in HELP_WORDS:
            return "help"
        if said in STOP_WORDS | START_WORDS:
            return None
        if any(pattern.fullmatch(f"{said} ") for pattern in self._stop):
            return "stop"
        if any(pattern.fullmatch(f"{said} ") for pattern in self._start):
            return "start"
        return None


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_A_WORD.sub(" ", _APOSTROPHE.sub("", folded)).strip()


def _compiled(phrases: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile("".join(map(_expression, _PART.finditer(_folded(phrase))))) for phrase in phrases]


def _folded(phrase: str) -> str:
    return _APOSTROPHE.sub("", unicodedata.normalize("NFKC", phrase).casefold())


def _expression(part: re.Match[str]) -> str:
    optional, one_of, word = part.groups()
    choices = "|".join(
        re.escape(" ".join(choice.split())) for choice in (optional or one_of or word).split("|")
    )
    return f"(?:(?:{choices}) )?" if optional else f"(?:{choices}) "
