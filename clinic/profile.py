"""The clinic's profile: what answers say about the clinic itself, from ``knowledge/clinic.yml``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from clinic.settings import DEFAULT_RETENTION_DAYS
from clinic.yaml_files import YamlFileError, load_yaml


class ProfileError(Exception):
    """The profile is wrong; the message is one line that names the file and each wrong field."""


def _plain_text(value: str) -> str:
    # An answer would take braces for a placeholder, and pages show no markup of the profile's.
    if any(character in value for character in "{}<>"):
        raise ValueError("must not contain { } < or >")
    if not all(character.isprintable() or character == "\n" for character in value):
        raise ValueError("must not contain control characters")
    return value


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400), AfterValidator(_plain_text)
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_plain_text)
]

_SHORT_NUMBER: Final = re.compile(r"\d{2,6}")
_WAIT_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")


class Phone(BaseModel):
    """A number to call: ``e164`` is empty for a short number such as 911."""

    model_config = ConfigDict(frozen=True)

    e164: str
    display: str

    @property
    def link(self) -> str:
        """The number as a ``tel:`` link."""
        return f"tel:{self.e164 or self.display}"


class ClinicProfile(BaseModel):
    """The clinic as answers name it. Every value is checked when the profile is loaded."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    sample: bool
    """Whether this is the profile that comes with Needlewise and describes no real clinic."""
    name: Name
    region: str = "US"
    """ISO 3166 code: how a telephone number without a country code is read."""
    phone: Phone
    email: str
    website: str
    address: Text
    hours: Text
    languages: list[Name] = Field(min_length=1)
    staff: Text
    cancellation_text: Text
    booking_note: Text
    price_text: Text | None = None
    no_price_text: Text
    """Said in place of a price while there is no ``price_text``."""
    emergency_number: Phone = Field(default="911", validate_default=True)
    crisis_number: Phone = Field(default="988", validate_default=True)
    poison_number: Phone = Field(default="1-800-222-1222", validate_default=True)
    waits: dict[str, Name]
    """How long the clinic asks for, as words: ``{"sunburn": "at least 2 weeks"}``."""

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        if value not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("must be a two-letter country code such as US")
        return value

    @field_validator("email")
    @classmethod
    def _email(cls, value: str) -> str:
        try:
            return validate_email(value, check_deliverability=False).normalized
        except EmailNotValidError as error:
            raise ValueError(f"must be an e-mail address: {error}") from None

    @field_validator("website")
    @classmethod
    def _website(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or any(c in value for c in "{}<> ()"):
            raise ValueError("must be an address that starts with https://")
        return value

    @field_validator("phone", "poison_number", mode="before")
    @classmethod
    def _full_number(cls, value: object, info: ValidationInfo) -> Phone:
        return _phone(value, info)

    @field_validator("emergency_number", "crisis_number", mode="before")
    @classmethod
    def _short_or_full_number(cls, value: object, info: ValidationInfo) -> Phone:
        digits = str(value).strip()
        return Phone(e164="", display=digits) if _SHORT_NUMBER.fullmatch(digits) else _phone(value, info)

    @field_validator("waits")
    @classmethod
    def _wait_keys(cls, value: dict[str, str]) -> dict[str, str]:
        for key in value:
            if not _WAIT_KEY.fullmatch(key):
                raise ValueError(f"{key!r} must be lower case letters, digits and underscores")
        return value

    def template_values(self, retention_days: int = DEFAULT_RETENTION_DAYS) -> dict[str, str]:
        """What the ``{key}`` placeholders of answers and knowledge texts stand for."""
        return {
            "clinic_name": self.name,
            "clinic_phone": self.phone.display,
            "clinic_phone_link": self.phone.link,
            "clinic_email": self.email,
            "clinic_address": self.address,
            "clinic_hours": self.hours,
            "clinic_languages": ", ".join(self.languages),
            "clinic_staff": self.staff,
            "clinic_website": self.website,
            "clinic_price": self.price_text or self.no_price_text,
            "clinic_cancellation": self.cancellation_text,
            "clinic_booking_note": self.booking_note,
            "emergency_number": self.emergency_number.display,
            "emergency_link": self.emergency_number.link,
            "crisis_number": self.crisis_number.display,
            "crisis_link": self.crisis_number.link,
            "poison_number": self.poison_number.display,
            "poison_link": self.poison_number.link,
            "retention_days": str(retention_days),
            **{f"wait_{key}": text for key, text in self.waits.items()},
        }


def load_profile(path: Path) -> ClinicProfile:
    """The profile of the file ``path``. Raises ProfileError naming the file and each wrong field."""
    try:
        return load_yaml(path, ClinicProfile)
    except YamlFileError as error:
        raise ProfileError(str(error)) from None


def _phone(value: object, info: ValidationInfo) -> Phone:
    text = str(value).strip()
    try:
        number = phonenumbers.parse(text, info.data.get("region", "US"))
    except NumberParseException:
        raise ValueError("must be a telephone number such as +1 415-555-0132") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("is not a telephone number that can exist")
    return Phone(
        e164=phonenumbers.format_number(number, PhoneNumberFormat.E164),
        # National numbers are shown as the clinic wrote them: people know "1-800-222-1222" by sight.
        display=text,
    )
