"""A message that the engine could not answer in time is asked again, and its answer comes later, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.gateway.chat import Chat, Gateway, wait_until
from tests.gateway.servers import FakeEngine
from tests.gateway.streams import Stream

MORE = "And more at [our page](https://clinic.example)."


@pytest.fixture
def gateway(run: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway that asks again soon."""
    monkeypatch.setattr("gateway.background.OUTBOX_SECONDS", 0.2)
    yield run(engine_timeout=0.5)


def hurry(gateway: Gateway) -> None:
    """Let what waits be due now."""
    connection = gateway.connect()
    connection.execute("UPDATE outbox SET next_attempt_at = '2020-01-01 00:00:00.000000'")
    connection.close()


def kinds(chat: Chat) -> list[str | None]:
    return [message["kind"] for message in chat.history()[1:]]


def said(engine: FakeEngine) -> list[str]:
    return [turn["text"] for turn in engine.turns if "text" in turn]


def test_the_answer_comes_when_the_engine_is_back(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.mode = "error"
    with Stream(chat) as page:
        message_id = str(uuid4())
        [notice] = chat.replies("does it hurt?", message_id)
        assert notice["kind"] == "notice"
        engine.mode = "ok"
        hurry(gateway)
        page.wait_for("does it hurt?", notice["text"], "You said: does it hurt?", MORE)
    assert kinds(chat) == [None, "notice", "answer", "answer"]
    assert {message["in_reply_to"] for message in chat.history()[2:]} == {message_id}
    wait_until(lambda: gateway.count("outbox") == 0)
    # The same id again shows all that it was answered with, and asks nothing.
    assert [r["kind"] for r in chat.replies("does it hurt?", message_id)] == ["notice", "answer", "answer"]
    assert said(engine) == ["does it hurt?"]


def test_a_slow_engine_answers_once(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.delay = 1
    assert chat.replies("does it hurt?")[0]["kind"] == "notice"
    engine.delay = 0
    hurry(gateway)
    wait_until(lambda: kinds(chat) == [None, "notice", "answer", "answer"])
    time.sleep(0.5)
    assert kinds(chat) == [None, "notice", "answer", "answer"]
    assert said(engine) == ["does it hurt?"]


def test_a_pressed_button_is_answered_late_too(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    [button] = chat.started["replies"][0]["buttons"]
    engine.mode = "garbage"
    assert chat.press(button["token"]).json()["replies"][0]["kind"] == "notice"
    engine.mode = "ok"
    hurry(gateway)
    wait_until(lambda: kinds(chat) == [None, "notice", "question"])
    assert engine.turns[-1]["payload"] == "/start_screening"


def test_said_again_it_is_answered_once(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.mode = "silent"
    chat.send("does it hurt?")
    assert gateway.count("outbox") == 1
    chat.send("does it hurt?")
    assert gateway.count("outbox") == 1
    engine.mode = "ok"
    assert chat.replies("does it hurt?")[0]["text"] == "You said: does it hurt?"
    assert gateway.count("outbox") == 0
    assert said(engine) == ["does it hurt?"]
    assert kinds(chat) == [None, "notice", None, "notice", None, "answer", "answer"]


def test_the_engine_hears_messages_in_their_order(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.stop()
    chat.send("one")
    chat.send("two")
    engine.start()
    assert chat.replies("three")[0]["text"] == "You said: three"
    assert said(engine) == ["one", "two", "three"]
    assert [m["text"] for m in chat.history() if m["text"].startswith("You said")] == [
        "You said: one",
        "You said: two",
        "You said: three",
    ]
    assert gateway.count("outbox") == 0


def test_while_the_engine_is_away_a_later_message_waits_its_turn(
    gateway: Gateway, chat: Chat, engine: FakeEngine
) -> None:
    engine.stop()
    chat.send("one")
    begun = time.monotonic()
    assert chat.replies("two")[0]["kind"] == "notice"
    assert time.monotonic() - begun < 2
    engine.start()
    hurry(gateway)
    wait_until(lambda: len(kinds(chat)) == 8)
    assert said(engine) == ["one", "two"]


def test_a_message_that_the_engine_cannot_take_does_not_hold_up_the_next(
    gateway: Gateway, chat: Chat, engine: FakeEngine
) -> None:
    engine.refused = "poison"
    assert chat.replies("poison")[0]["kind"] == "notice"
    assert chat.replies("does it hurt?")[0]["text"] == "You said: does it hurt?"
    assert gateway.count("outbox") == 0


def test_after_some_minutes_it_is_given_up(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.mode = "error"
    chat.send("does it hurt?")
    seen: list[int] = []
    while gateway.count("outbox"):
        [(attempts,)] = gateway.rows("SELECT attempts FROM outbox") or [(99,)]
        if not seen or seen[-1] != attempts:
            seen.append(attempts)
        hurry(gateway)
        time.sleep(0.05)
    assert max(number for number in seen if number != 99) == 7
    assert kinds(chat) == [None, "notice"]


def test_nothing_of_the_message_is_in_the_outbox(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.mode = "error"
    chat.send("my private words")
    assert "private" not in str(gateway.rows("SELECT * FROM outbox"))


def test_an_erasure_ends_the_asking(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.mode = "error"
    chat.send("does it hurt?")
    chat.http.delete("/api/conversation", headers=chat.headers)
    engine.mode = "ok"
    hurry(gateway)

    wait_until(lambda: engine.erased == [chat.id])
    wait_until(lambda: gateway.count("outbox") == 0)
    assert said(engine) == []
    assert gateway.count("messages") == 0


def test_an_erasure_in_the_middle_of_a_late_answer_leaves_nothing(
    gateway: Gateway, chat: Chat, engine: FakeEngine
) -> None:
    engine.mode = "error"
    chat.send("does it hurt?")
    engine.mode, engine.delay = "ok", 0.3
    calls = engine.calls
    hurry(gateway)
    wait_until(lambda: engine.calls > calls)
    # As another process erases it, which knows nothing of this one's locks.
    connection = gateway.connect()
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("DELETE FROM conversations")
    connection.close()

    wait_until(lambda: engine.erased == [chat.id])
    wait_until(lambda: gateway.count("outbox") == 0)
    assert gateway.count("messages") == 0


def test_a_restart_does_not_forget_it(gateway: Gateway, chat: Chat, engine: FakeEngine) -> None:
    engine.stop()
    chat.send("does it hurt?")
    gateway.stop()
    engine.start()
    hurry(gateway)
    gateway.start()
    chat.http = gateway.client()
    wait_until(lambda: kinds(chat) == [None, "notice", "answer", "answer"])


def test_a_greeting_comes_late_too_unless_the_person_has_begun(gateway: Gateway, engine: FakeEngine) -> None:
    engine.stop()
    silent, eager = gateway.chat(), gateway.chat()
    eager.send("does it hurt?")
    engine.start()
    hurry(gateway)
    wait_until(lambda: kinds(silent) == ["greeting"])
    assert silent.history()[1]["in_reply_to"] is None
    wait_until(lambda: kinds(eager) == [None, "notice", "answer", "answer"])
    wait_until(lambda: gateway.count("outbox") == 0)
