"""What a short message means by what was said before it, by its words alone."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import BotUttered, Event

from engine.follow_ups import (
    ASK_MORE,
    ASK_SIMPLER,
    Topic,
    asks_what_now,
    claimed,
    elaboration,
    last_topic,
    next_topic,
)
from tests.engine.conftest import tracker_with, user


@pytest.mark.parametrize(
    "text",
    [
        "Why?",
        "y?",
        "but why",
        "ok and why is that",
        "how come??",
        "tell me a bit more please",
        "go on then",
        "could you explain that",
        "like what",
        "for example?",
        "why do you ask",
        "why does that matter tho",
        "explain in more detail please",
    ],
)
def test_asking_for_more_is_told_by_its_words(text: str) -> None:
    assert elaboration(text) == ASK_MORE


@pytest.mark.parametrize(
    "text",
    [
        "Simpler please",
        "in plain English pls",
        "can you dumb that down",
        "ELI5",
        "tl;dr",
        "huh??",
        "pardon me?",
        "sorry i don’t get it, can you explain",
        "wdym",
        "what does that mean",
        "too many big words",
        "what?",
        "i dont understand the question",
        "Confused.",
        "could you say that in simple words for me",
    ],
)
def test_asking_for_simpler_words_is_told_by_its_words(text: str) -> None:
    assert elaboration(text) == ASK_SIMPLER


@pytest.mark.parametrize(
    "text",
    [
        "why does it hurt",
        "why do i need six",
        "tell me more about prp",
        "explain the procedure",
        "more sessions?",
        "im confused about the price",
        "what does rf mean",
        "i don't understand the risks",
        "is it simple",
        "what about after",
        "y",
        "yes",
        "no but why",
        "not sure",
        "",
        "?",
        "how long",
        "too long a wait",
    ],
)
def test_a_message_with_a_topic_of_its_own_asks_for_neither(text: str) -> None:
    assert elaboration(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("so what now?", True), ("ok what should i do", True), ("what do i do about the redness", False)],
)
def test_asking_what_comes_next_is_told_by_its_words(text: str, *, expected: bool) -> None:
    assert asks_what_now(text) is expected


@pytest.mark.parametrize(
    ("text", "topic", "expected"),
    [
        ("what about afterwards?", "preparation", "aftercare"),
        ("and after that", "procedure", "aftercare"),
        ("and before?", "aftercare", "preparation"),
        ("how long do they last", "side_effects", "recovery"),
        ("how long does that take to go away", "post_treatment", "recovery"),
        ("for how long?", "sun", "sun"),
        ("how long does it last", "numbing", "numbing"),
        ("how long does it take to kick in", "pain", "numbing"),
        ("how long does it take", "how_it_works", None),
        ("how long until i can wear make-up", "sun", None),
        ("day 3?", "recovery", "recovery"),
        ("what about day 3", "cost", None),
        ("for 3?", "cost", "cost"),
        ("just 1?", "sessions", "sessions"),
        ("19", "age", "age"),
        ("19", "pain", None),
    ],
)
def test_a_question_without_words_of_its_own_goes_by_the_answer_before(
    text: str, topic: str, expected: str | None
) -> None:
    assert next_topic(text, topic) == expected


@pytest.mark.parametrize(
    ("text", "condition", "expected"),
    [
        ("i get them myself", "keloid", ("keloid", "present")),
        ("me too", "eczema", ("eczema", "present")),
        ("oh, I’ve got that on my arms", "psoriasis", ("psoriasis", "present")),
        ("i used to have it", "eczema", ("eczema", "historical")),
        ("i had it", "recent_filler", ("recent_filler", "present")),
        ("well ive got one right now", "cold_sore_history", ("cold_sore_active", "present")),
        ("it's me actually, 10 weeks", "pregnancy", ("pregnancy", "present")),
        ("its on my knees, got it now", "psoriasis", ("psoriasis", "present")),
        ("well i do have it, since i was a boy", "metal_allergy", ("metal_allergy", "present")),
        ("one just popped up yesterday", "cold_sore_history", ("cold_sore_active", "present")),
        ("about three days ago, chin", "recent_filler", ("recent_filler", "present")),
        ("five years ago", "recent_filler", ("recent_filler", "historical")),
        ("2 months back", "isotretinoin_past", ("isotretinoin_past", "present")),
        ("no, my brother's, not mine", "blood_thinner", ("blood_thinner", "other_person")),
        ("three days ago", "eczema", None),
        ("my brother is not well", "blood_thinner", None),
        ("i don't have it", "eczema", None),
        ("can i have it", "eczema", None),
        ("i have it booked", "eczema", None),
    ],
)
def test_a_condition_can_be_claimed_by_a_pronoun(
    text: str, condition: str, expected: tuple[str, str] | None
) -> None:
    assert claimed(text, condition) == expected


def said(kind: str, topic: str, response: str | None = None, **more: str) -> Event:
    metadata: dict[str, object] = {"metadata": {"kind": kind, "topic": topic, **more}}
    if response:
        metadata["utter_action"] = response
    return BotUttered("…", metadata=metadata)


def topic_after(*events: Event) -> Topic | None:
    return last_topic(tracker_with(user("hi", "greet"), *events))


def test_the_last_answer_is_found_behind_the_questions_after_it() -> None:
    topic = topic_after(
        said("flag", "eczema"), said("question", "screening", "utter_flag_offer", offer="start_screening")
    )
    assert topic == Topic("eczema", "flag", "", offers=True)
    assert topic.is_condition
    assert topic.intent is None


@pytest.mark.parametrize("way", ["ask", "more", "simple"])
def test_an_explained_answer_keeps_its_topic(way: str) -> None:
    topic = topic_after(said("answer", "side_effects", f"utter_{way}_side_effects"))
    assert topic is not None
    assert (topic.intent, topic.words, topic.is_condition) == ("ask_side_effects", "side effects", False)


@pytest.mark.parametrize("response", ["utter_more_condition_eczema", "utter_simple_condition_avoid"])
def test_an_explained_condition_stays_a_condition(response: str) -> None:
    topic = topic_after(said("answer", "eczema", response))
    assert topic is not None
    assert topic.is_condition
    assert topic.intent is None


def test_after_the_last_word_on_a_topic_it_is_still_the_topic() -> None:
    topic = topic_after(said("handoff", "pain", "utter_elaborate_enough"))
    assert topic is not None
    assert topic.name == "pain"


@pytest.mark.parametrize("kind", ["greeting", "smalltalk", "fallback", "handoff"])
def test_after_anything_else_there_is_no_topic(kind: str) -> None:
    assert topic_after(said("answer", "pain", "utter_ask_pain"), said(kind, "thank", "utter_thank")) is None


def test_a_conversation_without_replies_has_no_topic() -> None:
    assert topic_after() is None
