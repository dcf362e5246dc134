"""``python -m gateway`` as the runner starts and stops it, and what it logs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from clinic.settings import PREFIX, Settings
from tests.gateway.chat import Chat, assert_problem, wait_until
from tests.gateway.conftest import KNOWLEDGE
from tests.gateway.servers import FakeEngine

ROOT = Path(__file__).parents[2]


class Process:
    """The gateway in a process of its own."""

    def __init__(self, settings: Settings) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spawn(self, **environment: str) -> subprocess.Popen[str]:
        settings = self._settings
        values = {
            "PORT": str(self.port),
            "VAR_DIR": str(settings.var_dir),
            "KNOWLEDGE_DIR": str(settings.knowledge_dir),
            "ENGINE_URL": settings.engine_url,
            "ENGINE_TIMEOUT": "3",
        } | environment
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway"],
            cwd=ROOT,
            env=os.environ | {f"{PREFIX}{name}": value for name, value in values.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self._process

    def start(self, **environment: str) -> subprocess.Popen[str]:
        process = self.spawn(**environment)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()[0]
            try:
                httpx.get(f"{self.url}/healthz", trust_env=False)
                return process
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("it did not start")

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def process(make_settings: Callable[..., Settings], empty_database: Path) -> Iterator[Process]:
    settings = make_settings()
    shutil.copy(empty_database, settings.var_dir / "needlewise.db")
    process = Process(settings)
    yield process
    process.kill()


def end(process: subprocess.Popen[str], seconds: float = 20) -> str:
    """What the process wrote, once it has ended."""
    return process.communicate(timeout=seconds)[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_on_a_signal_at_once(process: Process, number: signal.Signals) -> None:
    running = process.start()
    with httpx.Client(base_url=process.url, trust_env=False) as client:
        assert Chat(client).start().send("hello").status_code == 200
        begun = time.monotonic()
        running.send_signal(number)
        written = end(running)
    assert time.monotonic() - begun < 8
    assert "Traceback" not in written


def test_it_answers_what_it_took_before_it_stops(process: Process, engine: FakeEngine) -> None:
    running = process.start()
    with httpx.Client(base_url=process.url, trust_env=False) as client, ThreadPoolExecutor(1) as pool:
        chat = Chat(client).start()
        engine.delay = 1
        answer = pool.submit(chat.replies, "hello")
        wait_until(lambda: engine.calls == 2)
        running.terminate()
        assert answer.result()[0]["text"] == "You said: hello"
    end(running)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{process.url}/healthz", trust_env=False)


def test_a_kill_in_the_middle_loses_nothing(process: Process, engine: FakeEngine) -> None:
    running = process.start()
    message_id = str(uuid4())
    with httpx.Client(base_url=process.url, trust_env=False) as client, ThreadPoolExecutor(1) as pool:
        chat = Chat(client).start()
        engine.delay = 1
        answer = pool.submit(chat.send, "hello", message_id)
        wait_until(lambda: engine.calls == 2)
        running.kill()
        assert isinstance(answer.exception(), httpx.TransportError)
        end(running)
    engine.delay = 0
    process.start()
    with httpx.Client(base_url=process.url, trust_env=False) as client:
        chat.http = client
        assert chat.replies("hello", message_id)[0]["text"] == "You said: hello"
        assert [m["text"] for m in chat.history()].count("hello") == 1
    assert [turn["text"] for turn in engine.turns if "text" in turn] == ["hello"]


def test_its_log_holds_no_words_no_ids_and_no_tokens(process: Process, engine: FakeEngine) -> None:
    running = process.start()
    with httpx.Client(base_url=process.url, trust_env=False) as client:
        chat = Chat(client).start()
        message_id = str(uuid4())
        chat.send("my private words", message_id)
        chat.send("other private words", message_id)
        chat.history(after=message_id)
        engine.mode = "error"
        chat.send("private words too")
        client.get(f"/api/{chat.id}?token={chat.token}")
        assert_problem(chat.post({"id": "private words", "text": ""}), 422)
        client.delete("/api/conversation", headers=chat.headers)
        running.terminate()
    written = end(running)
    assert "POST /api/messages 200" in written
    assert "the engine answered 500" in written
    for secret in ("private", message_id, chat.id, chat.token, chat.token.split(".")[2]):
        assert secret not in written


def test_an_occupied_port_is_one_clear_line(process: Process) -> None:
    process.start()
    second = process.spawn()
    written = end(second)
    assert second.returncode == 1
    assert written.count("\n") == 1
    assert f"port {process.port} of 127.0.0.1 is in use" in written
    assert "NEEDLEWISE_PORT" in written


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"RATE_PER_ADDRESS": "many"}, "NEEDLEWISE_RATE_PER_ADDRESS"),
        ({"KNOWLEDGE_DIR": "/nowhere"}, "/nowhere/clinic.yml"),
        ({"HOST": "no.such.host.invalid"}, "NEEDLEWISE_HOST"),
        ({"HOST": "192.0.2.1"}, "cannot listen on"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(process: Process, environment: dict[str, str], says: str) -> None:
    refused = process.spawn(**environment)
    written = end(refused)
    assert refused.returncode == 1
    assert written.count("\n") == 1
    assert says in written


def test_a_wrong_profile_is_refused_by_field(process: Process, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    shutil.copy(KNOWLEDGE / "notices.yml", folder)
    profile = (KNOWLEDGE / "clinic.yml").read_text().replace("hello@clinic.example", "nobody")
    (folder / "clinic.yml").write_text(profile)
    refused = process.spawn(KNOWLEDGE_DIR=str(folder))
    written = end(refused)
    assert refused.returncode == 1
    assert "email" in written and written.count("\n") == 1
