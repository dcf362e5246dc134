"""The gateway's way into Rasa: what it accepts and what it gives back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered

from engine.connector import ReplyChannel, asked_once, body_problem, replies_to, typed_text, user_messages
from tests.engine.conftest import tracker_with, user

BODY = {"sender": "a", "message_id": "1", "text": "hello"}


class Processor:
    """Understands everything as a question about pain."""

    async def parse_message(self, message: UserMessage) -> dict[str, Any]:
        return {"text": message.text, "intent": {"name": "ask_pain", "confidence": 1.0}, "entities": []}


def messages(body: dict[str, Any]) -> list[UserMessage]:
    return asyncio.run(user_messages(body, ReplyChannel(), None, Processor()))  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["/restart", '/book_consultation{"name": "x"}', " //restart", "/ /restart"])
def test_typed_text_never_becomes_a_payload(typed: str) -> None:
    assert not any(message.text.startswith("/") for message in messages({**BODY, "text": typed}))


def test_a_lone_slash_is_still_a_message() -> None:
    assert typed_text("/") == "?"


def test_a_button_payload_reaches_rasa_as_it_is() -> None:
    body = {"sender": "a", "message_id": "1", "payload": '/report_symptom{"day": "0"}'}
    assert body_problem(body) is None
    assert [message.text for message in messages(body)] == ['/report_symptom{"day": "0"}']


def test_sender_and_id_come_from_the_gateway() -> None:
    [message] = messages(BODY)
    assert (message.sender_id, message.message_id, message.input_channel) == ("a", "1", "needlewise")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {**BODY, "sender": ""},
        {**BODY, "sender": 5},
        {**BODY, "message_id": "x" * 101},
        {**BODY, "text": ""},
        {**BODY, "text": None},
        {**BODY, "payload": "/greet"},
        {"sender": "a", "message_id": "1", "payload": "greet"},
        {**BODY, "text": "x" * 5000},
    ],
)
def test_a_wrong_body_is_named(body: Any) -> None:
    assert body_problem(body)


def test_a_repeated_message_id_gives_the_replies_of_the_first_time() -> None:
    metadata: dict[str, Any] = {
        "metadata": {"kind": "answer", "topic": "pain"},
        "utter_action": "utter_ask_pain",
    }
    tracker = tracker_with(
        user("does it hurt", "ask_pain", message_id="one"),
        BotUttered("A little.", {"buttons": [{"title": "OK", "payload": "/affirm"}]}, metadata),
        user("thanks", "affirm", message_id="two"),
        BotUttered("Sure."),
    )
    assert replies_to(tracker, "one") == [
        {
            "text": "A little.",
            "buttons": [{"title": "OK", "payload": "/affirm"}],
            "metadata": {"kind": "answer", "topic": "pain"},
        }
    ]
    assert replies_to(tracker, "two") == [{"text": "Sure.", "buttons": [], "metadata": {}}]
    assert replies_to(tracker, "three") is None


def test_a_question_that_is_asked_again_within_a_turn_is_asked_last() -> None:
    question = {"text": "Which day is it?", "buttons": [], "metadata": {"kind": "question"}}
    answer = {"text": "Wait a day.", "buttons": [], "metadata": {"kind": "answer"}}
    assert asked_once([question, answer, question]) == [answer, question]
    assert asked_once([answer, answer]) == [answer, answer]
