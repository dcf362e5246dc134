"""The three processes, each of which can be killed and started again, and all platforms, played."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.assistant import free_port
from gateway.channels.capabilities import CHANNELS, Channel
from scripts.console import ROOT
from scripts.environments import ENGINE
from scripts.processes import child_environment
from tests.gateway.channels.conftest import ALL, PUBLIC
from tests.platforms import meta, receiver, telegram, twilio
from tests.platforms.server import Event, Platform


class Platforms:
    """All platforms, at which every channel is set up."""

    def __init__(self) -> None:
        self.twilio = twilio.Twilio(f"{PUBLIC}/channels/twilio-sms").start()
        self.twilio_whatsapp = twilio.Twilio(f"{PUBLIC}/channels/twilio-whatsapp")
        self.meta = meta.Meta().start()
        self.telegram = telegram.Telegram().start()
        self.receiver = receiver.Receiver().start()

    def of(self, channel: Channel) -> Any:
        """What makes the events of the channel."""
        if channel == "twilio-sms":
            return self.twilio
        if channel == "twilio-whatsapp":
            return self.twilio_whatsapp
        return {"telegram": self.telegram, "webhook": self.receiver}.get(channel, self.meta)

    @property
    def served(self) -> list[Platform]:
        """Those that take messages."""
        return [self.twilio, self.meta, self.telegram, self.receiver]

    def messages(self, channel: Channel) -> list[dict[str, Any]]:
        """What was sent on the channel."""
        match channel:
            case "twilio-sms" | "twilio-whatsapp":
                ours = channel == "twilio-whatsapp"
                return [m for m in self.twilio.messages if m["to"].startswith("whatsapp:") == ours]
            case "whatsapp":
                return [m for m in self.meta.messages if "messaging_product" in m]
            case "messenger" | "instagram":
                # The two share the stand-in, but not their people.
                mark = "9" if channel == "instagram" else "7"
                return [
                    m
                    for m in self.meta.messages
                    if "messaging_product" not in m and m["recipient_id"].startswith(mark)
                ]
        return list(self.of(channel).messages)

    def environment(self) -> dict[str, str]:
        """The settings that turn on every channel."""
        values = ALL | {
            "twilio_api_url": self.twilio.url,
            "graph_api_url": self.meta.url,
            "instagram_api_url": self.meta.url,
            "telegram_api_url": self.telegram.url,
            "webhook_url": self.receiver.address,
        }
        return {f"NEEDLEWISE_{name.upper()}": str(value) for name, value in values.items()}

    def stop(self) -> None:
        for played in self.served:
            played.stop()


class Stack:
    """Actions, engine and gateway, with data of their own."""

    def __init__(self, folder: Path, platforms: Platforms) -> None:
        self.platforms = platforms
        self.file = folder / "needlewise.db"
        ports = {name: free_port() for name in ("gateway", "engine", "actions")}
        self.url = f"http://127.0.0.1:{ports['gateway']}"
        own = {
            "NEEDLEWISE_PORT": str(ports["gateway"]),
            "NEEDLEWISE_ENGINE_URL": f"http://127.0.0.1:{ports['engine']}",
            "NEEDLEWISE_ACTIONS_URL": f"http://127.0.0.1:{ports['actions']}",
            "NEEDLEWISE_VAR_DIR": str(folder),
        }
        self.environment = child_environment({**os.environ, **platforms.environment(), **own})
        self.commands = {
            "actions": [sys.executable, "-m", "actions"],
            "engine": [str(ENGINE.python), "-m", "engine", "run"],
            "gateway": [sys.executable, "-m", "gateway"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._log = (folder / "processes.log").open("ab")

    def start(self) -> None:
        subprocess.run(
            [sys.executable, "-m", "clinic", "prepare"],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=self._log,
        )
        for name in self.commands:
            self.spawn(name)
        self.wait_ready()

    def spawn(self, name: str) -> None:
        self.running[name] = subprocess.Popen(
            self.commands[name], cwd=ROOT, env=self.environment, stdout=self._log, stderr=self._log
        )

    def kill(self, name: str) -> None:
        """As ``kill -9`` does."""
        self.running[name].kill()
        self.running[name].wait()

    def restart(self, name: str) -> None:
        self.kill(name)
        self.spawn(name)

    def wait_ready(self, seconds: float = 120) -> None:
        def ready() -> bool:
            try:
                return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=10).status_code == 200
            except httpx.TransportError:
                return False

        until(ready, seconds)

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        self._log.close()

    def post(self, channel: Channel, event: Event, seconds: float = 60) -> None:
        """Make a request as a platform does: again, until it is acknowledged."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = httpx.post(
                    f"{self.url}/channels/{channel}{event.query}",
                    content=event.body,
                    headers=event.headers,
                    trust_env=False,
                    timeout=10,
                )
                if answer.status_code == 200:
                    return
                assert answer.status_code == 503, answer.text
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, "the gateway did not come back"
            time.sleep(0.1)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.file, timeout=10)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def left(self) -> int:
        """How much is not worked on, not answered or not sent yet."""
        [(count,)] = self.rows(
            "SELECT (SELECT count(*) FROM channel_inbound WHERE state = 'pending')"
            " + (SELECT count(*) FROM channel_outbound WHERE state IN ('pending', 'sending', 'unknown'))"
            " + (SELECT count(*) FROM outbox WHERE kind = 'late_answer')"
        )
        return int(count)


class Statuses(threading.Thread):
    """Tells the gateway what became of its messages, as WhatsApp's statuses and Messenger's echoes do."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self._stack = stack
        self._told = 0
        self.over = False

    def run(self) -> None:
        meta_played = self._stack.platforms.meta
        while not self.over or self._told < len(meta_played.messages):
            for message in meta_played.messages[self._told :]:
                self._tell(message)
                self._told += 1
            time.sleep(0.05)

    def _tell(self, message: dict[str, Any]) -> None:
        played = self._stack.platforms.meta
        if "messaging_product" in message:
            ours = message["biz_opaque_callback_data"]
            event = played.whatsapp_status(
                message["message_id"],
                "sent",
                recipient_id=message["recipient_id"],
                biz_opaque_callback_data=ours,
            )
            self._stack.post("whatsapp", event)
            return
        instagram = message["recipient_id"].startswith("9")
        account = meta.INSTAGRAM_ID if instagram else meta.PAGE_ID
        said = {
            "mid": message["message_id"],
            "text": message["message"]["text"],
            "is_echo": True,
            "metadata": message["message"]["metadata"],
        }
        echo = {
            "sender": {"id": account},
            "recipient": {"id": message["recipient_id"]},
            "timestamp": 1795420800000,
            "message": said,
        }
        event = played.signed(played.page(echo, instagram=instagram))
        self._stack.post("instagram" if instagram else "messenger", event)


def until(happened: Callable[[], bool], seconds: float) -> None:
    """Return as soon as ``happened`` is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def somebody(channel: Channel, number: int) -> str:
    """A person on the channel."""
    match channel:
        case "twilio-sms" | "twilio-whatsapp":
            return f"+141555{50000 + number}"
        case "whatsapp":
            return f"141555{60000 + number}"
        case "webhook":
            return f"visitor-{number}"
        case "instagram":
            return str(9000000 + number)
    return str(7000000 + number)


__all__ = ["CHANNELS", "Platforms", "Stack", "Statuses", "somebody", "until"]
