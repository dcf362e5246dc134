"""A client of the chat API as the tests use it, and the gateway it talks to."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

from clinic.settings import Settings
from gateway.app import create_app
from gateway.server import make_server
from tests.gateway.servers import LiveServer


class Gateway:
    """A running gateway with its settings, and its SQLite file as another program sees it."""

    def __init__(self, settings: Settings, app: Callable[[], Any] | None = None) -> None:
        self.settings = settings
        self._server = LiveServer(
            app or (lambda: create_app(settings)), lambda made: make_server(made, settings, log_config=None)
        )
        self._clients: list[httpx.Client] = []

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def app(self) -> Any:
        """The app that runs now."""
        return self._server.app

    def start(self) -> Self:
        self._server.start()
        return self

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()
        self._server.stop()

    def client(self) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self._clients.append(client)
        return client

    def chat(self) -> Chat:
        """A new conversation."""
        return Chat(self.client()).start()

    @property
    def file(self) -> Path:
        return Path(self.settings.database_url.partition("///")[2])

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, isolation_level=None)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = self.connect()
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])


class Chat:
    """One conversation."""

    def __init__(self, client: httpx.Client) -> None:
        self.http = client

    def start(self) -> Self:
        response = self.http.post("/api/conversations")
        assert response.status_code == 201, response.text
        self.started: dict[str, Any] = response.json()
        self.id: str = self.started["conversation_id"]
        self.token: str = self.started["token"]
        return self

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, text: str, id: str | None = None) -> httpx.Response:
        return self.post({"id": id or str(uuid4()), "text": text})

    def press(self, token: str, id: str | None = None) -> httpx.Response:
        return self.post({"id": id or str(uuid4()), "button": token})

    def post(self, body: Any) -> httpx.Response:
        return self.http.post("/api/messages", json=body, headers=self.headers)

    def post_raw(self, body: Any, content_type: str = "application/json") -> httpx.Response:
        headers = self.headers | {"Content-Type": content_type}
        return self.http.post("/api/messages", content=body, headers=headers)

    def replies(self, text: str, id: str | None = None) -> list[dict[str, Any]]:
        response = self.send(text, id)
        assert response.status_code == 200, response.text
        return list(response.json()["replies"])

    def history(self, after: str | None = None) -> list[dict[str, Any]]:
        response = self.http.get(
            "/api/messages", params={"after": after} if after else None, headers=self.headers
        )
        assert response.status_code == 200, response.text
        return list(response.json()["messages"])


def assert_problem(response: httpx.Response, status: int, kind: str | None = None) -> dict[str, Any]:
    """The problem of the response, which must be one of ``status`` and ``kind``."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["title"] and problem["detail"]
    if kind:
        assert problem["type"] == f"urn:needlewise:problem:{kind}"
    if status in (429, 503):
        assert int(response.headers["retry-after"]) >= 1
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Bearer")
    return problem


def wait_until(happened: Callable[[], bool], seconds: float = 5) -> None:
    """Return as soon as ``happened`` is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
