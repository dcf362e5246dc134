"""What a person typed, made fit to store, to show and to understand."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# C0 and C1 controls but tab and newline; and the explicit direction controls (embeddings, overrides,
# isolates), which can make a stored text read differently from what it says. Right-to-left letters need
# none of them, and the joiners that emoji and Persian use stay.
_UNWANTED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NEWLINE: Final = re.compile("\r\n?|\u2028|\u2029|\x85")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


def clean(text: str) -> str:
    """``text`` without control characters, its line ends as ``\\n``, trimmed; empty if nothing is seen."""
    cleaned = _UNWANTED.sub("", _NEWLINE.sub("\n", text)).strip()
    return cleaned if any(unicodedata.category(character) not in _INVISIBLE for character in cleaned) else ""


def plain(markup: str) -> str:
    """An answer's markup (bold, links) as it reads in a text file."""
    return _LINK.sub(_link, _BOLD.sub(r"\1", markup))


_BOLD: Final = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_LINK: Final = re.compile(r"\[([^\]]+)\]\(((?:https|mailto|tel):[^)\s]+)\)")


def _link(match: re.Match[str]) -> str:
    title, target = match[1], match[2].removeprefix("mailto:").removeprefix("tel:")
    # A number or an address that is its own title needs no second mention.
    return title if _letters(target) in _letters(title) else f"{title} ({target})"


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
