"""The chat API as its clients rely on it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.gateway.chat import Chat, Gateway, assert_problem
from tests.gateway.servers import FakeEngine


def test_starting_gives_an_id_a_token_and_the_greeting(gateway: Gateway, engine: FakeEngine) -> None:
    started = gateway.chat().started
    assert re.fullmatch(r"[0-9a-f]{32}", started["conversation_id"])
    ends = datetime.fromisoformat(started["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < ends <= timedelta(minutes=60)
    [greeting] = started["replies"]
    assert (greeting["kind"], greeting["topic"], greeting["text"]) == ("greeting", "greet", "Hello.")
    assert engine.turns[0]["payload"] == "/greet"
    assert engine.turns[0]["sender"] == started["conversation_id"]


def test_an_answer_has_the_shape_of_the_design(chat: Chat) -> None:
    first, second = chat.replies("how far apart")
    assert first.pop("id") != second["id"]
    assert first == {
        "text": "You said: how far apart",
        "kind": "answer",
        "topic": "frequency",
        "severity": None,
        "buttons": [],
        "source": {"title": "Clinic page", "reviewed": "2026-11-20"},
        "progress": None,
        "input": None,
    }
    assert (second["kind"], second["source"]) == ("answer", None)


def test_a_triage_carries_its_severity(chat: Chat) -> None:
    [reply] = chat.replies("my throat is swelling")
    assert (reply["kind"], reply["topic"], reply["severity"]) == ("triage", "report_symptom", "emergency")


def test_a_button_sends_its_payload_and_is_kept_as_its_title(chat: Chat, engine: FakeEngine) -> None:
    [button] = chat.started["replies"][0]["buttons"]
    assert button["title"] == "Start the screening"
    assert chat.press(button["token"]).status_code == 200
    assert engine.turns[-1]["payload"] == "/start_screening"
    assert "text" not in engine.turns[-1]
    assert [m["text"] for m in chat.history() if m["sender"] == "person"] == ["Start the screening"]


def test_a_button_of_another_conversation_is_refused(
    gateway: Gateway, chat: Chat, engine: FakeEngine
) -> None:
    other = gateway.chat()
    [button] = other.started["replies"][0]["buttons"]
    turns = len(engine.turns)
    assert_problem(chat.press(button["token"]), 404, "unknown-button")
    assert_problem(chat.press("nosuchbutton"), 404, "unknown-button")
    assert len(engine.turns) == turns
    assert gateway.count("receipts") == 0
    assert other.press(button["token"]).status_code == 200


def test_a_typed_payload_reaches_the_engine_as_text(chat: Chat, engine: FakeEngine) -> None:
    assert chat.send('/book_consultation{"name": "x"}').status_code == 200
    assert engine.turns[-1]["text"] == '/book_consultation{"name": "x"}'
    assert "payload" not in engine.turns[-1]


def test_history_shows_both_sides_in_order(chat: Chat) -> None:
    message_id = str(uuid4())
    replies = chat.replies("hello", message_id)
    greeting, said, *answers = chat.history()
    assert (greeting["sender"], greeting["in_reply_to"]) == ("assistant", None)
    assert (said["sender"], said["id"], said["text"], said["kind"]) == ("person", message_id, "hello", None)
    assert [answer["id"] for answer in answers] == [reply["id"] for reply in replies]
    assert all(answer["in_reply_to"] == message_id for answer in answers)
    assert all(datetime.fromisoformat(m["at"]).tzinfo for m in (greeting, said, *answers))


def test_history_after_an_id_gives_the_rest(chat: Chat) -> None:
    message_id = str(uuid4())
    first, second = chat.replies("hello", message_id)
    assert [m["id"] for m in chat.history(after=message_id)] == [first["id"], second["id"]]
    assert [m["id"] for m in chat.history(after=first["id"])] == [second["id"]]
    assert chat.history(after=second["id"]) == []


def test_history_after_an_unknown_id_is_a_problem(gateway: Gateway, chat: Chat) -> None:
    other = gateway.chat()
    for after in (str(uuid4()), other.started["replies"][0]["id"]):
        response = chat.http.get("/api/messages", params={"after": after}, headers=chat.headers)
        assert_problem(response, 404, "unknown-message")
    response = chat.http.get("/api/messages", params={"after": "x"}, headers=chat.headers)
    problem = assert_problem(response, 422, "invalid")
    assert problem["errors"][0]["pointer"] == "after"


def test_the_transcript_reads_well(chat: Chat) -> None:
    chat.send("my throat is swelling")
    chat.send("how far apart")
    response = chat.http.get("/api/transcript", headers=chat.headers)
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    text = response.text
    assert "Sample Microneedling Clinic" in text.splitlines()[0]
    assert "not medical advice" in text
    assert re.search(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] You\nmy throat is swelling\n", text)
    assert re.search(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] Assistant\nCall 911 now\.\n", text)
    assert "And more at our page (https://clinic.example)." in text
    assert "  [Start the screening]" in text


def test_two_conversations_never_mix(gateway: Gateway) -> None:
    one, two = gateway.chat(), gateway.chat()
    one.send("of the first")
    two.send("of the second")
    assert "of the second" not in str(one.history())
    assert "of the first" not in str(two.history())
    assert "of the second" not in one.http.get("/api/transcript", headers=one.headers).text


def test_answers_carry_safety_headers(gateway: Gateway, chat: Chat) -> None:
    client = gateway.client()
    for response in (chat.send("hello"), client.get("/healthz"), client.get("/nothing")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"


def test_errors_of_the_router_are_problems_too(gateway: Gateway) -> None:
    client = gateway.client()
    assert_problem(client.get("/api/nothing"), 404, "not-found")
    assert_problem(client.get("/api/conversations/"), 404, "not-found")
    response = client.put("/api/messages")
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, POST"


def test_an_unforeseen_error_is_a_problem_that_says_nothing(
    gateway: Gateway, chat: Chat, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("private words")

    monkeypatch.setattr("gateway.messages.add_replies", fail)
    problem = assert_problem(chat.send("hello"), 500, "internal")
    assert "private" not in str(problem)
    assert "ZeroDivisionError at " in caplog.text
    assert "private words" not in caplog.text
