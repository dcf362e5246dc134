"""Reading what a platform sent: any bytes in, typed values or BadPayload out, never another error."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from gateway.channels.types import BadPayload
from gateway.text import clean

MAX_ID: Final = 255
MAX_TEXT: Final = 10_000
"""No platform lets a person write more than some 65,000 characters, and nobody asks that much."""
MAX_EVENTS: Final = 1000
"""Meta puts at most 1,000 updates into one post."""
_MAX_FIELDS: Final = 1000
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EARLIEST: Final = 946_684_800  # the year 2000
_LATEST: Final = 4_102_444_800  # the year 2100


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises BadPayload."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadPayload("the body is not JSON") from None
    if not isinstance(value, dict):
        raise BadPayload("the body is not a JSON object")
    return value


def form(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form-encoded body, in their order. Raises BadPayload."""
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise BadPayload("the body is not a form") from None


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """``value`` if it is an array, else an empty one; of a very long one the beginning."""
    return value[:MAX_EVENTS] if isinstance(value, list) else []


def identifier(value: object) -> str | None:
    """An id as text, or None if it is missing or cannot be one. Platforms send some ids as numbers."""
    if isinstance(value, int) and not isinstance(value, bool) and -(10**18) < value < 10**20:
        return str(value)
    if isinstance(value, str) and 0 < len(value) <= MAX_ID and not _UNSAFE.search(value):
        return value
    return None


def words(value: object) -> str | None:
    """What a person wrote, cleaned, or None if nothing is to be seen."""
    if not isinstance(value, str):
        return None
    return clean(_SURROGATE.sub("\ufffd", value[:MAX_TEXT])) or None


def button_token(value: object) -> str | None:
    """A button's token, or None if it cannot be one of ours."""
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else None


def moment(value: object, *, milliseconds: bool = False) -> datetime | None:
    """A Unix time, given as a number or as digits, or None if it cannot be one."""
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit() and len(value) <= 15):
            return None
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = value / 1000 if milliseconds and abs(value) < 10**15 else value
    if not _EARLIEST <= seconds <= _LATEST:
        return None
    return datetime.fromtimestamp(seconds, UTC)
