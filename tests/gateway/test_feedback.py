"""Consent, feedback, and what a reply says of a question: kept, and shown again as they were."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.engine import EngineReply
from tests.gateway.chat import Chat, Gateway, assert_problem


def give(chat: Chat, reply: str, helpful: object) -> httpx.Response:
    return chat.http.post("/api/feedback", json={"reply": reply, "helpful": helpful}, headers=chat.headers)


def helpful(chat: Chat) -> list[bool | None]:
    return [message["helpful"] for message in chat.history()]


def test_consent_is_kept_with_its_time(gateway: Gateway) -> None:
    client = gateway.client()
    for body in ({"consent": True}, {"consent": False}, {}, None):
        assert client.post("/api/conversations", json=body).status_code == 201
    assert client.post("/api/conversations").status_code == 201
    given = gateway.rows("SELECT consent_at = created_at FROM conversations ORDER BY created_at")
    assert given == [(1,), (None,), (None,), (None,), (None,)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"consent": "yes"}, "#/consent"), ({"consent": 1}, "#/consent"), ({"x": True}, "#/x"), ([], "#")],
)
def test_a_wrong_beginning_is_refused(gateway: Gateway, body: Any, pointer: str) -> None:
    problem = assert_problem(gateway.client().post("/api/conversations", json=body), 422, "invalid")
    assert problem["errors"][0]["pointer"] == pointer
    assert gateway.count("conversations") == 0


def test_a_beginning_that_is_no_json_is_refused(gateway: Gateway) -> None:
    client = gateway.client()
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post("/api/conversations", content=b"{", headers=headers), 400, "malformed")
    assert_problem(client.post("/api/conversations", content=b"consent"), 415)


def test_feedback_is_kept_by_topic_and_shown(gateway: Gateway, chat: Chat) -> None:
    reply = chat.replies("how far apart")[0]
    assert give(chat, reply["id"], True).status_code == 204
    assert helpful(chat) == [None, None, True, None]
    assert give(chat, reply["id"].upper(), False).status_code == 204
    assert helpful(chat) == [None, None, False, None]
    rows = gateway.rows("SELECT conversation_id, reply_id, topic, helpful FROM feedback")
    assert rows == [(chat.id, reply["id"], "frequency", 0)]
    assert give(chat, reply["id"], None).status_code == 204
    assert helpful(chat) == [None] * 4
    assert gateway.count("feedback") == 0


def test_feedback_on_anything_but_a_reply_of_the_conversation_is_refused(
    gateway: Gateway, chat: Chat
) -> None:
    message_id = str(uuid4())
    chat.send("hello", message_id)
    other = gateway.chat().started["replies"][0]["id"]
    for reply in (message_id, other, str(uuid4())):
        assert_problem(give(chat, reply, True), 404, "unknown-message")
    assert gateway.count("feedback") == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"reply": "x", "helpful": True}, "#/reply"),
        ({"reply": str(uuid4()), "helpful": "very"}, "#/helpful"),
        ({"reply": str(uuid4())}, "#/helpful"),
        ({"reply": str(uuid4()), "helpful": True, "why": "private words"}, "#/why"),
    ],
)
def test_wrong_feedback_is_refused_by_field(chat: Chat, body: Any, pointer: str) -> None:
    response = chat.http.post("/api/feedback", json=body, headers=chat.headers)
    problem = assert_problem(response, 422, "invalid")
    assert problem["errors"][0]["pointer"] == pointer
    assert "private" not in response.text


def test_feedback_goes_with_its_conversation(gateway: Gateway, chat: Chat) -> None:
    give(chat, chat.started["replies"][0]["id"], True)
    assert gateway.count("feedback") == 1
    chat.http.delete("/api/conversation", headers=chat.headers)
    assert gateway.count("feedback") == 0
    assert_problem(give(chat, str(uuid4()), True), 401, "conversation-gone")


def test_a_question_says_where_it_stands_and_how_to_go_back(chat: Chat) -> None:
    [button] = chat.started["replies"][0]["buttons"]
    assert button["role"] == "choice"
    message_id = str(uuid4())
    [question] = chat.press(button["token"], message_id).json()["replies"]
    assert question["progress"] == {"step": 3, "total": 12}
    assert [(b["title"], b["role"]) for b in question["buttons"]] == [("Yes", "choice"), ("Back", "back")]
    assert chat.press(button["token"], message_id).json()["replies"] == [question]
    shown = chat.history()[-1]
    assert {name: shown[name] for name in question} == question


@pytest.mark.parametrize(
    "progress",
    [
        None,
        3,
        "3/12",
        {},
        {"step": 3},
        {"step": 0, "total": 3},
        {"step": 4, "total": 3},
        {"step": "1", "total": 2},
    ],
)
def test_a_progress_that_makes_no_sense_is_left_out(progress: Any) -> None:
    assert EngineReply(text="?", metadata={"progress": progress}).progress is None
