"""What an SMS holds."""

from __future__ import annotations

import pytest

from gateway.channels.gsm7 import parts, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ü" * 160, 1),
        ("ñ" * 160, 1),
        ("ş" * 70, 1),
        ("ş" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts(text: str, expected: int) -> None:
    assert parts(text) == expected


def test_plain_typography_keeps_an_sms_cheap() -> None:
    text = "“It’s – mostly – like a mild sunburn…” " * 3
    assert parts(text) == 2
    assert parts(plain(text)) == 1


def test_letters_stay() -> None:
    assert plain("¿Duele? Ça va, ş, 微") == "¿Duele? Ça va, ş, 微"
