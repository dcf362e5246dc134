"""One message may hold several questions, or lean on the one before it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.shared.core.events import BotUttered

from engine.compound import MAX_ANSWERS
from engine.nlu.segments import segments
from engine.nlu.speech_acts import is_question
from engine.turn_planner import plan
from tests.engine.conftest import entity, tracker_with, user

# The word of a text that decides its intent, strongest first: a stand-in for the classifier.
WORDS = {
    "hurt": "ask_pain",
    "cost": "ask_cost",
    "price": "ask_cost",
    "make-up": "ask_makeup",
    "work out": "ask_exercise",
    "pores": "ask_pores",
    "pregnant": "ask_condition",
    "pus": "report_symptom",
    "book": "book_consultation",
    "sun": "ask_sun",
    "risky": "ask_risks",
    "why not": "affirm",
}
SIGNS = {
    "allergic to lidocaine": entity("condition", "anaesthetic_allergy"),
    "pregnant": entity("condition", "pregnancy"),
    "pus": entity("symptom", "pus", tier="call_clinic"),
    "cant breathe": entity("symptom", "trouble_breathing", tier="emergency"),
}


async def parse(text: str) -> dict[str, Any]:
    """Return a parse as Rasa gives it."""
    found = [intent for word, intent in WORDS.items() if word in text]
    intent, confidence = (found[0], 0.95 if len(found) == 1 else 0.4) if found else ("nlu_fallback", 0.2)
    entities = [{**sign, "start": text.index(word)} for word, sign in SIGNS.items() if word in text]
    if is_question(text):
        entities.append(entity("question", "yes", start=0))
    named = {"name": intent, "confidence": confidence}
    return {"text": text, "intent": named, "intent_ranking": [named], "entities": entities}


def intents(text: str, tracker: Any = None) -> list[str]:
    return [part.parse["intent"]["name"] for part in asyncio.run(plan(text, tracker, parse))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("does it hurt", ["does it hurt"]),
        ("does it hurt? what does it cost?", ["does it hurt?", "what does it cost?"]),
        ("does it hurt and how much is it", ["does it hurt", "how much is it"]),
        (
            "when can i work out, wear make-up, n drink",
            ["when can i work out", "when can i wear make-up", "when can i drink"],
        ),
        ("...", []),
    ],
)
def test_a_message_is_split_into_clauses(text: str, expected: list[str]) -> None:
    assert [segment.text for segment in segments(text)] == expected


def test_a_segment_knows_its_place() -> None:
    text = "does it hurt and how much is it"
    assert [text[segment.start : segment.end] for segment in segments(text)] == [
        "does it hurt",
        "how much is it",
    ]


def test_one_question_is_one_message() -> None:
    assert intents("does it hurt") == ["ask_pain"]


def test_questions_are_answered_in_the_order_asked() -> None:
    assert intents("what does it cost and does it hurt") == ["ask_cost", "ask_pain"]


def test_a_question_asked_twice_is_answered_once() -> None:
    assert intents("does it hurt? will it hurt a lot?") == ["ask_pain"]


def test_a_list_shares_the_head_of_its_question() -> None:
    assert intents("when can i work out, wear make-up") == ["ask_exercise", "ask_makeup"]


def test_no_more_than_four_are_answered() -> None:
    text = "does it hurt? what does it cost? is make-up ok? can i work out? does it help pores? can i go in the sun?"
    assert len(intents(text)) == MAX_ANSWERS


def test_a_disclosure_goes_with_the_first_answer() -> None:
    parts = asyncio.run(plan("im pregnant. what does it cost and does it hurt?", None, parse))
    assert [part.parse["intent"]["name"] for part in parts] == ["ask_cost", "ask_pain"]
    assert [found["value"] for found in parts[0].parse["entities"] if found["entity"] == "condition"] == [
        "pregnancy"
    ]
    assert not [found for found in parts[1].parse["entities"] if found["entity"] == "condition"]


def test_a_disclosure_in_a_question_of_its_own_is_flagged_with_the_other_answer() -> None:
    parts = asyncio.run(plan("can i if im pregnant? what does it cost?", None, parse))
    assert [part.parse["intent"]["name"] for part in parts] == ["ask_cost"]
    assert [found["value"] for found in parts[0].parse["entities"] if found["entity"] == "condition"] == [
        "pregnancy"
    ]


def test_a_statement_beside_a_question_is_background() -> None:
    assert intents("my pores are huge. what does it cost?") == ["ask_cost"]


def test_a_symptom_comes_first() -> None:
    assert intents("when can i wear make-up? theres pus on my chin")[0] == "report_symptom"


def test_a_form_comes_last() -> None:
    assert intents("can i book and what does it cost") == ["ask_cost", "book_consultation"]


def test_an_emergency_is_never_split() -> None:
    text = "i cant breathe. what does it cost? does it hurt?"
    assert [part.text for part in asyncio.run(plan(text, None, parse))] == [text]


def test_an_open_form_gets_the_whole_message() -> None:
    tracker = tracker_with(form="consultation_form", requested="note")
    text = "pores, and what does it cost?"
    assert [part.text for part in asyncio.run(plan(text, tracker, parse))] == [text]


def after_answer(topic: str, asked: str, **more: str) -> Any:
    metadata = {"metadata": {"kind": "answer", "topic": topic, **more}, "utter_action": f"utter_ask_{topic}"}
    return tracker_with(user(asked, f"ask_{topic}"), BotUttered("…", metadata=metadata))


@pytest.mark.parametrize("text", ["why?", "more", "tell me more please", "can you explain that", "y?"])
def test_asking_for_more_is_an_intent_of_its_own(text: str) -> None:
    assert intents(text, after_answer("pain", "does it hurt")) == ["ask_more"]


@pytest.mark.parametrize(
    "text", ["huh?", "in plain english", "sorry, i don't get it. can you say that again"]
)
def test_asking_for_simpler_words_is_an_intent_of_its_own(text: str) -> None:
    assert intents(text, after_answer("pain", "does it hurt")) == ["ask_simpler"]


@pytest.mark.parametrize("text", ["why does it hurt", "explain the price", "huh, does it hurt?"])
def test_a_question_with_a_topic_of_its_own_is_about_that(text: str) -> None:
    assert intents(text, after_answer("sun", "can i go in the sun")) in (["ask_pain"], ["ask_cost"])


def test_a_question_with_a_why_behind_it_is_answered_once() -> None:
    assert intents("does it hurt? why?") == ["ask_pain"]


def test_i_do_not_understand_is_no_no() -> None:
    [part] = asyncio.run(plan("i don't get it", after_answer("pain", "does it hurt"), parse))
    assert not [found for found in part.parse["entities"] if found["entity"] == "answer"]


def test_why_about_a_condition_is_about_that_condition() -> None:
    assert intents("why if im pregnant?", after_answer("pain", "does it hurt")) == ["ask_condition"]


def test_why_not_accepts_what_was_offered() -> None:
    offered = after_answer("scars", "does it help scars", offer="book_consultation")
    assert intents("why not", offered) == ["affirm"]
    assert intents("why not?", offered) == ["ask_more"]
    assert intents("why not", after_answer("sun", "can i go in the sun")) == ["ask_more"]


@pytest.mark.parametrize(
    "text", ["why do you ask?", "what do you mean?", "i don't understand the question", "explain"]
)
def test_a_forms_question_can_be_asked_about(text: str) -> None:
    [intent] = intents(text, tracker_with(form="screening_form", requested="note"))
    assert intent in ("ask_more", "ask_simpler")


@pytest.mark.parametrize("text", ["more info", "go on"])
def test_what_may_be_an_answer_is_left_to_the_form(text: str) -> None:
    assert intents(text, tracker_with(form="consultation_form", requested="note")) == ["nlu_fallback"]


def test_a_short_follow_up_is_read_with_the_question_before() -> None:
    assert intents("and that one?", after_answer("pores", "does it help pores")) == ["ask_pores"]


def test_a_follow_up_that_the_answer_does_not_cover_gets_more_than_the_answer() -> None:
    assert intents("and for 3?", after_answer("cost", "what does it cost")) == ["ask_more"]


def test_a_follow_up_that_names_its_own_topic_is_about_that() -> None:
    assert intents("and pores?", after_answer("cost", "what does it cost")) == ["ask_pores"]


@pytest.mark.parametrize(
    ("text", "topic", "expected"),
    [
        ("how long do they last?", "side_effects", "ask_recovery"),
        ("what about after", "preparation", "ask_aftercare"),
        ("mondays too?", "clinic", "ask_clinic"),
        ("pores too?", "scars", "ask_pores"),
    ],
)
def test_a_follow_up_goes_by_the_answer_before(text: str, topic: str, expected: str) -> None:
    assert intents(text, after_answer(topic, "hm")) == [expected]


def test_a_danger_of_some_treatments_is_in_their_own_answer() -> None:
    assert intents("is that risky", after_answer("rf", "do you do rf")) == ["ask_more"]
    assert intents("is that risky", after_answer("sun", "can i go in the sun")) == ["ask_risks"]


def after_condition(key: str, kind: str = "answer") -> Any:
    said = BotUttered("…", metadata={"metadata": {"kind": kind, "topic": key}})
    return tracker_with(user("hm", "ask_condition"), said)


@pytest.mark.parametrize("text", ["why?", "so what now"])
def test_a_follow_up_to_a_flag_is_about_it(text: str) -> None:
    assert intents(text, after_condition("eczema", "flag")) == ["ask_more"]


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("i get them myself", "keloid", ("keloid", "present")),
        ("i've got one now", "cold_sore_history", ("cold_sore_active", "present")),
        ("two days ago, chin", "recent_filler", ("recent_filler", "present")),
        ("my brother's, not mine", "eczema", ("eczema", "other_person")),
        ("and if you're pregnant", "eczema", ("pregnancy", "present")),
        ("lidocaine", "other_allergy", ("anaesthetic_allergy", "general")),
    ],
)
def test_a_condition_may_be_named_by_what_was_said_before(
    text: str, before: str, expected: tuple[str, str]
) -> None:
    [part] = asyncio.run(plan(text, after_condition(before), parse))
    assert part.parse["intent"]["name"] == "ask_condition"
    assert [(found["value"], found["assertion"]) for found in part.parse["entities"]] == [expected]


@pytest.mark.parametrize(
    ("text", "assertion"), [("so is that bad", "general"), ("and ive got it too now", "present")]
)
def test_a_condition_named_in_the_message_before_is_carried_on(text: str, assertion: str) -> None:
    metadata = {"metadata": {"kind": "answer", "topic": "sun"}, "utter_action": "utter_ask_sun"}
    tracker = tracker_with(user("hm im pregnant", "ask_sun"), BotUttered("…", metadata=metadata))
    [part] = asyncio.run(plan(text, tracker, parse_without_topics))
    assert part.parse["intent"]["name"] == "ask_condition"
    found = [entity for entity in part.parse["entities"] if entity["entity"] == "condition"]
    assert [(entity["value"], entity["assertion"]) for entity in found] == [("pregnancy", assertion)]


async def parse_without_topics(text: str) -> dict[str, Any]:
    """Return a parse in which the answer's topic alone says nothing."""
    return await parse(text.replace("sun ", ""))


def test_a_sure_question_beside_a_condition_is_answered() -> None:
    assert intents("does it hurt", after_condition("eczema")) == ["ask_pain"]


def test_without_a_topic_a_fragment_stays_what_it_is() -> None:
    assert intents("why?", tracker_with(user("hi", "greet"), BotUttered("Hello."))) == ["nlu_fallback"]
