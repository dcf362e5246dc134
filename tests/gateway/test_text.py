"""Cleaning what was typed, and the wording of a transcript."""

from __future__ import annotations

import pytest

from gateway.logs import describe
from gateway.text import clean, plain


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hello", "hello"),
        ("a\u2028b", "a\nb"),
        ("a\x0bb", "ab"),
        ("👩‍👧", "👩‍👧"),
        ("\u200d", ""),
        ("\ufeffhi", "\ufeffhi"),
        ("\u2066", ""),
    ],
)
def test_clean(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("**Stop** and call", "Stop and call"),
        ("[Call 911](tel:911)", "Call 911"),
        ("[write](mailto:a@b.example)", "write (a@b.example)"),
        ("[+1 415](tel:+1415)", "+1 415"),
        ("[Call us](tel:+14155550132)", "Call us (+14155550132)"),
        ("[page](https://clinic.example/a)", "page (https://clinic.example/a)"),
        ("2 * 3 ** 4", "2 * 3 ** 4"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
    ],
)
def test_plain(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_an_error_is_described_by_its_place_not_by_its_words() -> None:
    try:
        try:
            raise KeyError("what a person wrote")
        except KeyError as error:
            raise ValueError("and more of it") from error
    except ValueError as error:
        text = describe(error)
    assert text.startswith("ValueError at ") and " from KeyError at " in text
    assert "wrote" not in text and "more" not in text
