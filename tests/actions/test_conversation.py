"""What a tracker says, read in one place."""

from __future__ import annotations

import pytest

from actions import conversation
from tests.actions.helpers import (
    NO,
    QUESTION,
    UNSURE,
    YES,
    action,
    bot,
    condition,
    fact,
    symptom,
    tracker,
    user,
)


def test_entities_come_in_the_order_of_the_text() -> None:
    latest = tracker("acne and lupus", "ask_condition", {**condition("lupus"), "start": 9}, condition("acne"))
    assert [mention.key for mention in conversation.mentions(latest, "condition")] == ["acne", "lupus"]


def test_the_same_thing_said_twice_is_one_mention() -> None:
    latest = tracker("eczema, yes eczema", "ask_condition", condition("eczema"), condition("eczema"))
    assert len(conversation.mentions(latest, "condition")) == 1


def test_a_mention_without_assertion_is_the_speakers_own() -> None:
    mention = conversation.mentions(
        tracker("", "x", {"entity": "condition", "value": "eczema"}), "condition"
    )[0]
    assert mention.assertion == "present"


def test_the_first_words_outweigh_the_intent() -> None:
    assert conversation.answer(tracker("no i do", "affirm", NO)) == "no"
    assert conversation.answer(tracker("👍", "affirm")) == "yes"
    assert conversation.answer(tracker("🤷", "not_sure")) == "unsure"
    assert conversation.answer(tracker("acne", "ask_scars")) is None


def test_an_empty_tracker_says_nothing() -> None:
    latest = tracker()
    latest.latest_message = {}
    latest.active_loop = {}
    assert conversation.intent(latest) == ""
    assert conversation.text(latest) == ""
    assert conversation.active_form(latest) is None
    assert conversation.answer(latest) is None


@pytest.mark.parametrize(
    ("since", "answered"),
    [
        ([], False),
        (["action_flag_disclosure"], False),
        (["action_flag_disclosure", "screening_form"], False),
        (["utter_ask_pain"], True),
        (["utter_ask_pain", "screening_form"], True),
    ],
)
def test_a_message_was_answered_otherwise_when_another_action_took_it(
    since: list[str], answered: bool
) -> None:
    latest = tracker("does it hurt", "ask_pain", form="screening_form", since=since)
    assert conversation.was_answered_otherwise(latest, "screening_form") is answered


def test_an_answer_to_an_earlier_message_is_no_interruption() -> None:
    latest = tracker("no", "deny", form="screening_form", before=[user(), action("utter_ask_pain")])
    assert not conversation.was_answered_otherwise(latest, "screening_form")


@pytest.mark.parametrize("intent", ["stop", "request_human", "ask_privacy"])
@pytest.mark.parametrize("asks", ["consultation_name", "screening_age", "triage_day"])
def test_a_wish_to_leave_answers_no_form(intent: str, asks: str) -> None:
    assert not conversation.answers_form(tracker("stop please", intent, YES, asks=asks))


@pytest.mark.parametrize("asks", ["consultation_name", "screening_age"])
def test_a_question_on_a_topic_answers_no_form(asks: str) -> None:
    assert not conversation.answers_form(tracker("does it hurt?", "ask_pain", QUESTION, asks=asks))


def test_a_statement_answers_a_free_text_question_even_if_it_resembles_a_topic() -> None:
    assert conversation.answers_form(tracker("acne scars", "ask_scars", asks="consultation_concern"))
    assert not conversation.answers_form(tracker("acne scars", "ask_scars", asks="screening_age"))


@pytest.mark.parametrize("said", [YES, NO, UNSURE, condition("eczema"), fact("day", "3"), symptom("redness")])
def test_an_answer_or_something_named_answers_a_yes_or_no_question(said: dict[str, str]) -> None:
    assert conversation.answers_form(tracker("…", "ask_scars", said, asks="screening_age"))


def test_what_nobody_else_would_answer_is_the_forms() -> None:
    for intent in ("nlu_fallback", "out_of_scope", "affirm", "deny", "not_sure"):
        assert conversation.answers_form(tracker("blah", intent, asks="screening_age"))
    assert conversation.answers_form(tracker("blah?", "nlu_fallback", QUESTION, asks="screening_age"))


def test_a_symptom_in_a_question_still_answers_the_triage() -> None:
    latest = tracker(
        "it is red, ok?", "ask_pain", QUESTION, symptom("redness"), form="triage_form", asks="triage_day"
    )
    assert conversation.answers_form(latest)


def test_the_last_offer_is_the_one_of_the_turn_before() -> None:
    offer = bot("utter_flag_offer")
    assert conversation.last_offer(tracker("yes", "affirm", before=[user(), offer])) == "start_screening"
    assert (
        conversation.last_offer(
            tracker("yes", "affirm", before=[user(), offer, user(), bot("utter_ask_pain")])
        )
        is None
    )
    assert conversation.last_offer(tracker("yes", "affirm")) is None


def test_the_message_id_is_that_of_the_latest_message() -> None:
    assert conversation.message_id(tracker("yes", "affirm", before=[user()], message_id="m7")) == "m7"
