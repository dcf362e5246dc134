"""Which channels are on: settings from the environment (``NEEDLEWISE_*``).

A channel is on when all its settings are there. Settings that are there in part stop the start, with a
message that names what is missing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import phonenumbers
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from clinic.settings import PREFIX, SettingsError
from gateway.channels.capabilities import CHANNELS, Channel

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET_PREFIX: Final = "whsec_"
_SHORTEST_SECRET: Final = 24
"""Bytes, as Standard Webhooks asks for."""

_OWN: Final[Mapping[Channel, tuple[str, ...]]] = MappingProxyType(
    {
        "twilio-sms": ("twilio_sms_from",),
        "twilio-whatsapp": ("twilio_whatsapp_from",),
        "whatsapp": ("whatsapp_phone_id", "whatsapp_token"),
        "messenger": ("messenger_page_id", "messenger_token"),
        "instagram": ("instagram_id", "instagram_token"),
        "telegram": ("telegram_token", "telegram_secret"),
        "webhook": ("webhook_url", "webhook_secret"),
    }
)
"""What turns a channel on."""
_TWILIO: Final = ("twilio_account_sid", "twilio_auth_token")
_META: Final = ("meta_app_secret", "meta_verify_token")
_SHARED: Final[Mapping[Channel, tuple[str, ...]]] = MappingProxyType(
    {
        "twilio-sms": _TWILIO,
        "twilio-whatsapp": _TWILIO,
        "whatsapp": _META,
        "messenger": _META,
        "instagram": _META,
        "telegram": (),
        "webhook": (),
    }
)
"""What it needs besides and may share."""


class ChannelSettings(BaseSettings):
    """Everything that the channels read from the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    public_url: str | None = None
    """Where the world reaches this gateway, such as https://chat.clinic.example."""

    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_sms_from: str | None = None
    """The clinic's number, such as +14155550132."""
    twilio_whatsapp_from: str | None = None
    twilio_whatsapp_template: str | None = None
    """The Content SID of an approved template without variables, for an answer after 24 hours."""
    twilio_api_url: str = "https://api.twilio.com"

    meta_app_secret: SecretStr | None = None
    meta_verify_token: SecretStr | None = None
    """Chosen by the clinic, and given to Meta with the address of the webhook."""
    graph_version: str = "v26.0"
    graph_api_url: str = "https://graph.facebook.com"

    whatsapp_phone_id: str | None = None
    whatsapp_token: SecretStr | None = None
    whatsapp_template: str | None = None
    """The name of an approved template without variables, for an answer after 24 hours."""
    whatsapp_template_language: str = "en_US"

    messenger_page_id: str | None = None
    messenger_token: SecretStr | None = None

    instagram_id: str | None = None
    instagram_token: SecretStr | None = None
    instagram_app_secret: SecretStr | None = None
    """The Instagram product's own secret, if it has one; else Meta's app secret signs."""
    instagram_api_url: str = "https://graph.instagram.com"

    telegram_token: SecretStr | None = None
    telegram_secret: SecretStr | None = None
    """Chosen by the clinic: Telegram sends it with every update."""
    telegram_api_url: str = "https://api.telegram.org"

    webhook_url: str | None = None
    """Where the generic webhook's answers go."""
    webhook_secret: SecretStr | None = None
    """Of Standard Webhooks: ``whsec_`` and at least 24 bytes in base 64."""
    webhook_tolerance: int = Field(default=300, ge=10, le=3600)
    """By how many seconds the time of a call may differ from ours."""

    @field_validator(
        "public_url",
        "twilio_api_url",
        "graph_api_url",
        "instagram_api_url",
        "telegram_api_url",
        "webhook_url",
    )
    @classmethod
    def _secure_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise ValueError("give a URL such as https://chat.clinic.example") from None
        if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or "@" in value:
            raise ValueError("give a URL such as https://chat.clinic.example")
        if parts.scheme == "http" and host not in _LOOPBACK:
            raise ValueError("must begin with https://")
        return value.rstrip("/")

    @field_validator("twilio_sms_from", "twilio_whatsapp_from")
    @classmethod
    def _number(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"\d{5,6}", value):
            return value  # a short code
        try:
            number = phonenumbers.parse(value.removeprefix("whatsapp:"))
        except phonenumbers.NumberParseException:
            raise ValueError("give a number with its country code, such as +14155550132") from None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    @field_validator("twilio_account_sid")
    @classmethod
    def _account(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch("AC[0-9a-fA-F]{32}", value):
            raise ValueError("must be AC and 32 hexadecimal digits")
        return value

    @field_validator("twilio_whatsapp_template")
    @classmethod
    def _content(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch("HX[0-9a-fA-F]{32}", value):
            raise ValueError("must be HX and 32 hexadecimal digits")
        return value

    @field_validator("whatsapp_phone_id", "messenger_page_id", "instagram_id")
    @classmethod
    def _digits(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[0-9]{1,32}", value):
            raise ValueError("must be an id of digits alone")
        return value

    @field_validator("graph_version")
    @classmethod
    def _version(cls, value: str) -> str:
        if not re.fullmatch(r"v[0-9]{1,3}\.[0-9]", value):
            raise ValueError("give a version such as v26.0")
        return value

    @field_validator("whatsapp_template")
    @classmethod
    def _template(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[a-z0-9_]{1,512}", value):
            raise ValueError("must be lower case letters, digits and underscores")
        return value

    @field_validator("telegram_token")
    @classmethod
    def _bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(
            r"[0-9]{1,20}:[A-Za-z0-9_-]{10,100}", value.get_secret_value()
        ):
            raise ValueError("must be a bot's token, which is digits, a colon and letters")
        return value

    @field_validator("telegram_secret")
    @classmethod
    def _telegram_secret(cls, value: SecretStr | None) -> SecretStr | None:
        # Telegram's own limits for secret_token; the lower one is ours, as it is all that is checked.
        if value is not None and not re.fullmatch("[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
            raise ValueError("must be 16 to 256 letters, digits, underscores and hyphens")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _standard_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            webhook_key(value)
        return value

    @model_validator(mode="after")
    def _complete(self) -> ChannelSettings:
        for channel in CHANNELS:
            given = [name for name in _OWN[channel] if getattr(self, name) is not None]
            if not given:
                continue
            needed = (*_OWN[channel], *_SHARED[channel], "public_url")
            if channel == "webhook":
                needed = _OWN[channel]
            self._require(needed, because=given[0])
        for shared in (_TWILIO, _META):
            users = [channel for channel in CHANNELS if _SHARED[channel] == shared]
            given = [name for name in shared if getattr(self, name) is not None]
            if given and not any(self.is_on(channel) for channel in users):
                self._require(shared, because=given[0])
                ways = " or ".join(PREFIX + _OWN[channel][0].upper() for channel in users)
                raise ValueError(f"{ways} is needed because {PREFIX}{given[0].upper()} is set")
        return self

    def _require(self, names: tuple[str, ...], *, because: str) -> None:
        missing = [PREFIX + name.upper() for name in names if getattr(self, name) is None]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise ValueError(f"{', '.join(missing)} {verb} needed because {PREFIX}{because.upper()} is set")

    def is_on(self, channel: Channel) -> bool:
        """Whether the channel's own settings are given."""
        return all(getattr(self, name) is not None for name in _OWN[channel])

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that are on."""
        return tuple(channel for channel in CHANNELS if self.is_on(channel))

    def webhook_address(self, channel: Channel) -> str:
        """The exact address that the platform calls."""
        return f"{self.public_url or ''}/channels/{channel}"


def needed_settings(channel: Channel) -> tuple[str, ...]:
    """The names of what turns the channel on, as they stand in the environment."""
    return tuple(PREFIX + name.upper() for name in (*_OWN[channel], *_SHARED[channel]))


def webhook_key(secret: SecretStr) -> bytes:
    """The key that a Standard Webhooks secret stands for. Raises ValueError."""
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_SECRET_PREFIX) or len(key) < _SHORTEST_SECRET:
        raise ValueError("must be whsec_ and at least 24 random bytes in base 64")
    return key


def load_channel_settings() -> ChannelSettings:
    """The settings of this process's environment. Raises SettingsError, one line for all that is wrong."""
    try:
        return ChannelSettings()
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    # Values are never repeated: most of them are secrets.
    found = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        message = item["msg"].removeprefix("Value error, ")
        found.append(f"{PREFIX}{str(item['loc'][0]).upper()}: {message}" if item["loc"] else message)
    return "; ".join(found)
