"""Danger is found by meaning where no known word stands."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.emergency_detector import EmergencyDetector


def detected(
    confidence: float,
    *entities: dict[str, Any],
    text: str = "come over all strange",
    first: str = "ask_pain",
) -> list[dict[str, Any]]:
    """Return the entities of a message that means danger with this confidence; `first` is its likeliest intent."""
    ranking = [
        {"name": first, "confidence": 0.6},
        {"name": "report_emergency", "confidence": confidence},
    ]
    message = Message({"text": text, "intent_ranking": ranking, "entities": list(entities)})
    EmergencyDetector({"likelihood": 0.25}).process([message])
    return message.get("entities") or []


def test_a_likely_danger_becomes_an_emergency_sign() -> None:
    [sign] = detected(0.3)
    assert (sign["entity"], sign["tier"], sign["assertion"]) == ("symptom", "emergency", "present")


def test_an_unlikely_danger_does_not() -> None:
    assert detected(0.1) == []


def test_it_need_not_be_the_first_intent() -> None:
    assert len(detected(0.25)) == 1


@pytest.mark.parametrize("assertion", ["negated", "general", "historical", "present"])
def test_a_sign_that_is_named_decides_by_itself(assertion: str) -> None:
    sign = {"entity": "symptom", "value": "trouble_breathing", "tier": "emergency", "assertion": assertion}
    assert detected(0.9, sign) == [sign]


def test_less_is_needed_where_something_was_recognised() -> None:
    eczema = {"entity": "condition", "value": "eczema", "assertion": "present"}
    assert detected(0.16) == []
    assert len(detected(0.16, eczema)) == 2


def test_more_is_needed_where_an_urgent_sign_explains_the_message() -> None:
    fever = {"entity": "symptom", "value": "fever", "tier": "urgent", "assertion": "present"}
    assert detected(0.6, fever) == [fever]
    assert len(detected(0.9, fever)) == 2
    assert len(detected(0.6, {**fever, "assertion": "negated"})) == 2


def test_signs_of_other_tiers_decide_nothing() -> None:
    sign = {"entity": "symptom", "value": "redness", "tier": "expected", "assertion": "present"}
    assert len(detected(0.9, {**sign, "start": 0, "end": 3})) == 2


def test_more_is_needed_where_nothing_but_usual_signs_is_named() -> None:
    sign = {"entity": "symptom", "value": "redness", "tier": "expected", "assertion": "present"}
    whole = {**sign, "start": 0, "end": 100}
    assert len(detected(0.4, whole)) == 1
    assert len(detected(0.4, {**whole, "tier": "call_clinic"})) == 2


def said(text: str, words: str, entity: str, value: str, **more: str) -> dict[str, Any]:
    """Return an entity for words of a text."""
    start = text.index(words)
    return {"entity": entity, "value": value, "start": start, "end": start + len(words), **more}


def course(text: str, value: str, words: str, assertion: str = "present") -> list[dict[str, Any]]:
    """Return a swelling and how it goes, as said in a text."""
    sign = said(text, "swelling", "symptom", "swelling", tier="expected", assertion=assertion)
    return [sign, said(text, words, "trend", value)]


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("the swelling is less than last night", "better", "less than last night"),
        ("Hi there! The swelling has eased, all round.", "better", "eased"),
        ("swelling, it is the same", "same", "the same"),
        ("not being funny but the swelling is the same", "same", "the same"),
    ],
)
def test_more_is_needed_where_every_clause_tells_of_a_known_sign(text: str, value: str, words: str) -> None:
    told = course(text, value, words)
    assert detected(0.6, *told, text=text) == told
    assert len(detected(0.75, *told, text=text)) == 3


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("the swelling is better but i feel like ending things", "better", "better"),
        ("swelling eased, no fever. my hand drops everything", "better", "eased"),
        ("swelling the same, and somebody stands on my ribs", "same", "the same"),
        ("the swelling is worse", "worse", "worse"),
    ],
)
def test_a_clause_about_anything_else_or_a_worse_sign_keeps_the_care(
    text: str, value: str, words: str
) -> None:
    assert len(detected(0.26, *course(text, value, words), text=text)) == 3


def test_what_is_over_or_denied_explains_no_message() -> None:
    text = "the swelling is better"
    for assertion in ("negated", "historical"):
        told = course(text, "better", "better", assertion)
        assert len(detected(0.26, *told, text=text)) == 3


def test_what_only_gets_better_needs_as_much_as_any_message() -> None:
    text = "the swelling is better and i have a question for you"
    told = course(text, "better", "better")
    assert detected(0.2, *told, text=text) == told
    assert len(detected(0.2, *course(text.replace("better", "worse"), "worse", "worse"), text=text)) == 3


def test_more_is_needed_without_a_sign_where_the_message_is_about_something_else() -> None:
    clot = {"entity": "condition", "value": "blood_thinner", "assertion": "other_person"}
    assert detected(0.2, clot, first="ask_condition") == [clot]
    assert len(detected(0.25, clot, first="ask_condition")) == 2
    assert detected(0.2, clot, first="out_of_scope") == [clot]
    assert len(detected(0.2, clot, first="report_symptom")) == 2
    sore = {"entity": "symptom", "value": "pus", "tier": "call_clinic", "assertion": "present"}
    assert len(detected(0.2, clot, {**sore, "start": 0, "end": 3}, first="ask_condition")) == 3


def test_infection_with_weak_immunity_is_urgent_by_itself() -> None:
    text = "diabetic and pus on my chin, i wonder what to do"
    told = [
        said(text, "diabetic", "condition", "diabetes", assertion="present"),
        said(text, "pus", "symptom", "pus", tier="call_clinic", assertion="present"),
    ]
    assert detected(0.4, *told, text=text) == told
    assert len(detected(0.6, *told, text=text)) == 3
    worse = said(text, "wonder", "trend", "worse")
    assert len(detected(0.4, *told, worse, text=text)) == 4
