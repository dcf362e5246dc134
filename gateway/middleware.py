"""What every request passes: safety headers, one log line, a bound on the body, an answer to any fault."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.problems import ProblemError
from gateway.logs import describe

logger = logging.getLogger(__name__)

MAX_BODY: Final = 2048
"""Bytes of a body, where nothing else is said."""
MAX_DRAINED: Final = 128 * 1024
"""Bytes of a body that is read to its end before it is refused.

A proxy that is still sending when the answer comes passes on no answer but an error of its own.
"""
BODY_SECONDS: Final = 10.0
"""How long a body may take to arrive."""

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS: Final = "max-age=31536000"
_QUIET: Final = frozenset({"/healthz", "/readyz"})


class Watch:
    """Sets the safety headers, logs each request and turns an unforeseen error into a 500 problem.

    ``paths`` are those that a log line may name. With ``hsts`` browsers are told to come by HTTPS alone;
    without it they are told so when they did, as the proxy before us says.
    """

    def __init__(self, app: ASGIApp, paths: frozenset[str], *, hsts: bool = False) -> None:
        self.app = app
        self.paths = paths
        self.hsts = hsts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if self.hsts or scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", _HSTS)
            await send(message)

        try:
            await self.app(scope, receive, watched_send)
        except Exception as error:
            logger.error("unforeseen: %s", describe(error))
            if status:
                raise RuntimeError("the response was already begun") from None
            detail = "Something went wrong here. Please try again."
            await ProblemError(500, detail).response()(scope, receive, watched_send)
        finally:
            path = self._name(scope["path"])
            level = logging.DEBUG if path in _QUIET else logging.INFO
            spent = (time.perf_counter() - begun) * 1000
            logger.log(level, "%s %s %d %.0f ms", scope["method"], path, status, spent)

    def _name(self, path: str) -> str:
        if path in self.paths:
            return path
        return "/widget/…" if path.startswith("/widget/") else "(unknown path)"


class BodyLimit:
    """Reads the body of a request before the app does; refuses a big or slow one.

    ``larger`` has the paths that take larger bodies, with their bytes.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await _read(scope, receive, self.larger.get(scope["path"], MAX_BODY))
        except ProblemError as problem:
            await problem.response()(scope, receive, send)
            return
        if body is None:
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)


async def _read(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The whole body; None when the client left. Raises ProblemError (408 or 413)."""
    declared = Headers(scope=scope).get("content-length", "0")
    announced = int(declared) if declared.isdecimal() else 0
    if announced > max(most, MAX_DRAINED):
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                more = message.get("more_body", False)
                if announced > most:
                    if not more:
                        raise _too_large(most)
                    continue
                body += message.get("body", b"")
                if len(body) > most:
                    raise _too_large(most)
                if not more:
                    return bytes(body)
    except TimeoutError:
        raise ProblemError(
            408, "The body took too long to arrive.", headers={"Connection": "close"}
        ) from None


def _too_large(most: int) -> ProblemError:
    detail = f"The body is too large: at most {most} bytes fit."
    # Closed, so that the rest of the body is not read as the next request.
    return ProblemError(413, detail, headers={"Connection": "close"})
