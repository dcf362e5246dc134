"""The alphabet of SMS (3GPP TS 23.038): what fits into one part, and plain forms of typography."""

from __future__ import annotations

from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
_PLAIN: Final = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "′": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "″": '"',
        "«": '"',
        "»": '"',
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "…": "...",
        "•": "-",
        "·": "-",
        "×": "x",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\t": " ",
        "\u200b": "",
        "\ufeff": "",
    }
)


def plain(text: str) -> str:
    """``text`` with typographic characters in their plain forms; letters stay as they are."""
    return text.translate(_PLAIN)


def parts(text: str) -> int:
    """In how many parts an SMS is sent, each of which is paid for."""
    if _BASIC.issuperset(character for character in text if character not in _EXTENDED):
        size = len(text) + sum(character in _EXTENDED for character in text)
        single, several = 160, 153
    else:
        size = len(text.encode("utf-16-le")) // 2
        single, several = 70, 67
    return 1 if size <= single else -(-size // several)
