"""What Meta's three channels share: the handshake, the signature, the Graph API and its errors.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import httpx
from pydantic import SecretStr

from gateway.channels import reading, sending
from gateway.channels.adapter import Adapter, Call, failed, secret
from gateway.channels.signatures import hmac_sha256_hex, same
from gateway.channels.types import (
    BadPayload,
    Check,
    Forged,
    Outbound,
    Permanent,
    PermanentReason,
    Registration,
    SendError,
    SendResult,
    Temporary,
)

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_SCHEME: Final = "sha256="
_REGAIN: Final = re.compile(r'"estimated_time_to_regain_access"\s*:\s*(\d{1,5})')

_TEMPORARY_CODES: Final = frozenset({1, 2, 131000, 131016, 131057, 133004})
_RATE_CODES: Final = frozenset({4, 17, 32, 341, 613, 80006, 80007, 130429, 131048, 131056})
_CREDENTIAL_CODES: Final = frozenset({0, 102, 190, 463, 467})
_PERMANENT_CODES: Final[Mapping[int, PermanentReason]] = {
    131047: "window_closed",
    131026: "no_recipient",
    131030: "no_recipient",
    131021: "no_recipient",
    131050: "opted_out",
    551: "no_recipient",
    10: "not_allowed",
    3: "not_allowed",
    368: "not_allowed",
    131005: "not_allowed",
    131031: "not_allowed",
    131042: "not_allowed",
    131045: "not_allowed",
    133010: "not_allowed",
}
_PERMANENT_SUBCODES: Final[Mapping[int, PermanentReason]] = {
    2018278: "window_closed",
    2534022: "window_closed",
    2018001: "no_recipient",
    2534014: "no_recipient",
    1545041: "no_recipient",
    2018108: "no_recipient",
}


class MetaAdapter(Adapter):
    """One WhatsApp number, Page or Instagram account."""

    handshakes = True
    platform: ClassVar[str]
    """How error codes name it."""
    webhook_object: ClassVar[str]
    """What Meta calls the kind of account in a webhook."""

    def app_secrets(self) -> tuple[SecretStr | None, ...]:
        """The secrets of which one signs."""
        return (self.settings.meta_app_secret,)

    @property
    @abstractmethod
    def token(self) -> SecretStr | None:
        """The access token."""

    @property
    def api_url(self) -> str:
        """Where the Graph API is."""
        return self.settings.graph_api_url

    def handshake(self, query: Mapping[str, str]) -> str:
        challenge = query.get("hub.challenge", "")
        if query.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(challenge):
            raise Forged("this is no subscription")
        if not same(query.get("hub.verify_token", ""), secret(self.settings.meta_verify_token)):
            raise Forged("the verify token is wrong")
        return challenge

    def verify(self, headers: Mapping[str, str], body: bytes, url: str) -> None:
        signature = headers.get("x-hub-signature-256", "")
        if not signature.startswith(_SCHEME):
            raise Forged("there is no signature")
        expected = [
            _SCHEME + hmac_sha256_hex(value.get_secret_value().encode(), body)
            for value in self.app_secrets()
            if value is not None
        ]
        if not any(same(signature, candidate) for candidate in expected):
            raise Forged("the signature is wrong")

    def entries(self, body: bytes) -> Iterator[Mapping[str, Any]]:
        """The entries of a webhook. Raises BadPayload."""
        payload = reading.json_object(body)
        if not isinstance(payload.get("object"), str) or not isinstance(payload.get("entry"), list):
            raise BadPayload("there is no object or no entry")
        if payload["object"] == self.webhook_object:
            yield from map(reading.mapping, reading.items(payload["entry"]))

    @property
    @abstractmethod
    def messages_path(self) -> str:
        """Where messages are posted, below the version."""

    @property
    @abstractmethod
    def check_path(self) -> str:
        """What is read to try the token, below the version."""

    async def send(self, client: httpx.AsyncClient, outbound: Outbound) -> SendResult:
        call = self.call(outbound)
        response = await self.request(client, call.method, call.path, json=call.json)
        return SendResult(self.sent_id(sending.accepted(response, self.platform)))

    @abstractmethod
    def sent_id(self, answer: Mapping[str, Any]) -> str | None:
        """The id in the answer to a message."""

    async def check(self, client: httpx.AsyncClient) -> Check:
        try:
            response = await self.request(client, "GET", self._versioned(self.check_path))
            return Check(True, self.describe(sending.accepted(response, self.platform)))
        except SendError as error:
            return failed(error)

    @abstractmethod
    def describe(self, answer: Mapping[str, Any]) -> str:
        """The account, in a few words."""

    async def register(self, client: httpx.AsyncClient) -> Registration:
        return Registration(False, self.steps())

    @abstractmethod
    def steps(self) -> tuple[str, ...]:
        """What to do in Meta's App Dashboard."""

    def post(self, body: Mapping[str, object]) -> Call:
        """The request that posts a message."""
        return Call("POST", self._versioned(self.messages_path), json=body)

    def _versioned(self, path: str) -> str:
        return f"/{self.settings.graph_version}/{path}"

    async def request(
        self, client: httpx.AsyncClient, method: str, path: str, **arguments: Any
    ) -> httpx.Response:
        """The Graph API's answer. Raises Permanent, Temporary or Unknown."""
        headers = {"Authorization": f"Bearer {secret(self.token)}"}
        response = await sending.call(
            client, method, self.api_url + path, self.platform, headers=headers, **arguments
        )
        error = reading.mapping(sending.answer(response).get("error"))
        if response.status_code >= 300 or error:
            self._refuse(response, error)
        return response

    def _refuse(self, response: httpx.Response, error: Mapping[str, Any]) -> None:
        number, subcode = error.get("code"), error.get("error_subcode")
        if not isinstance(number, int):
            sending.raise_for_status(response, self.platform)
            raise Permanent("refused", self.platform)
        code = f"{self.platform} {number}"
        if isinstance(subcode, int):
            code += f"/{subcode}"
            if subcode in _PERMANENT_SUBCODES:
                raise Permanent(_PERMANENT_SUBCODES[subcode], code)
        if number in _RATE_CODES or response.status_code == 429:
            raise Temporary("rate_limit", code, retry_after=_wait(response))
        if number in _CREDENTIAL_CODES:
            raise Temporary("credentials", code)
        if number in _TEMPORARY_CODES:
            raise Temporary("unavailable", code, retry_after=sending.retry_after(response))
        if number in _PERMANENT_CODES:
            raise Permanent(_PERMANENT_CODES[number], code)
        if 200 <= number <= 299:
            raise Permanent("not_allowed", code)
        if response.status_code >= 500:
            sending.raise_for_status(response, self.platform)
        raise Permanent("refused", code)


def own_errors(value: object) -> str | None:
    """The code of the first of a webhook's errors."""
    for item in reading.items(value):
        return reading.identifier(reading.mapping(item).get("code"))
    return None


def _wait(response: httpx.Response) -> float | None:
    """The seconds to wait: Retry-After, or Meta's own header, which counts in minutes.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting
    """
    seconds = sending.retry_after(response)
    if seconds is not None:
        return seconds
    text = response.headers.get("x-business-use-case-usage", "")
    minutes = max(map(int, _REGAIN.findall(text)), default=0)
    return min(60.0 * minutes, sending.MAX_RETRY_AFTER) if minutes else None
