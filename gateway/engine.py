"""The engine, as the gateway calls it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, Field, ValidationError

HEALTH_TIMEOUT: Final = 3.0
"""Seconds that the health call may take."""

# Shorter than the engine's own (Sanic: 5 s), so that a connection is never used as it is being closed.
_KEEPALIVE: Final = 4.0


class EngineError(Exception):
    """The engine gave no usable answer. The message says why, never what was asked.

    ``away`` is whether it could not even be asked.
    """

    def __init__(self, message: str, *, away: bool = False) -> None:
        super().__init__(message)
        self.away = away


class EngineButton(BaseModel):
    """A choice that the engine offers and the payload it stands for."""

    title: str
    payload: str


class EngineReply(BaseModel):
    """One thing that the assistant says."""

    text: str = ""
    buttons: list[EngineButton] = Field(default_factory=list)
    metadata: dict[str, Any] = Field(default_factory=dict)

    def label(self, name: str) -> str | None:
        """The metadata ``name`` as a text, or None when it is absent or empty."""
        value = self.metadata.get(name)
        return str(value) if value not in (None, "") else None

    @property
    def progress(self) -> tuple[int, int] | None:
        """Which question this is of how many, from the metadata ``{"step": 3, "total": 12}``."""
        value = self.metadata.get("progress")
        if not isinstance(value, dict):
            return None
        step, total = value.get("step"), value.get("total")
        if type(step) is not int or type(total) is not int or not 1 <= step <= total:
            return None
        return step, total


class _Turn(BaseModel):
    replies: list[EngineReply]


@dataclass(frozen=True)
class EngineHealth:
    """Which parts answer; None where nobody could tell."""

    model: bool
    actions: bool | None


class EngineClient:
    """Calls to the engine over one shared pool of connections.

    ``timeout`` is in seconds and holds for a whole call.
    """

    def __init__(self, url: str, key: bytes, timeout: float) -> None:
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            base_url=f"{url}/webhooks/needlewise",
            headers={"Authorization": f"Bearer {key.decode()}"},
            timeout=timeout,
            limits=httpx.Limits(max_connections=100, keepalive_expiry=_KEEPALIVE),
            # The engine is on this machine: a proxy of the environment must not see patients' words.
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def say(
        self, conversation_id: str, message_id: str, *, text: str | None = None, payload: str | None = None
    ) -> list[EngineReply]:
        """The replies to what a person typed (``text``) or to a ``payload`` of ours.

        The engine answers a message id it knows with the same replies, so a call may be repeated.
        Raises EngineError, also when there are no replies: nobody is left without an answer.
        """
        body = {"sender": conversation_id, "message_id": message_id}
        body |= {"text": text} if text is not None else {"payload": payload or ""}
        response = await self._call("POST", "/messages", json=body)
        try:
            replies = _Turn.model_validate_json(response.content).replies
        except ValidationError:
            raise EngineError("the engine's answer is not understood") from None
        replies = [reply for reply in replies if reply.text.strip() or reply.buttons]
        if not replies:
            raise EngineError("the engine gave no reply")
        return replies

    async def erase(self, conversation_id: str) -> None:
        """Erase the conversation's tracker; none is fine. Raises EngineError."""
        await self._call("DELETE", f"/conversations/{quote(conversation_id, safe='')}")

    async def health(self) -> EngineHealth:
        """Which parts answer."""
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT):
                response = await self._client.get("/health")
            body = response.json()
            return EngineHealth(model=body["model"] is True, actions=body["actions"] is True)
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError):
            return EngineHealth(model=False, actions=None)

    async def _call(self, method: str, path: str, *, json: dict[str, str] | None = None) -> httpx.Response:
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._send(method, path, json)
        except (TimeoutError, httpx.TimeoutException):
            raise EngineError(f"no answer after {self._timeout:g} s") from None
        except httpx.HTTPError as error:
            raise EngineError(f"the engine is away ({type(error).__name__})", away=True) from None
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise EngineError("the engine refused the key; both must read the same var/secrets/engine.key")
        if not response.is_success:
            raise EngineError(f"the engine answered {response.status_code}")
        return response

    async def _send(self, method: str, path: str, json: dict[str, str] | None) -> httpx.Response:
        try:
            return await self._client.request(method, path, json=json)
        except httpx.TimeoutException:
            raise
        except httpx.TransportError:
            # A kept connection that died, or a restart: every call can be repeated, so try once more.
            await asyncio.sleep(0.1)
            return await self._client.request(method, path, json=json)
