"""Server-sent events: what comes into a conversation is pushed, once, in order, to all who listen."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import jwt
import pytest

from clinic.database.session import DatabaseUnavailable
from gateway.hub import PER_CONVERSATION, Hub, TooManyStreams
from tests.gateway.chat import Chat, Gateway, assert_problem, wait_until
from tests.gateway.servers import FakeEngine
from tests.gateway.streams import Stream

ANSWER = ("You said: hello", "And more at [our page](https://clinic.example).")


def listen(chat: Chat, **headers: str) -> httpx.Response:
    return chat.http.get("/api/events", headers=chat.headers | headers)


def listeners(gateway: Gateway) -> int:
    return len(gateway.app.state.services.hub)


def test_both_sides_are_heard_as_the_history_shows_them(chat: Chat) -> None:
    with Stream(chat) as page, Stream(chat) as other:
        message_id = str(uuid4())
        replies = chat.replies("hello", message_id)
        for stream in (page, other):
            stream.wait_for("hello", *ANSWER)
            assert [event.id for event in stream.events] == [message_id, *(reply["id"] for reply in replies)]
            assert [event.data for event in stream.events] == chat.history()[1:]


def test_the_person_is_heard_before_the_engine_has_answered(chat: Chat, engine: FakeEngine) -> None:
    engine.delay = 0.8
    with Stream(chat) as page, Stream(chat) as other:
        begun = time.monotonic()
        chat.send("hello")
        assert time.monotonic() - begun > 0.7
        other.wait_for("hello", *ANSWER)
        page.wait_for("hello", *ANSWER)


def test_its_head_suits_a_stream(chat: Chat) -> None:
    with Stream(chat) as page:
        headers = page.response.headers
        assert headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert "content-length" not in headers
        assert page.lines[0] == "retry: 2000"


def test_a_cut_stream_goes_on_where_it_was(chat: Chat) -> None:
    with Stream(chat) as page:
        chat.send("hello")
        page.wait_for("hello", *ANSWER)
        last = page.events[1].id
    chat.send("hello")
    assert last is not None
    for name in (last, last.upper()):
        with Stream(chat, last=name) as page:
            page.wait_for(ANSWER[1], "hello", *ANSWER)
    with Stream(chat, last=last) as page:
        chat.send("and now")
        page.wait_for(ANSWER[1], "hello", *ANSWER, "and now", "You said: and now", ANSWER[1])


def test_many_messages_come_whole_and_in_order(chat: Chat) -> None:
    first = chat.started["replies"][0]["id"]
    for number in range(40):
        chat.send(f"message {number}")
    with Stream(chat, last=first) as page:
        wait_until(lambda: len(page.events) == 120)
        assert [event.data for event in page.events] == chat.history()[1:]


def test_an_unknown_place_is_a_problem(gateway: Gateway, chat: Chat) -> None:
    elsewhere = gateway.chat().started["replies"][0]["id"]
    for last in (str(uuid4()), elsewhere, "x", "0"):
        assert_problem(listen(chat, **{"Last-Event-ID": last}), 404, "unknown-message")
    assert listeners(gateway) == 0


def test_others_hear_nothing(gateway: Gateway, chat: Chat) -> None:
    other = gateway.chat()
    with Stream(chat) as mine, Stream(other) as theirs:
        chat.send("private words")
        mine.wait_for("private words", "You said: private words", ANSWER[1])
        assert theirs.events == []


def test_an_erasure_is_the_last_that_is_heard(chat: Chat) -> None:
    with Stream(chat) as page, Stream(chat) as other:
        chat.http.delete("/api/conversation", headers=chat.headers)
        for stream in (page, other):
            assert stream.ended.wait(5)
            assert [(event.type, event.data) for event in stream.events] == [("erased", {})]
    assert_problem(listen(chat), 401, "conversation-gone")


def test_only_the_holder_of_the_token_may_listen(gateway: Gateway, chat: Chat) -> None:
    assert_problem(chat.http.get("/api/events"), 401, "token-missing")
    assert_problem(chat.http.get(f"/api/events?token={chat.token}"), 401, "token-missing")
    chat.token += "x"
    assert_problem(listen(chat), 401, "token-invalid")
    assert listeners(gateway) == 0


def test_a_stream_ends_with_its_token(gateway: Gateway, chat: Chat) -> None:
    now = datetime.now(UTC)
    claims = {"sub": chat.id, "iat": now, "exp": now + timedelta(seconds=2)}
    chat.token = jwt.encode(claims, gateway.settings.secret("signing"), "HS256")
    with Stream(chat) as page:
        assert page.ended.wait(4)
        assert page.events == []
    assert_problem(listen(chat), 401, "token-expired")
    assert listeners(gateway) == 0


def test_silence_is_filled_with_comments(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.api.events.HEARTBEAT_SECONDS", 0.1)
    with Stream(chat) as page:
        wait_until(lambda: page.lines.count(":") >= 3)
        chat.send("hello")
        page.wait_for("hello", *ANSWER)


def test_what_nobody_announced_is_found_in_time(
    gateway: Gateway, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.api.events.HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr("gateway.api.events.RECHECK_SECONDS", 0.3)
    with Stream(chat) as page:
        connection = gateway.connect()
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("DELETE FROM conversations")
        connection.close()
        assert page.ended.wait(5)
        assert page.events[-1].type == "erased"


def test_another_process_is_heard_on_sqlite(gateway: Gateway, chat: Chat) -> None:
    twin = Gateway(gateway.settings).start()
    try:
        same = Chat(twin.client())
        same.token = chat.token
        with Stream(chat) as page:
            same.send("hello")
            page.wait_for("hello", *ANSWER)
    finally:
        twin.stop()


def test_a_conversation_has_four_streams_at_most(gateway: Gateway, chat: Chat) -> None:
    with ExitStack() as stack:
        pages = [stack.enter_context(Stream(chat)) for _ in range(PER_CONVERSATION)]
        assert_problem(listen(chat), 429, "rate-limited")
        assert listeners(gateway) == 4
        pages.pop().close()
        wait_until(lambda: listeners(gateway) == 3)
        stack.enter_context(Stream(chat))
        stack.enter_context(Stream(gateway.chat()))
    wait_until(lambda: listeners(gateway) == 0)


def test_an_address_has_its_share_of_streams(run: Callable[..., Gateway]) -> None:
    gateway = run(streams_per_address=2)
    with Stream(gateway.chat()), Stream(gateway.chat()):
        chat = gateway.chat()
        assert_problem(listen(chat), 429, "rate-limited")
        chat.http.headers["X-Forwarded-For"] = "203.0.113.9"
        with chat.http.stream("GET", "/api/events", headers=chat.headers) as response:
            assert response.status_code == 200


def test_all_together_have_a_limit(run: Callable[..., Gateway]) -> None:
    gateway = run(streams=1, streams_per_address=0)
    with Stream(gateway.chat()):
        assert_problem(listen(gateway.chat()), 503, "busy")
    wait_until(lambda: listeners(gateway) == 0)
    with Stream(gateway.chat()):
        pass


def test_stopping_ends_the_streams_at_once(gateway: Gateway, chat: Chat) -> None:
    with Stream(chat) as page:
        begun = time.monotonic()
        gateway.stop()
        assert page.ended.wait(1)
        assert time.monotonic() - begun < 3
    gateway.start()
    chat.http = gateway.client()
    with Stream(chat) as page:
        chat.send("hello")
        page.wait_for("hello", *ANSWER)


def test_a_database_that_cannot_be_read_ends_the_stream(
    gateway: Gateway, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("away", "the database cannot be reached")

    with Stream(chat) as page, monkeypatch.context() as patch:
        patch.setattr("gateway.messages.shown", fail)
        gateway.app.state.services.hub.wake_all()
        assert page.ended.wait(5)
    with Stream(chat) as page:
        chat.send("hello")
        page.wait_for("hello", *ANSWER)


async def test_a_listener_is_forgotten_when_it_leaves() -> None:
    hub = Hub(most=2, per_address=1)
    with hub.listen("a", "one") as listener, hub.listen("a", "two"):
        assert hub.heard.is_set()
        with pytest.raises(TooManyStreams) as refused, hub.listen("b", "three"):
            pass
        assert refused.value.whose == "all"
        assert not await listener.wait(0.01)
        hub.wake("b")
        assert not await listener.wait(0.01)
        hub.wake("a")
        assert await listener.wait(0.01)
    assert (len(hub), hub.heard.is_set()) == (0, False)
    with hub.listen("a", "one"):
        with pytest.raises(TooManyStreams) as refused, hub.listen("b", "one"):
            pass
        assert refused.value.whose == "address"
    hub.close()
    with hub.listen("a", "one") as listener:
        assert listener.closing
