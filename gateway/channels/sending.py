"""Calling a platform, and telling "not sent" from "perhaps sent"."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from gateway.channels.types import Permanent, Temporary, Unknown

TIMEOUT: Final = httpx.Timeout(15, connect=5)
MAX_RETRY_AFTER: Final = 6 * 3600.0
"""A platform that asks for a longer wait is asked again after this."""

# The request did not leave, so the platform cannot have acted on it.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


def new_client() -> httpx.AsyncClient:
    """A client for all platforms. It closes idle connections before the platforms do.

    A request on a connection that is just being closed would end in Unknown.
    """
    # It would log each address, and Telegram's hold the bot's token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=10, keepalive_expiry=4)
    return httpx.AsyncClient(limits=limits, timeout=TIMEOUT)


async def call(
    client: httpx.AsyncClient, method: str, url: str, platform: str, **arguments: Any
) -> httpx.Response:
    """The platform's answer, whatever its status. Raises Temporary or Unknown if there is none."""
    try:
        return await client.request(method, url, timeout=TIMEOUT, follow_redirects=False, **arguments)
    except _NOT_SENT as error:
        raise Temporary("unavailable", f"{platform} {type(error).__name__}") from None
    except httpx.HTTPError as error:
        raise Unknown("unknown", f"{platform} {type(error).__name__}") from None


def accepted(response: httpx.Response, platform: str) -> Mapping[str, Any]:
    """The JSON object of a platform's yes. Raises Unknown if it is something else than that.

    A proxy's page with the status 200 does not say that the platform has the message.
    """
    value = answer(response)
    if not value:
        raise Unknown("unknown", f"{platform} {response.status_code}")
    return value


def answer(response: httpx.Response) -> Mapping[str, Any]:
    """The JSON object of an answer, or an empty one."""
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def raise_for_status(response: httpx.Response, platform: str) -> None:
    """Raise what a refusal means when the platform's own error code says no more."""
    status = response.status_code
    code = f"{platform} {status}"
    if status < 300:
        return
    if status == 429:
        raise Temporary("rate_limit", code, retry_after=retry_after(response))
    if status == 503:
        raise Temporary("unavailable", code, retry_after=retry_after(response))
    if status == 408 or status >= 500:
        # A server that fails halfway, or a proxy whose server answers too late, may have acted.
        raise Unknown("unknown", code)
    if status == 401:
        raise Temporary("credentials", code)
    if status == 403:
        raise Permanent("not_allowed", code)
    raise Permanent("refused", code)


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that the header Retry-After asks for (RFC 9110, section 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), MAX_RETRY_AFTER)
