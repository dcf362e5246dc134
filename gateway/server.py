"""The server that the app runs in: uvicorn, with bounds on what a stranger can make it hold."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from clinic.settings import Settings
from gateway import logs
from gateway.api.problems import RETRY_SECONDS, ProblemError
from gateway.services import Services

logger = logging.getLogger(__name__)

SHUTDOWN_SECONDS: Final = 5
"""How long open requests may go on after the process is told to stop."""
KEEP_ALIVE_SECONDS: Final = 30
HEAD_SECONDS: Final = 10.0
"""How long the head of a request (its first line and headers) may take to arrive."""
STALL_SECONDS: Final = 30.0
"""How long a client may leave a full buffer unread."""
MAX_HEAD: Final = 16 * 1024
"""Bytes of a request's head."""
MAX_HEADERS: Final = 64

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn has it, for clients that may be hostile.

    uvicorn bounds neither the size of a head nor the time that it takes; it waits for ever for the first
    byte of a connection, and for a reader that does not read.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Ours says when to come back.
        self._most, self.limit_concurrency = self.limit_concurrency, None
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_arrived()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        if self._head_timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > MAX_HEAD:
            self._refuse(_problem(_TOO_LARGE_HEAD))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_timer is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        self._head_arrived()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        app = self.app
        if size > MAX_HEAD or len(self.headers) > MAX_HEADERS:
            self.app = _refusing(_TOO_LARGE_HEAD)
        elif self._most is not None and len(self.connections) > self._most:
            logger.warning("a request was refused: more than %d connections", self._most)
            self.app = _refusing(_TOO_MANY)
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall_timer = self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
        super().resume_writing()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            # The answer to the request before is still on its way; its end closes the connection.
            self.cycle.keep_alive = False
        elif self._head_bytes:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, response: bytes) -> None:
        self._head_arrived()
        if not self.transport.is_closing():
            self.transport.write(response)
            self.transport.close()


_TOO_LARGE_HEAD: Final = ProblemError(
    431,
    f"The headers are too large: at most {MAX_HEADERS} of them and {MAX_HEAD} bytes fit.",
    kind="headers-too-large",
    headers={"Connection": "close"},
)
_TOO_MANY: Final = ProblemError(
    503,
    "Too many visitors at this moment.",
    kind="busy",
    headers={"Retry-After": str(RETRY_SECONDS), "Connection": "close"},
)


def _refusing(problem: ProblemError) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await problem.response()(scope, receive, send)

    return app


def _problem(problem: ProblemError) -> bytes:
    response = problem.response()
    fields = b"".join(name + b": " + value + b"\r\n" for name, value in response.raw_headers)
    line = f"HTTP/1.1 {problem.status} {problem.problem.title}\r\n".encode()
    return line + fields + b"\r\n" + bytes(response.body)


class Server(uvicorn.Server):
    """A server that ends the event streams when it is told to stop, rather than wait for them."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: end the streams, finish the requests, close the connections."""
        self._services.hub.close()
        await super().shutdown(sockets)


def make_server(
    app: FastAPI, settings: Settings, *, log_config: dict[str, Any] | None = logs.CONFIG
) -> Server:
    """A server for the app; it takes its sockets when it is run."""
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        log_config=log_config,
        access_log=False,
        server_header=False,
        limit_concurrency=settings.connections,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    services = app.state.services
    assert isinstance(services, Services)
    return Server(config, services)
