"""Real HTTP servers for the tests: any ASGI app on a free port, and one that plays the engine."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

ENGINE_KEY = b"the key of the engine that the tests play"


def plain_server(app: ASGIApp) -> uvicorn.Server:
    """uvicorn as it is."""
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3)
    return uvicorn.Server(config)


class LiveServer:
    """Runs an ASGI app in a thread with an event loop of its own, between ``start`` and ``stop``."""

    def __init__(
        self,
        make_app: Callable[[], Any],
        make_server: Callable[[Any], uvicorn.Server] = plain_server,
    ) -> None:
        self._make_app = make_app
        self._make_server = make_server
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self, port: int = 0) -> Self:
        """Listen on ``port``; if it is not given, on the port of the last time or on a free one."""
        listener = socket.create_server(("127.0.0.1", port or self._port))
        self._port = listener.getsockname()[1]
        self.app = self._make_app()
        self._server = self._make_server(self.app)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop as on a signal, and wait for the end."""
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive(), "the server did not end"


@dataclass
class FakeEngine:
    """Plays the engine: checks the key, answers, remembers message ids; can be slow, broken or down."""

    mode: str = "ok"
    """``ok``, ``error`` (500), ``garbage`` (no JSON) or ``silent`` (no replies)."""
    delay: float = 0
    """Seconds before each answer."""
    refused: str | None = None
    """A text that ends in a 500."""
    actions: bool = True
    turns: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of the turns that were really taken, repeats left out."""
    calls: int = 0
    """All message calls, repeats included."""
    erased: list[str] = field(default_factory=list)
    overlaps: int = 0
    """How often two messages of one conversation were here at the same moment."""

    def __post_init__(self) -> None:
        self._known: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._busy: set[str] = set()
        self._server = LiveServer(self._app)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> Self:
        self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()

    def _app(self) -> ASGIApp:
        base = "/webhooks/needlewise"
        return Starlette(
            routes=[
                Route(f"{base}/messages", self._messages, methods=["POST"]),
                Route(f"{base}/conversations/{{sender}}", self._erase, methods=["DELETE"]),
                Route(f"{base}/health", self._health),
            ]
        )

    async def _messages(self, request: Request) -> Response:
        if not _authorized(request):
            return JSONResponse({"error": "wrong key"}, 401)
        body = await request.json()
        sender = body["sender"]
        self.calls += 1
        self.overlaps += sender in self._busy
        self._busy.add(sender)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self._busy.discard(sender)
        match "error" if body.get("text") == self.refused is not None else self.mode:
            case "error":
                return JSONResponse({"error": "engine"}, 500)
            case "garbage":
                return PlainTextResponse("<html>")
            case "silent":
                return JSONResponse({"replies": []})
        key = (sender, body["message_id"])
        if key not in self._known:
            self.turns.append(body)
            self._known[key] = _replies(body)
        return JSONResponse({"replies": self._known[key]})

    async def _erase(self, request: Request) -> Response:
        if not _authorized(request):
            return JSONResponse({"error": "wrong key"}, 401)
        await asyncio.sleep(self.delay)
        if self.mode != "ok":
            return JSONResponse({"error": "engine"}, 500)
        self.erased.append(request.path_params["sender"])
        return Response(status_code=204)

    async def _health(self, request: Request) -> Response:
        if not _authorized(request):
            return JSONResponse({"error": "wrong key"}, 401)
        ready = self.mode == "ok"
        return JSONResponse({"model": ready, "actions": self.actions}, 200 if ready else 503)


def _authorized(request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {ENGINE_KEY.decode()}"


def _replies(body: dict[str, Any]) -> list[dict[str, Any]]:
    said = body.get("payload") or body["text"]
    if said in ("/greet", "what can you do?"):
        buttons = [{"title": "Start the screening", "payload": "/start_screening"}]
        return [{"text": "Hello.", "buttons": buttons, "metadata": {"kind": "greeting", "topic": "greet"}}]
    if said == "/start_screening":
        buttons = [{"title": "Yes", "payload": "/affirm"}, {"title": "Back", "payload": "/go_back"}]
        metadata = {"kind": "question", "topic": "screening", "progress": {"step": 3, "total": 12}}
        return [{"text": "Are you pregnant?", "buttons": buttons, "metadata": metadata}]
    if said == "/book_consultation":
        metadata = {"kind": "question", "topic": "book_consultation", "input": "name"}
        return [{"text": "What is your name?", "buttons": [], "metadata": metadata}]
    if "swelling" in said:
        metadata = {"kind": "triage", "topic": "report_symptom", "severity": "emergency"}
        return [{"text": "Call [911](tel:911) **now**.", "buttons": [], "metadata": metadata}]
    metadata = {"kind": "answer", "topic": "frequency", "source": "Clinic page", "reviewed": "2026-11-20"}
    return [
        {"text": f"You said: {said}", "buttons": [], "metadata": metadata},
        {"text": "And more at [our page](https://clinic.example).", "buttons": [], "metadata": {}},
    ]
