"""The two bots: each started in processes of its own, on loopback, and talked to through its connector."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.assistant import LAST_LINES, START_TIMEOUT, STOP_TIMEOUT, StartError, free_port
from benchmarks.speed.memory import resident
from scripts.console import ROOT, SetUpError
from scripts.environments import ENGINE, MAIN
from scripts.processes import ONE_THREAD, QUIET, child_environment

POLL = 0.1
ANSWER_TIMEOUT = 30.0

PLAIN, ACTION, FORM = "plain", "action", "form"


class Caller:
    """One connection to a bot, kept open, as a gateway would."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._address = urlsplit(url).netloc
        self._headers = {"Content-Type": "application/json", **headers}
        self._connection = http.client.HTTPConnection(self._address, timeout=ANSWER_TIMEOUT)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Return status and parsed body. Raises OSError when nobody answers."""
        self._connection.request("POST", path, json.dumps(body).encode(), self._headers)
        response = self._connection.getresponse()
        content = response.read()
        return response.status, json.loads(content) if content else None

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and parsed body. Raises OSError when nobody answers."""
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        self._connection.close()


class Bot(ABC):
    """A bot that can be started, talked to, weighed and stopped."""

    name: str
    opening: str | None = None
    """What a conversation begins with, before the turns that are timed."""

    turns: Mapping[str, tuple[str, ...]]
    """The messages of each kind of turn."""

    begin: Mapping[str, str] = {}
    """What a conversation of a kind begins with instead."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Bot:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> float:
        """Start and return the seconds until the first message was answered. Raises StartError."""

    @abstractmethod
    def say(self, caller: Caller, sender: str, text: str, kind: str | None = None) -> None:
        """Send a message and read the answer. Raises SetUpError if it isn't of the kind."""

    @abstractmethod
    def caller(self) -> Caller:
        """Return a new connection."""

    def memory(self) -> float:
        """Return the resident memory of the Rasa process and its children in MB."""
        return resident(self._processes[-1].pid)

    def memory_actions(self) -> float | None:
        """Return the resident memory of the action server in MB, or None without one."""
        return resident(self._processes[0].pid) if len(self._processes) > 1 else None

    def stop(self) -> None:
        """End the processes, by force if they don't go."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def _run(self, name: str, command: list[str], cwd: Path, env: Mapping[str, str]) -> None:
        # The starter ties the process's life to ours, whatever ends us.
        starter = [sys.executable, str(ROOT / "scripts" / "child.py"), str(os.getpid())]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [*starter, *command],
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )

    def _wait_for_an_answer(self, log: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        caller = self.caller()
        text = self.turns[PLAIN][0]
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self._processes):
                break
            try:
                self.say(caller, uuid.uuid4().hex, text, PLAIN)
                return
            except (OSError, http.client.HTTPException, ValueError, SetUpError):
                caller.close()
                time.sleep(POLL)
        said = (self.folder / f"{log}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        raise StartError(f"{self.name} did not start:\n" + "\n".join(said[-LAST_LINES:]))


class Stock(Bot):
    """The bot that `rasa init` makes, through its REST channel, with Rasa's defaults for everything.

    Args:
        folder: For logs and data.
        project: The trained project.
        sql: Whether trackers are kept in SQLite instead of, as it is made, in memory.
    """

    turns: Mapping[str, tuple[str, ...]] = {PLAIN: ("hello", "are you a bot?", "bye")}

    def __init__(self, folder: Path, project: Path, *, sql: bool = False) -> None:
        super().__init__(folder)
        self.name = "stock, SQLite" if sql else "stock"
        self._project = project
        self._sql = sql

    def start(self) -> float:
        """Start `rasa run` (see parent class)."""
        port = self.url.rsplit(":", 1)[1]
        credentials = self.folder / "credentials.yml"
        credentials.write_text("rest:\n", encoding="utf-8")
        endpoints = self.folder / "endpoints.yml"
        store = (
            {"type": "SQL", "dialect": "sqlite", "db": str(self.folder / "stock.db")} if self._sql else None
        )
        endpoints.write_text(json.dumps({"tracker_store": store} if store else {}), encoding="utf-8")
        places = ["--credentials", str(credentials), "--endpoints", str(endpoints)]
        command = [*rasa("run"), "--interface", "127.0.0.1", "--port", port, *places]
        started = time.monotonic()
        self._run("stock", command, self._project, stock_environment())
        self._wait_for_an_answer("stock")
        return time.monotonic() - started

    def caller(self) -> Caller:
        """Return a new connection."""
        return Caller(self.url, {})

    def say(self, caller: Caller, sender: str, text: str, kind: str | None = None) -> None:
        """Send a message (see parent class). It always has an answer."""
        status, replies = caller.post("/webhooks/rest/webhook", {"sender": sender, "message": text})
        if status != 200 or not replies:
            raise SetUpError(f"The stock bot gave no answer to {text!r} (HTTP {status})")


class Ours(Bot):
    """Needlewise's engine and action server, through the engine's connector.

    Args:
        folder: For logs, databases and keys.
        model: The trained model.
    """

    name = "Needlewise"
    opening = "/greet"
    turns: Mapping[str, tuple[str, ...]] = {
        PLAIN: (
            "does it hurt?",
            "how much does it cost?",
            "how long is the recovery?",
            "how many sessions do i need?",
            "does it help with pores?",
        ),
        ACTION: ("i have eczema", "i have psoriasis", "i'm pregnant", "i get cold sores"),
        FORM: ("no",),
    }
    begin: Mapping[str, str] = {FORM: "/start_screening"}
    _kinds: Mapping[str, str] = {PLAIN: "answer", ACTION: "flag", FORM: "question"}

    def __init__(self, folder: Path, model: Path) -> None:
        super().__init__(folder)
        self._model = model
        self._actions_url = f"http://127.0.0.1:{free_port()}"
        own = {
            "VAR_DIR": str(folder / "var"),
            "PORT": str(free_port()),
            "ENGINE_URL": self.url,
            "ACTIONS_URL": self._actions_url,
        }
        self._environment = {
            **child_environment(),
            **{f"NEEDLEWISE_{name}": value for name, value in own.items()},
        }

    def start(self) -> float:
        """Prepare the database, then start engine and action server together (see parent class)."""
        prepare = [str(MAIN.python), "-m", "clinic", "prepare"]
        subprocess.run(prepare, cwd=ROOT, env=self._environment, check=True, capture_output=True, timeout=120)
        self._key = (self.folder / "var" / "secrets" / "engine.key").read_text(encoding="ascii").strip()
        started = time.monotonic()
        self._run("actions", [str(MAIN.python), "-m", "actions"], ROOT, self._environment)
        engine = [str(ENGINE.python), "-m", "engine", "run", "--model", str(self._model)]
        self._run("engine", engine, ROOT, self._environment)
        self._wait_for_an_answer("engine")
        status, health = self.caller().get("/webhooks/needlewise/health")
        if status != 200 or not health["actions"]:
            raise StartError("The action server was not ready when the engine was")
        return time.monotonic() - started

    def caller(self) -> Caller:
        """Return a new connection with the gateway's key."""
        return Caller(self.url, {"Authorization": f"Bearer {self._key}"})

    def say(self, caller: Caller, sender: str, text: str, kind: str | None = None) -> None:
        """Send a message as the gateway does (see parent class)."""
        said = "payload" if text.startswith("/") else "text"
        body = {"sender": sender, "message_id": uuid.uuid4().hex, said: text}
        status, answer = caller.post("/webhooks/needlewise/messages", body)
        if status != 200 or not answer["replies"]:
            raise SetUpError(f"Needlewise gave no answer to {text!r} (HTTP {status})")
        kinds = [reply["metadata"].get("kind") for reply in answer["replies"]]
        if kind and self._kinds[kind] not in kinds:
            raise SetUpError(
                f"Needlewise's answer to {text!r} is {kinds}, so it can't stand for {kind} turns"
            )


def rasa(command: str) -> list[str]:
    """Return the start of a command line of the engine's Rasa."""
    return [str(ENGINE.python), "-m", "rasa", command]


def stock_environment() -> dict[str, str]:
    """Return the environment of the stock bot: Rasa's defaults, with as many threads as it likes."""
    ours = {*ONE_THREAD, "PYTHONPATH"}
    return {**{name: value for name, value in os.environ.items() if name not in ours}, **QUIET}
