"""A database that is locked, full or away: a 503, and nothing lost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event

from clinic.database.session import Database
from clinic.settings import Settings
from gateway.app import create_app
from tests.gateway.chat import Chat, Gateway, assert_problem, wait_until
from tests.gateway.servers import FakeEngine

BUSY = 0.3
"""Seconds that the gateway of these tests waits for a lock."""


@pytest.fixture
def gateway(make_settings: Callable[..., Settings], empty_database: Path) -> Iterator[Gateway]:
    settings = make_settings()
    gateway = Gateway(
        settings,
        lambda: create_app(settings, database=Database(settings.database_url, busy_timeout=BUSY)),
    )
    shutil.copy(empty_database, gateway.file)
    yield gateway.start()
    gateway.stop()


def test_locked_before_the_message_is_taken(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    turns = len(engine.turns)
    other = gateway.connect()
    other.execute("BEGIN EXCLUSIVE")
    message_id = str(uuid4())
    assert_problem(chat.send("hello", message_id), 503, "database-unavailable")
    assert_problem(gateway.client().post("/api/conversations"), 503, "database-unavailable")
    assert_problem(chat.http.delete("/api/conversation", headers=chat.headers), 503, "database-unavailable")
    assert len(engine.turns) == turns
    other.execute("ROLLBACK")
    other.close()
    assert chat.replies("hello", message_id)[0]["text"] == "You said: hello"


def test_a_short_lock_is_waited_for(gateway: Gateway, chat: Chat) -> None:
    other = gateway.connect()
    other.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(chat.send, "hello")
        time.sleep(BUSY / 3)
        other.execute("COMMIT")
        assert answer.result().status_code == 200
    other.close()


def test_locked_after_the_engine_has_answered(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.delay = 0.5
    message_id = str(uuid4())
    other = gateway.connect()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(chat.send, "hello", message_id)
        wait_until(lambda: engine.calls == 2)
        other.execute("BEGIN EXCLUSIVE")
        assert_problem(answer.result(), 503, "database-unavailable")
    other.execute("ROLLBACK")
    other.close()
    turns = len(engine.turns)
    assert chat.replies("hello", message_id)[0]["text"] == "You said: hello"
    assert len(engine.turns) == turns, "the engine did it twice"
    assert [m["text"] for m in chat.history()].count("hello") == 1


def test_full(make_settings: Callable[..., Settings], empty_database: Path, engine: FakeEngine) -> None:
    settings = make_settings()
    limit = {"pages": 1 << 30}
    database = Database(settings.database_url, busy_timeout=BUSY)

    def set_limit(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit['pages']}")  # type: ignore[attr-defined]

    event.listen(database.engine.sync_engine, "checkout", set_limit)
    gateway = Gateway(settings, lambda: create_app(settings, database=database))
    shutil.copy(empty_database, gateway.file)
    gateway.start()
    try:
        chat = gateway.chat()
        limit["pages"] = gateway.rows("PRAGMA page_count")[0][0]
        refused = None
        for n in range(200):
            message_id = str(uuid4())
            response = chat.send(f"{n} " + "x" * 900, message_id)
            if response.status_code != 200:
                refused = (n, message_id, response)
                break
        assert refused is not None
        n, message_id, response = refused
        assert_problem(response, 503, "database-unavailable")
        assert chat.http.get("/api/messages", headers=chat.headers).status_code == 200
        limit["pages"] = 1 << 30
        turns = len(engine.turns)
        assert chat.send(f"{n} " + "x" * 900, message_id).status_code == 200
        assert len(engine.turns) <= turns + 1
        assert [m["id"] for m in chat.history()].count(message_id) == 1
    finally:
        gateway.stop()


def test_away(gateway: Gateway, chat: Chat) -> None:
    message_id = str(uuid4())
    gateway.stop()
    away = gateway.file.parent.rename(gateway.file.parent.with_name("elsewhere"))
    gateway.file.parent.mkdir()
    shutil.copytree(away / "secrets", gateway.file.parent / "secrets")
    gateway.start()
    chat.http = gateway.client()
    assert_problem(chat.send("hello", message_id), 503, "database-unavailable")
    assert_problem(chat.http.get("/api/messages", headers=chat.headers), 503, "database-unavailable")
    assert_problem(chat.http.post("/api/token", headers=chat.headers), 503, "database-unavailable")
    assert chat.http.get("/healthz").status_code == 200
    assert assert_problem(chat.http.get("/readyz"), 503, "not-ready")["missing"] == ["database"]
    gateway.stop()
    shutil.rmtree(gateway.file.parent)
    away.rename(gateway.file.parent)
    gateway.start()
    chat.http = gateway.client()
    assert chat.replies("hello", message_id)[0]["text"] == "You said: hello"
