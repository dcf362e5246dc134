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


FEVER = entity("symptom", "fever", tier="urgent")
DARK = entity("symptom", "dark_patches", tier="call_clinic")
PUS = entity("symptom", "pus", tier="call_clinic")
PEELING = entity("symptom", "peeling", tier="expected")
ASKS = {"entity": "question", "value": "yes"}


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("there is pus since you needled my chin, can i wear foundation", PUS),
        ("got mine done on friday and the chin is full of pus", PUS),
        ("peeling 9 days after my session, what cream", PEELING),
        ("i am boiling and shivery, hurts this much", FEVER),
    ],
)
def test_a_sign_after_a_treatment_is_checked_whatever_the_topic(text: str, sign: dict[str, object]) -> None:
    tracker = tracker_with(user(text, "ask_pain", sign))
    assert next_action(tracker) == "action_check_symptom"
    tracker.update(ActionExecuted("action_check_symptom"))
    assert next_action(tracker) == "action_listen"


def test_a_check_that_finds_nothing_leaves_the_message_its_flag_and_answer() -> None:
    tracker = tracker_with(user("peeling since my session, and im pregnant", "ask_pain", PEELING, PREGNANT))
    for action in ("action_check_symptom", "action_flag_disclosure"):
        assert next_action(tracker) == action
        tracker.update(ActionExecuted(action))
        tracker.update(ActionReverted())
    assert next_action(tracker) is None


@pytest.mark.parametrize(
    ("text", "intent", "sign"),
    [
        ("can i come with pus on my chin?", "ask_condition", PUS),
        ("i have dark marks, will it help", "ask_scars", DARK),
        ("how long does peeling last after a session?", "ask_pain", {**PEELING, "assertion": "general"}),
        ("fever today, can i still come tomorrow", "ask_pain", FEVER),
    ],
)
def test_a_sign_that_belongs_to_no_treatment_is_left_alone(
    text: str, intent: str, sign: dict[str, object]
) -> None:
    assert next_action(tracker_with(user(text, intent, sign, ASKS))) is None


@pytest.mark.parametrize(
    ("form", "sign", "action"),
    [
        ("consultation_form", FEVER, "action_check_symptom"),
        ("consultation_form", PUS, None),
        ("triage_form", PUS, "action_assess_symptom"),
        ("triage_form", PEELING, None),
    ],
)
def test_in_a_form_only_what_is_grave_enough_counts(form: str, sign: dict[str, object], action: str) -> None:
    message = user("since you did my face i have it", "ask_pain", sign)
    assert next_action(tracker_with(message, form=form, requested="note")) == action


def test_a_bare_sign_is_a_report() -> None:
    assert next_action(tracker_with(user("so peely", "ask_pain", PEELING))) == "action_assess_symptom"


def test_is_this_normal_is_a_report() -> None:
    message = user("is this peeling normal?", "ask_pain", PEELING, ASKS)
    assert next_action(tracker_with(message)) == "action_assess_symptom"


def test_a_likely_report_after_a_treatment_is_triaged_without_any_sign() -> None:
    message = user("since my appointment it goes like a washboard", "ask_pain")
    assert next_action(tracker_with(message)) is None
    message.parse_data["intent_ranking"] = [{"name": "report_symptom", "confidence": 0.4}]
    assert next_action(tracker_with(message)) == "action_assess_symptom"


HIV = entity("condition", "immunosuppression")
OOZING = entity("symptom", "oozing", tier="call_clinic")


def test_a_disclosure_with_a_sign_of_infection_is_flagged_and_then_triaged() -> None:
    tracker = tracker_with(user("hiv here, a needle mark is weeping", "ask_condition", HIV, OOZING))
    assert next_action(tracker) == "action_flag_disclosure"
    tracker.update(ActionExecuted("action_flag_disclosure"))
    tracker.update(ActionReverted())
    assert next_action(tracker) == "action_check_symptom"
    tracker.update(ActionExecuted("action_check_symptom"))
    tracker.update(ActionReverted())
    assert next_action(tracker) == "action_listen"


def test_another_persons_weak_immunity_counts_too() -> None:
    theirs = {**HIV, "assertion": "other_person"}
    message = user("dad is on chemo and his chin is weeping", "ask_condition", theirs, OOZING)
    assert next_action(tracker_with(message)) == "action_check_symptom"


@pytest.mark.parametrize(
    ("text", "condition", "sign"),
    [
        ("i have eczema and it weeps", entity("condition", "eczema"), OOZING),
        ("i am diabetic with dark marks", entity("condition", "diabetes"), DARK),
        ("hiv here, can i come with a weepy chin?", HIV, OOZING),
        ("i had chemo once, my acne is weepy", {**HIV, "assertion": "historical"}, OOZING),
    ],
)
def test_a_disclosure_without_danger_stays_one(
    text: str, condition: dict[str, object], sign: dict[str, object]
) -> None:
    asked = (ASKS,) if "?" in text else ()
    assert next_action(tracker_with(user(text, "ask_condition", condition, sign, *asked))) is None


def test_a_cold_sore_after_a_session_is_flagged_and_triaged() -> None:
    sore = entity("symptom", "cold_sore_outbreak", tier="call_clinic")
    text = "crop of cold sores today, the session was on thursday"
    tracker = tracker_with(user(text, "ask_condition", sore, entity("condition", "cold_sore_active")))
    assert next_action(tracker) == "action_flag_disclosure"
    tracker.update(ActionExecuted("action_flag_disclosure"))
    tracker.update(ActionReverted())
    assert next_action(tracker) == "action_check_symptom"


def test_an_urgent_sign_is_checked_in_a_message_that_seems_out_of_scope() -> None:
    message = user("freezing under two quilts, teeth chattering", "out_of_scope", FEVER)
    assert next_action(tracker_with(message)) == "action_check_symptom"


def test_a_sign_after_a_treatment_is_asked_about_where_no_topic_is_known() -> None:
    message = user("my fourth session, pink this morning", "nlu_fallback", PEELING)
    assert next_action(tracker_with(message)) == "action_assess_symptom"


def test_an_animal_that_is_ill_is_out_of_scope() -> None:
    sick = entity("symptom", "feeling_very_unwell", tier="urgent")
    assert next_action(tracker_with(user("the cat has been sick", "out_of_scope", sick))) is None
