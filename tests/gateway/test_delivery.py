"""A message is answered once, whatever breaks on its way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from gateway.locks import Busy, ConversationLocks
from tests.gateway.chat import Chat, Gateway, assert_problem, wait_until
from tests.gateway.servers import FakeEngine


def test_the_same_id_again_gives_the_same_replies(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    message_id = str(uuid4())
    first = chat.send("hello", message_id).json()
    calls, length = engine.calls, len(chat.history())
    assert chat.send("hello", message_id).json() == first
    assert chat.send("hello", message_id.upper()).json() == first
    assert (engine.calls, len(chat.history())) == (calls, length)
    assert gateway.rows("SELECT message_id, status FROM receipts") == [(message_id, "done")]


def test_the_same_id_with_another_text_is_a_conflict(chat: Chat, engine: FakeEngine) -> None:
    message_id = str(uuid4())
    chat.send("hello", message_id)
    turns = len(engine.turns)
    assert_problem(chat.send("goodbye", message_id), 409, "id-reused")
    [button] = chat.started["replies"][0]["buttons"]
    assert_problem(chat.press(button["token"], message_id), 409, "id-reused")
    assert len(engine.turns) == turns


def test_a_pressed_button_is_repeated_in_the_same_way(chat: Chat, engine: FakeEngine) -> None:
    [button] = chat.started["replies"][0]["buttons"]
    message_id = str(uuid4())
    first = chat.press(button["token"], message_id).json()
    turns = len(engine.turns)
    assert chat.press(button["token"], message_id).json() == first
    assert len(engine.turns) == turns


def test_two_conversations_may_use_the_same_id(gateway: Gateway) -> None:
    message_id = str(uuid4())
    one, two = gateway.chat(), gateway.chat()
    assert one.replies("one", message_id)[0]["text"] == "You said: one"
    assert two.replies("two", message_id)[0]["text"] == "You said: two"


def test_a_restart_in_between_changes_nothing(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    message_id = str(uuid4())
    first = chat.send("hello", message_id).json()
    history = chat.history()
    gateway.stop()
    gateway.start()
    chat.http = gateway.client()
    calls = engine.calls
    assert chat.send("hello", message_id).json() == first
    assert chat.history() == history
    assert engine.calls == calls


def test_a_crash_before_the_answer_was_kept_is_made_good(
    gateway: Gateway, chat: Chat, engine: FakeEngine
) -> None:
    message_id = str(uuid4())
    first = chat.replies("hello", message_id)
    # As a process that was killed after the engine had answered leaves it.
    connection = gateway.connect()
    connection.execute("DELETE FROM messages WHERE direction = 'out' AND client_id = ?", (message_id,))
    connection.execute("UPDATE receipts SET status = 'pending'")
    connection.close()
    turns = len(engine.turns)
    again = chat.replies("hello", message_id)
    assert [reply["text"] for reply in again] == [reply["text"] for reply in first]
    assert len(engine.turns) == turns, "the engine did it twice"
    assert [m["id"] for m in chat.history()].count(message_id) == 1
    assert gateway.rows("SELECT status FROM receipts") == [("done",)]


def test_the_same_id_twice_at_the_same_moment_is_done_once(chat: Chat, engine: FakeEngine) -> None:
    engine.delay = 0.2
    message_id = str(uuid4())
    turns = len(engine.turns)
    with ThreadPoolExecutor(5) as pool:
        responses = list(pool.map(lambda _: chat.send("hello", message_id), range(5)))
    assert {response.status_code for response in responses} == {200}
    assert len({response.text for response in responses}) == 1
    assert len(engine.turns) == turns + 1


def test_two_messages_at_the_same_moment_are_answered_one_after_the_other(
    gateway: Gateway, engine: FakeEngine
) -> None:
    one, two = gateway.chat(), gateway.chat()
    engine.delay = 0.1
    with ThreadPoolExecutor(8) as pool:
        sent = [(chat, f"{chat.id} {n}") for n in range(4) for chat in (one, two)]
        answers = list(pool.map(lambda item: item[0].replies(item[1])[0]["text"], sent))
    assert answers == [f"You said: {text}" for _, text in sent]
    assert engine.overlaps == 0
    for chat in (one, two):
        history = chat.history()[1:]
        assert len(history) == 12
        for said, first, second in zip(history[::3], history[1::3], history[2::3], strict=True):
            assert first["in_reply_to"] == second["in_reply_to"] == said["id"]


def test_a_message_that_waits_too_long_is_told_so_and_can_be_sent_again(
    run: Callable[..., Gateway], engine: FakeEngine
) -> None:
    gateway = run(engine_timeout=0.4)
    chat = gateway.chat()
    engine.delay = 2
    with ThreadPoolExecutor(6) as pool:
        responses = list(pool.map(lambda n: chat.send(f"message {n}"), range(6)))
    busy = [response for response in responses if response.status_code == 503]
    assert busy
    for response in busy:
        assert_problem(response, 503, "busy")
    engine.delay = 0
    assert chat.replies("again")[0]["kind"] == "answer"


@pytest.mark.parametrize("mode", ["error", "garbage", "silent"])
def test_a_broken_engine_gives_a_notice(gateway: Gateway, chat: Chat, engine: FakeEngine, mode: str) -> None:
    engine.mode = mode
    message_id = str(uuid4())
    [notice] = chat.replies("does it hurt?", message_id)
    assert (notice["kind"], notice["topic"], notice["severity"]) == ("notice", None, None)
    assert "[+1 415-555-0132](tel:+14155550132)" in notice["text"]
    assert "[911](tel:911)" in notice["text"]
    assert "does it hurt?" in [message["text"] for message in chat.history()]
    # Back again, the message is not answered a second time; a new one is.
    engine.mode = "ok"
    turns = len(engine.turns)
    assert chat.replies("does it hurt?", message_id) == [notice]
    assert len(engine.turns) == turns
    assert chat.replies("does it hurt?")[0]["kind"] == "answer"


def test_an_engine_that_is_down_gives_a_notice_and_comes_back(chat: Chat, engine: FakeEngine) -> None:
    engine.stop()
    begun = time.monotonic()
    assert chat.replies("hello")[0]["kind"] == "notice"
    assert time.monotonic() - begun < 2
    engine.start()
    assert chat.replies("hello")[0]["kind"] == "answer"


def test_a_slow_engine_gives_a_notice_in_time(run: Callable[..., Gateway], engine: FakeEngine) -> None:
    chat = run(engine_timeout=0.5).chat()
    engine.delay = 3
    begun = time.monotonic()
    [notice] = chat.replies("hello")
    assert notice["kind"] == "notice"
    assert 0.4 < time.monotonic() - begun < 2


def test_a_conversation_can_start_without_the_engine(gateway: Gateway, engine: FakeEngine) -> None:
    engine.stop()
    chat = gateway.chat()
    [notice] = chat.started["replies"]
    assert notice["kind"] == "notice"
    engine.start()
    assert chat.replies("hello")[0]["kind"] == "answer"


def test_a_wrong_key_gives_a_notice(run: Callable[..., Gateway]) -> None:
    gateway = run()
    gateway.stop()
    (gateway.settings.var_dir / "secrets" / "engine.key").write_bytes(b"some other key")
    gateway.start()
    assert gateway.chat().started["replies"][0]["kind"] == "notice"


def test_a_client_that_leaves_finds_the_answer_later(chat: Chat, engine: FakeEngine) -> None:
    engine.delay = 0.6
    message_id = str(uuid4())
    with pytest.raises(httpx.ReadTimeout):
        chat.http.post(
            "/api/messages", json={"id": message_id, "text": "hello"}, headers=chat.headers, timeout=0.2
        )
    wait_until(lambda: len(chat.history()) == 4)
    turns = len(engine.turns)
    assert chat.replies("hello", message_id)[0]["id"] == chat.history()[2]["id"]
    assert len(engine.turns) == turns


def test_stopping_waits_for_the_message_in_hand(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.delay = 0.6
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(chat.send, "hello")
        wait_until(lambda: engine.calls == 2)
        gateway._server.stop()
        assert answer.result().status_code == 200
    assert gateway.rows("SELECT status FROM receipts") == [("done",)]


async def test_a_lock_is_forgotten_when_nobody_uses_it() -> None:
    locks = ConversationLocks()
    async with locks.hold("a", wait=1), locks.hold("b", wait=1):
        assert len(locks) == 2
        with pytest.raises(Busy):
            async with locks.hold("a", wait=0.01):
                pass
        waiting = asyncio.create_task(locks.hold("a", wait=5).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert len(locks) == 0
