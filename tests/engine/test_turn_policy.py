"""What outranks the topic of a message."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import ActionExecuted, ActionReverted

from engine.policies.turn_policy import next_action
from tests.engine.conftest import entity, tracker_with, user

DANGER = entity("symptom", "throat_swelling", tier="emergency")
PREGNANT = entity("condition", "pregnancy")


def test_a_plain_question_is_left_to_the_rules() -> None:
    assert next_action(tracker_with(user("does it hurt", "ask_pain"))) is None


@pytest.mark.parametrize("intent", ["ask_pain", "affirm", "stop", "ask_condition"])
@pytest.mark.parametrize("form", [None, "consultation_form", "screening_form"])
def test_a_danger_sign_is_triaged_whatever_the_intent_and_form(intent: str, form: str) -> None:
    tracker = tracker_with(
        user("my throat is closing", intent, DANGER, PREGNANT), form=form, requested="note"
    )
    assert next_action(tracker) == "action_assess_symptom"


@pytest.mark.parametrize("assertion", ["negated", "general", "hypothetical", "historical"])
def test_a_danger_sign_that_nobody_has_now_is_not_triaged(assertion: str) -> None:
    sign = entity("symptom", "throat_swelling", tier="emergency", assertion=assertion)
    assert next_action(tracker_with(user("can my throat swell?", "ask_pain", sign))) is None


def test_another_persons_danger_sign_is_triaged() -> None:
    sign = entity("symptom", "throat_swelling", tier="emergency", assertion="other_person")
    assert (
        next_action(tracker_with(user("my daughters throat is swelling", "ask_pain", sign)))
        == "action_assess_symptom"
    )


def test_nothing_follows_a_triage() -> None:
    tracker = tracker_with(
        user("my throat is closing", "ask_pain", DANGER), ActionExecuted("action_assess_symptom")
    )
    assert next_action(tracker) == "action_listen"


def test_a_present_condition_is_flagged_before_the_question_is_answered() -> None:
    tracker = tracker_with(user("im pregnant, does it hurt?", "ask_pain", PREGNANT))
    assert next_action(tracker) == "action_flag_disclosure"


def test_after_the_flag_the_rules_answer_the_question() -> None:
    tracker = tracker_with(
        user("im pregnant, does it hurt?", "ask_pain", PREGNANT),
        ActionExecuted("action_flag_disclosure"),
        ActionReverted(),
    )
    assert next_action(tracker) is None


def test_a_message_about_the_condition_itself_is_flagged_once() -> None:
    assert next_action(tracker_with(user("im pregnant", "ask_condition", PREGNANT))) is None


def test_a_negated_condition_is_not_flagged() -> None:
    sign = entity("condition", "eczema", assertion="negated")
    assert next_action(tracker_with(user("no eczema. does it hurt?", "ask_pain", sign))) is None


def test_a_forms_answer_is_left_to_the_form() -> None:
    tracker = tracker_with(
        user("acne scars", "ask_scars"), form="consultation_form", requested="consultation_concern"
    )
    assert next_action(tracker) is None


def test_a_condition_named_in_the_screening_is_left_to_the_screening() -> None:
    tracker = tracker_with(
        user("actually i am on blood thinners", "ask_condition", entity("condition", "blood_thinner")),
        form="screening_form",
        requested="screening_cancer",
    )
    assert next_action(tracker) is None


@pytest.mark.parametrize("intent", ["ask_scars", "ask_condition"])
def test_a_condition_named_in_an_answer_to_another_form_is_flagged_once(intent: str) -> None:
    disclosure = user("scars, and i have keloids", intent, entity("condition", "keloid"))
    tracker = tracker_with(disclosure, form="consultation_form", requested="consultation_concern")
    assert next_action(tracker) == "action_flag_disclosure"
    tracker.update(ActionExecuted("action_flag_disclosure"))
    tracker.update(ActionReverted())
    assert next_action(tracker) is None


def test_a_question_about_a_condition_in_a_form_is_flagged_by_its_answer() -> None:
    disclosure = user(
        "i have keloids, is that bad?",
        "ask_condition",
        entity("condition", "keloid"),
        entity("question", "yes"),
    )
    tracker = tracker_with(disclosure, form="consultation_form", requested="consultation_concern")
    assert next_action(tracker) is None
