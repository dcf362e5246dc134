"""Danger is found by meaning where no known word stands."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.emergency_detector import EmergencyDetector


def detected(confidence: float, *entities: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entities of a message that means danger with this confidence."""
    ranking = [
        {"name": "ask_pain", "confidence": 0.6},
        {"name": "report_emergency", "confidence": confidence},
    ]
    message = Message(
        {"text": "come over all strange", "intent_ranking": ranking, "entities": list(entities)}
    )
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
    assert len(detected(0.9, sign)) == 2
