"""A telephone number or an e-mail address in a person's own words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

_EMAIL: Final = re.compile(r"[^\s<>()\[\],;:\"|]+@[^\s<>()\[\],;:\"|@]+")
_SPACED_AT: Final = re.compile(r"\s*@\s*")
# "me at clinic.example" may be prose; only "at … dot …" is surely an address.
_SPELLED: Final = re.compile(r"\b([\w.+-]+)\s+at\s+([\w.-]+(?:\s+dot\s+[\w-]+)+)", re.IGNORECASE)
_SPELLED_DOT: Final = re.compile(r"\s+dot\s+", re.IGNORECASE)
_MINIMUM_DIGITS: Final = 3


@dataclass(frozen=True)
class Contact:
    """One way to reach a person."""

    kind: Literal["phone", "email"]
    normalised: str
    """E.164, with ``;ext=`` for an extension (RFC 3966); or the address as `email-validator` gives it."""
    display: str
    """As a person writes it."""


class ContactError(ValueError):
    """No contact was found.

    ``reason`` is ``missing`` (nothing that looks like one), ``phone`` or ``email`` (one that cannot
    exist).
    """

    def __init__(self, reason: Literal["missing", "phone", "email"]) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_contact(text: str, region: str) -> Contact:
    """The contact in ``text``, such as "call me on 415 555 0132 please".

    ``region`` (ISO 3166) tells how a number without a country code is read. A number is accepted
    when it can exist in its numbering plan, an address when it is well formed; neither is looked up.
    The e-mail address is taken when there are both. Raises ContactError.
    """
    text = unicodedata.normalize("NFKC", text)
    candidates = _email_candidates(text)
    contact = _first_email(candidates) or _first_phone(text, region)
    if contact is not None:
        return contact
    if candidates or "@" in text:
        raise ContactError("email")
    has_digits = sum(character.isdecimal() for character in text) >= _MINIMUM_DIGITS
    raise ContactError("phone" if has_digits else "missing")


def _email_candidates(text: str) -> list[str]:
    if "@" in text:
        return _EMAIL.findall(_SPACED_AT.sub("@", text))
    spelled = _SPELLED.search(text)
    return [f"{spelled[1]}@{_SPELLED_DOT.sub('.', spelled[2])}"] if spelled else []


def _first_email(candidates: list[str]) -> Contact | None:
    for candidate in candidates:
        try:
            found = validate_email(candidate.strip(".'!?"), check_deliverability=False)
        except EmailNotValidError:
            continue
        return Contact("email", found.normalized, found.normalized)
    return None


def _first_phone(text: str, region: str) -> Contact | None:
    match = next(iter(PhoneNumberMatcher(text, region, leniency=Leniency.VALID)), None)
    if match is None:
        return None
    number = match.number
    normalised = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if number.extension:
        normalised += f";ext={number.extension}"
    at_home = phonenumbers.region_code_for_number(number) == region
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return Contact("phone", normalised, phonenumbers.format_number(number, style))
