"""Reading server-sent events, as a page does."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any, Self

import httpx

from tests.gateway.chat import Chat, wait_until


@dataclass(frozen=True)
class Event:
    """One event."""

    type: str
    id: str | None
    data: Any


class Stream:
    """An open ``GET /api/events``, read in a thread of its own until it ends or ``close``."""

    def __init__(
        self, chat: Chat, url: str | None = None, last: str | None = None, client: httpx.Client | None = None
    ) -> None:
        self.events: list[Event] = []
        self.lines: list[str] = []
        self.ended = threading.Event()
        self._headers = chat.headers | ({"Last-Event-ID": last} if last else {})
        self._client = client or httpx.Client(
            base_url=url or str(chat.http.base_url), timeout=60, trust_env=False
        )
        self._lent = client is not None

    def __enter__(self) -> Self:
        request = self._client.build_request("GET", "/api/events", headers=self._headers)
        self.response = self._client.send(request, stream=True)
        assert self.response.status_code == 200, self.response.read()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        wait_until(lambda: bool(self.lines))
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave, as a page that is closed."""
        stream = self.response.extensions["network_stream"].get_extra_info("socket")
        if not self.ended.is_set():
            stream.shutdown(2)
        self._thread.join(timeout=10)
        if not self._lent:
            self._client.close()

    def texts(self) -> list[str]:
        """What the messages say."""
        return [event.data["text"] for event in self.events if event.type == "message"]

    def wait_for(self, *texts: str, seconds: float = 5) -> None:
        """Return when exactly these messages have come, in this order."""
        deadline = time.monotonic() + seconds
        while len(self.texts()) < len(texts) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.texts() == list(texts)

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self.response.iter_lines():
                self.lines.append(line)
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                    continue
                if "event" in fields:
                    data = json.loads(fields["data"])
                    self.events.append(Event(fields["event"], fields.get("id"), data))
                fields = {}
        except httpx.TransportError:
            pass
        finally:
            self.ended.set()
