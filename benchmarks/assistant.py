"""The running assistant, started for tests and measurements, and a person who talks to it."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from scripts.console import ROOT, SetUpError

START_TIMEOUT = 240.0
STOP_TIMEOUT = 30.0
LAST_LINES = 40


class StartError(SetUpError):
    """The assistant did not become ready; the text ends in what it said last."""


def free_port() -> int:
    """Return a TCP port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Assistant:
    """The three processes, started as `make run` starts them, with data of their own.

    Args:
        var_dir: Folder for databases and keys.
        **settings: Further `NEEDLEWISE_*` settings, by lower-case name.
    """

    def __init__(self, var_dir: Path, **settings: str) -> None:
        self.var_dir = var_dir
        self.url = f"http://127.0.0.1:{free_port()}"
        self.engine_url = f"http://127.0.0.1:{free_port()}"
        self.actions_url = f"http://127.0.0.1:{free_port()}"
        own = {
            "host": "127.0.0.1",
            "port": self.url.rsplit(":", 1)[1],
            "engine_url": self.engine_url,
            "actions_url": self.actions_url,
            "var_dir": str(var_dir),
            "rate_per_conversation": "0",
            "rate_per_address": "0",
            **settings,
        }
        self.environment = {
            **os.environ,
            **{f"NEEDLEWISE_{name.upper()}": value for name, value in own.items()},
        }
        self.output: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()

    def start(self) -> None:
        """Start and wait until `Ready:` is printed. Raises StartError when that takes too long."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.run"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read, daemon=True).start()
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            try:
                line = self._lines.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                self.stop()
                raise StartError("The assistant did not start:\n" + "".join(self.output[-LAST_LINES:]))
            if line.startswith("Ready:"):
                return

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            self._lines.put(line.strip())
        self._lines.put(None)

    def stop(self) -> None:
        """Stop as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def person(self) -> Person:
        """Return somebody who has just opened a conversation."""
        return Person(self.url)


@dataclass
class Person:
    """One person's side of a conversation over the chat API."""

    url: str
    replies: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30)
        started = self.http.post("/api/conversations")
        assert started.status_code == 201, started.text
        self.conversation_id = started.json()["conversation_id"]
        self.http.headers["Authorization"] = f"Bearer {started.json()['token']}"
        self.replies = started.json()["replies"]

    def send(self, **body: str) -> httpx.Response:
        """Post a message body under a new id."""
        return self.http.post("/api/messages", json={"id": str(uuid.uuid4()), **body})

    def say(self, text: str) -> list[dict[str, Any]]:
        """Type a message and return the replies."""
        answer = self.send(text=text)
        assert answer.status_code == 200, answer.text
        self.replies = answer.json()["replies"]
        return self.replies

    def press(self, title: str) -> list[dict[str, Any]]:
        """Press a button of the last replies."""
        token = next(
            button["token"]
            for reply in self.replies
            for button in reply["buttons"]
            if button["title"] == title
        )
        answer = self.send(button=token)
        assert answer.status_code == 200, answer.text
        self.replies = answer.json()["replies"]
        return self.replies

    def seen(self) -> list[tuple[str, str | None]]:
        """Return kind and topic of each of the last replies."""
        return [(reply["kind"], reply["topic"]) for reply in self.replies]

    def text(self) -> str:
        """Return the text of the last replies."""
        return "\n".join(reply["text"] for reply in self.replies)
