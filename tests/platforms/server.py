"""What all stand-ins share: a real server, faults on demand, and posting events to a gateway."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.gateway.servers import LiveServer


@dataclass(frozen=True)
class Event:
    """A request that the platform makes: ``query`` belongs to the address."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next call.

    ``rate`` and ``error`` refuse it; ``late`` acts on it and answers after ``seconds``; ``garbled`` acts on
    it and answers with a page instead; ``broken`` acts on it and answers with ``status``.
    """

    kind: str
    status: int = 500
    retry_after: str | None = None
    seconds: float = 0
    body: Any = None


class Platform:
    """One platform. ``webhook`` is our public address as it was told, ``target`` where it really is."""

    def __init__(self, webhook: str = "https://chat.clinic.example/channels/x", target: str = "") -> None:
        self.webhook = webhook
        self.target = target or webhook
        self._server = LiveServer(lambda: Starlette(routes=self.routes()))
        self.reset()

    def reset(self) -> None:
        """Forget all that happened and all that should go wrong."""
        self.delay = 0.0
        """Seconds before each answer."""
        self.faults: deque[Fault] = deque()
        self.messages: list[dict[str, Any]] = []
        """What was sent to people, in the order in which it was accepted."""
        self.refusals: list[str] = []
        """Why a call was not as the documentation asks."""
        self.calls = 0

    @property
    def url(self) -> str:
        return self._server.url

    def start(self, port: int = 0) -> Self:
        """Listen on this port, or on any."""
        self._server.start(port)
        return self

    def stop(self) -> None:
        self._server.stop()

    def routes(self) -> list[Route]:
        raise NotImplementedError

    async def guarded(self, request: Request, act: Any) -> Response:
        """The answer of ``act``, unless something goes wrong."""
        self.calls += 1
        await request.body()  # what has arrived is acted on, also if the caller is gone by then
        await asyncio.sleep(self.delay)
        fault = self.faults.popleft() if self.faults else None
        if fault is None:
            return await act(request)
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        match fault.kind:
            case "rate":
                return self.rate_limited(fault, headers)
            case "error":
                return JSONResponse(fault.body or {}, fault.status, headers)
        answer = await act(request)
        if fault.kind == "late":
            await asyncio.sleep(fault.seconds)
            return answer
        if fault.kind == "garbled":
            return PlainTextResponse("<html>hello</html>")
        return PlainTextResponse("bad gateway", fault.status)

    def rate_limited(self, fault: Fault, headers: dict[str, str]) -> Response:
        return JSONResponse(fault.body or {}, 429, headers)

    def refuse(self, why: str) -> None:
        self.refusals.append(why)

    def post(self, event: Event) -> httpx.Response:
        """Make one request to the gateway."""
        with httpx.Client(trust_env=False, timeout=30) as client:
            return client.post(self.target + event.query, content=event.body, headers=event.headers)

    def deliver(
        self, events: Iterable[Event], *, repeats: int = 1, shuffle: random.Random | None = None
    ) -> list[httpx.Response]:
        """Make requests, each ``repeats`` times, in a random order if ``shuffle`` is given."""
        queue = [event for event in events for _ in range(repeats)]
        if shuffle is not None:
            shuffle.shuffle(queue)
        return [self.post(event) for event in queue]
