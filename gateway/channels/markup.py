"""An answer's markup (bold, links) as each channel shows it."""

from __future__ import annotations

import re
from typing import Final

from gateway.channels import gsm7
from gateway.channels.capabilities import Bold

_LINK: Final = re.compile(r"\[([^\]\n]+)\]\(((?:https|mailto|tel):[^)\s]+)\)")
_BOLD: Final = re.compile(r"\*\*(?=\S)([^\n]+?)(?<=\S)\*\*")
_LONGEST_BOLD: Final = 120
_HELD: Final = "\ue000"
"""Stands for a space at which a text must not be split."""


def prepare(text: str) -> str:
    """``text`` with its links spelt out, and with what must stay together held together."""
    text = text.replace(_HELD, " ")
    return _BOLD.sub(_hold_bold, _LINK.sub(_spelt, text))


def _spelt(match: re.Match[str]) -> str:
    title, target = match[1], match[2].removeprefix("mailto:").removeprefix("tel:")
    # A number or an address that is its own title needs no second mention.
    shown = title if _letters(target) in _letters(title) else f"{title} ({target})"
    return shown.replace(" ", _HELD)


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _hold_bold(match: re.Match[str]) -> str:
    if len(match[1]) > _LONGEST_BOLD:
        return match[1]
    return f"**{match[1].replace(' ', _HELD)}**"


def finish(text: str, bold: Bold, *, plain: bool = False) -> str:
    """A prepared piece as it is sent; ``plain`` is whether typography is made plain."""
    text = text.replace(_HELD, " ")
    if plain:
        text = gsm7.plain(text)
    match bold:
        case "html":
            text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            return _BOLD.sub(r"<b>\1</b>", text)
        case "asterisk":
            return _BOLD.sub(lambda match: f"*{match[1].replace('*', '')}*", text)
        case "none":
            return _BOLD.sub(r"\1", text)
