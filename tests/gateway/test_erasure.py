"""Erasing a conversation, by its person or by its age."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.gateway.chat import Chat, Gateway, assert_problem, wait_until
from tests.gateway.servers import FakeEngine

TABLES = ("conversations", "messages", "button_tokens", "receipts", "outbox")


def erase(chat: Chat) -> int:
    return chat.http.delete("/api/conversation", headers=chat.headers).status_code


def test_erasing_leaves_nothing_anywhere(gateway: Gateway, engine: FakeEngine) -> None:
    chat = gateway.chat()
    chat.send("my secret is xyzzy")
    assert erase(chat) == 204
    assert engine.erased == [chat.id]
    assert {table: gateway.count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)
    gateway.stop()
    for file in gateway.file.parent.glob("needlewise.db*"):
        assert b"xyzzy" not in file.read_bytes()


def test_old_tokens_no_longer_open_anything(chat: Chat) -> None:
    assert erase(chat) == 204
    responses = [
        chat.send("hello"),
        chat.http.get("/api/messages", headers=chat.headers),
        chat.http.get("/api/transcript", headers=chat.headers),
        chat.http.delete("/api/conversation", headers=chat.headers),
        chat.http.post("/api/token", headers=chat.headers),
    ]
    for response in responses:
        assert_problem(response, 401, "conversation-gone")


def test_others_are_not_touched(gateway: Gateway) -> None:
    one, two = gateway.chat(), gateway.chat()
    one.send("hello")
    two.send("hello")
    assert erase(one) == 204
    assert len(two.history()) == 4


def test_the_tracker_is_erased_when_the_engine_is_back(
    run: Callable[..., Gateway], engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.background.OUTBOX_SECONDS", 0.2)
    gateway = run()
    chat = gateway.chat()
    engine.mode = "error"
    assert erase(chat) == 204
    assert gateway.count("conversations") == 0
    [(attempts, error)] = gateway.rows("SELECT attempts, last_error FROM outbox")
    assert (attempts, error) == (1, "the engine answered 500")
    engine.mode = "ok"
    # Rather than wait for the back-off.
    connection = gateway.connect()
    connection.execute("UPDATE outbox SET next_attempt_at = '2020-01-01 00:00:00.000000'")
    connection.close()
    wait_until(lambda: engine.erased == [chat.id])
    wait_until(lambda: gateway.count("outbox") == 0)


def test_a_slow_engine_does_not_hold_up_the_person(
    run: Callable[..., Gateway], engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.outbox.AT_ONCE", 0.3)
    gateway = run(engine_timeout=5)
    chat = gateway.chat()
    engine.delay = 2
    begun = time.monotonic()
    assert erase(chat) == 204
    assert time.monotonic() - begun < 1.5
    assert gateway.count("conversations") == 0
    assert gateway.count("outbox") == 1


def test_a_message_that_is_being_answered_is_waited_for(
    gateway: Gateway, chat: Chat, engine: FakeEngine
) -> None:
    engine.delay = 0.4
    with ThreadPoolExecutor(2) as pool:
        said = pool.submit(chat.send, "hello", str(uuid4()))
        wait_until(lambda: engine.calls == 2)
        erased = pool.submit(erase, chat)
        assert said.result().status_code == 200
        assert erased.result() == 204
    assert {table: gateway.count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)


def test_what_is_older_than_the_retention_time_goes_by_itself(
    run: Callable[..., Gateway], engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.background.OUTBOX_SECONDS", 0.2)
    gateway = run(retention_days=30)
    old, young = gateway.chat(), gateway.chat()
    old.send("hello")
    young.send("hello")
    gateway.stop()
    connection = gateway.connect()
    connection.execute("PRAGMA foreign_keys=ON")
    for chat, days in ((old, 31), (young, 29)):
        last = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S.%f")
        connection.execute("UPDATE conversations SET last_active_at = ? WHERE id = ?", (last, chat.id))
    connection.close()
    gateway.start()
    wait_until(lambda: engine.erased == [old.id], seconds=10)
    wait_until(lambda: gateway.count("outbox") == 0)
    assert gateway.rows("SELECT id FROM conversations") == [(young.id,)]
    assert gateway.rows("SELECT DISTINCT conversation_id FROM messages") == [(young.id,)]


def test_a_message_keeps_its_conversation_young(gateway: Gateway, chat: Chat) -> None:
    connection = gateway.connect()
    connection.execute("UPDATE conversations SET last_active_at = '2020-01-01 00:00:00.000000'")
    connection.close()
    chat.send("hello")
    [(last,)] = gateway.rows("SELECT last_active_at FROM conversations")
    assert last > "2021"


def test_erasing_needs_no_engine_at_all(gateway: Gateway, engine: FakeEngine) -> None:
    chat = gateway.chat()
    engine.stop()
    assert erase(chat) == 204
    assert gateway.count("conversations") == 0
    engine.start()
