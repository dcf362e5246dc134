"""A symptom is answered at once when it can be, and after a few questions when not."""

from __future__ import annotations

import pytest

from actions.action_answer_condition import ActionAnswerCondition
from actions.action_assess_symptom import ActionAssessSymptom, ActionCheckSymptom
from actions.services import services
from actions.triage_form import ActionSubmitTriage, ValidateTriageForm
from clinic.database.models import SymptomReport
from tests.actions.helpers import (
    NO,
    QUESTION,
    UNSURE,
    YES,
    Data,
    Outcome,
    condition,
    fact,
    responses,
    run,
    stored,
    symptom,
    tracker,
)

SLOTS = {"triage_signs", "triage_day", "triage_trend", "triage_warning"}
CLEARED = dict.fromkeys(SLOTS)
RED: Data = {"triage_signs": ["redness"], "triage_day": None, "triage_trend": None, "triage_warning": None}


async def assess(text: str, *entities: Data, **more: str | Data) -> Outcome:
    """Report a symptom."""
    return await run(ActionAssessSymptom(), tracker(text, "report_symptom", *entities, **more))  # type: ignore[arg-type]


async def say(asks: str, text: str, intent: str, *entities: Data, **more: Data | list[str]) -> Outcome:
    """Answer a clarifying question about redness."""
    latest = tracker(
        text,
        intent,
        *entities,
        form="triage_form",
        asks=f"triage_{asks}",
        **{"slots": RED, **more},  # type: ignore[arg-type]
    )
    return await run(ValidateTriageForm(), latest)


@pytest.mark.parametrize(
    ("sign", "response"),
    [
        ("throat_tongue_swelling", "utter_triage_emergency"),
        ("self_harm", "utter_triage_crisis"),
        ("child_numbing_cream", "utter_triage_poison"),
        ("fever", "utter_triage_urgent"),
        ("pus", "utter_triage_call_clinic"),
    ],
)
async def test_a_serious_sign_is_answered_at_once_and_stored(sign: str, response: str) -> None:
    done = await assess("…", symptom(sign))
    assert done.responses == [response]
    assert done.slots == CLEARED
    [row] = await stored(SymptomReport)
    assert row.signs == [sign]
    assert row.tier == responses()[response]["metadata"]["severity"]


async def test_a_crisis_beside_another_emergency_names_both_lines_to_call() -> None:
    done = await assess("…", symptom("overdose"), symptom("self_harm"))
    assert done.responses == ["utter_triage_emergency", "utter_triage_crisis"]


@pytest.mark.parametrize("sign", ["throat_tongue_swelling", "pus"])
@pytest.mark.parametrize("form", ["screening_form", "consultation_form", "triage_form"])
async def test_an_answer_closes_an_open_form(sign: str, form: str) -> None:
    done = await assess("…", symptom(sign), form=form, asks="whatever")
    assert {"event": "active_loop", "timestamp": None, "name": None} in done.events
    assert done.slots["requested_slot"] is None
    assert done.responses


async def test_another_persons_sign_is_triaged() -> None:
    done = await assess("my daughter can't breathe", symptom("trouble_breathing", "other_person"))
    assert done.responses == ["utter_triage_emergency"]


@pytest.mark.parametrize("assertion", ["negated", "general", "hypothetical", "historical"])
async def test_a_sign_that_nobody_has_now_decides_nothing(assertion: str) -> None:
    done = await assess("…", symptom("trouble_breathing", assertion))
    assert done.messages == []
    assert done.other_events[0]["name"] == "triage_form"
    assert done.slots["triage_signs"] == []


async def test_a_usual_sign_is_asked_about_with_what_was_said_kept() -> None:
    done = await assess("red since yesterday", symptom("redness"), fact("day", "1"), fact("trend", "same"))
    assert done.messages == []
    assert done.slots == {**RED, "triage_day": "1", "triage_trend": "same"}
    assert [event["name"] for event in done.other_events] == ["triage_form"]
    assert await stored(SymptomReport) == []


async def test_a_new_report_forgets_the_one_before() -> None:
    old = {
        "triage_signs": ["trouble_breathing"],
        "triage_day": "9",
        "triage_trend": "worse",
        "triage_warning": "yes",
    }
    done = await assess("im red", symptom("redness"), slots=old)
    assert done.slots == RED


async def test_a_report_during_the_questions_adds_to_the_first() -> None:
    done = await assess("and now pus", symptom("pus"), form="triage_form", asks="triage_day", slots=RED)
    assert done.responses == ["utter_triage_call_clinic"]
    [row] = await stored(SymptomReport)
    assert row.signs == ["pus", "redness"]


async def test_a_condition_disclosed_before_makes_a_sign_of_infection_urgent() -> None:
    await run(ActionAnswerCondition(), tracker("i'm diabetic", "ask_condition", condition("diabetes")))
    assert (await assess("there is pus", symptom("pus"))).responses == ["utter_triage_urgent"]


async def test_a_condition_in_the_same_message_counts_too() -> None:
    done = await assess("diabetic with pus", symptom("pus"), condition("diabetes"))
    assert done.responses == ["utter_triage_urgent"]


async def test_another_persons_condition_does_not_count() -> None:
    done = await assess(
        "my mom is diabetic, i have pus", symptom("pus"), condition("diabetes", "other_person")
    )
    assert done.responses == ["utter_triage_call_clinic"]


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("mother is on chemo. now one cheek is weeping", "present"),
        ("my husband is diabetic and his chin has pus", "other_person"),
        ("nan is diabetic and i think her chin has pus", "other_person"),
        ("my gran is diabetic, i have noticed pus on one cheek", "present"),
        ("dad has diabetes and there is pus", "present"),
    ],
)
async def test_another_persons_condition_counts_for_their_sign(text: str, whose: str) -> None:
    done = await assess(text, symptom("pus", whose), condition("diabetes", "other_person"))
    assert done.responses == ["utter_triage_urgent"]


@pytest.mark.parametrize(
    "text",
    [
        "dad is diabetic, i've got pus",
        "my chin has pus, my mum is diabetic",
        "i'm full of pus, sis is diabetic",
    ],
)
async def test_another_persons_condition_does_not_count_for_the_own_sign(text: str) -> None:
    done = await assess(text, symptom("pus"), condition("diabetes", "other_person"))
    assert done.responses == ["utter_triage_call_clinic"]


async def test_a_sign_that_is_nearly_gone_is_told() -> None:
    gone = symptom("redness", "historical")
    done = await assess("redness nearly gone", gone, fact("day", "3"), fact("trend", "better"))
    assert done.responses == ["utter_triage_expected_day_3"]


@pytest.mark.parametrize(
    "text", ["the redness isn't spreading", "Redness has not spread.", "red isnt moving"]
)
async def test_redness_that_does_not_spread_is_there(text: str) -> None:
    denied = [symptom("redness", "negated"), symptom("spreading_redness", "negated")]
    done = await assess(text, *denied, fact("day", "2"), fact("trend", "better"))
    assert done.responses == ["utter_triage_expected_day_2"]


async def test_redness_that_is_denied_is_not_there() -> None:
    done = await assess(
        "no redness", symptom("redness", "negated"), fact("day", "2"), fact("trend", "better")
    )
    assert done.responses == ["utter_triage_call_clinic"]


@pytest.mark.parametrize(
    ("asks", "text", "intent", "entities", "value"),
    [
        ("day", "yesterday", "nlu_fallback", [fact("day", "1")], "1"),
        ("day", "2", "nlu_fallback", [], "2"),
        ("day", "day 3 i guess", "ask_recovery", [], "3"),
        ("trend", "it's getting better", "ask_recovery", [fact("trend", "better")], "better"),
        ("trend", "the same", "nlu_fallback", [fact("trend", "same")], "same"),
        ("warning", "no", "deny", [NO], "no"),
    ],
)
async def test_an_answer_fills_what_was_asked(
    asks: str, text: str, intent: str, entities: list[Data], value: str
) -> None:
    done = await say(asks, text, intent, *entities)
    assert done.slots == {**RED, f"triage_{asks}": value}


@pytest.mark.parametrize("asks", ["day", "trend", "warning"])
@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("no clue", "not_sure", [UNSURE]),
        ("purple", "nlu_fallback", []),
        ("what?", "nlu_fallback", [QUESTION]),
        ("the weather", "out_of_scope", []),
        ("39.5 or 40", "nlu_fallback", []),
    ],
)
async def test_an_answer_that_is_not_understood_is_never_asked_twice(
    asks: str, text: str, intent: str, entities: list[Data]
) -> None:
    assert (await say(asks, text, intent, *entities)).slots == {**RED, f"triage_{asks}": "unknown"}


async def test_an_unknown_answer_stays_unknown_while_the_next_is_asked() -> None:
    slots = {**RED, "triage_day": "unknown"}
    done = await say("trend", "better", "nlu_fallback", fact("trend", "better"), slots=slots)
    assert done.slots == {**slots, "triage_trend": "better"}


async def test_one_message_may_answer_everything() -> None:
    done = await say(
        "day", "2 days ago, no different", "nlu_fallback", fact("day", "2"), fact("trend", "same")
    )
    assert done.slots == {**RED, "triage_day": "2", "triage_trend": "same"}


@pytest.mark.parametrize(
    ("asks", "text", "entities"),
    [
        ("trend", "worse", [fact("trend", "worse")]),
        ("warning", "yes a fever", [YES]),
        ("day", "now there is pus", [symptom("pus")]),
        ("day", "9 days ago", [fact("day", "9")]),
        ("day", "2 days ago, getting better", [fact("day", "2"), fact("trend", "better")]),
    ],
)
async def test_the_questions_end_as_soon_as_the_answer_is_known(
    asks: str, text: str, entities: list[Data]
) -> None:
    assert (await say(asks, text, "report_symptom", *entities)).slots["requested_slot"] is None


async def test_a_question_on_a_topic_is_left_to_the_rules() -> None:
    assert (await say("day", "can i wear makeup?", "ask_makeup", QUESTION)).events == []


@pytest.mark.parametrize("intent", ["stop", "request_human", "ask_privacy"])
async def test_a_wish_to_leave_is_left_to_the_rules(intent: str) -> None:
    assert (await say("day", "stop", intent, symptom("redness"))).events == []


async def test_an_interruption_answers_no_question() -> None:
    done = await say("day", "can i wear makeup?", "ask_makeup", QUESTION, since=["utter_ask_makeup"])
    assert done.slots == RED


async def test_opening_keeps_what_the_report_said() -> None:
    latest = tracker(
        "im red",
        "report_symptom",
        symptom("redness"),
        form="triage_form",
        asks="screening_age",
        slots=RED,
        since=["action_assess_symptom"],
    )
    assert (await run(ValidateTriageForm(), latest)).slots == RED


@pytest.mark.parametrize(
    ("day", "response"),
    [
        ("0", "utter_triage_expected_day_0"),
        ("2", "utter_triage_expected_day_2"),
        ("3", "utter_triage_expected_day_3"),
    ],
)
async def test_a_usual_sign_that_eases_gets_the_answer_of_its_day(day: str, response: str) -> None:
    slots = {**RED, "triage_day": day, "triage_trend": "better", "triage_warning": "no"}
    done = await run(ActionSubmitTriage(), tracker("no", "deny", NO, slots=slots))
    assert done.responses == [response]
    assert done.slots == CLEARED
    [row] = await stored(SymptomReport)
    assert (row.signs, row.day, row.trend, row.tier) == (["redness"], int(day), "better", "expected")


@pytest.mark.parametrize("unknown", ["triage_day", "triage_trend", "triage_warning"])
async def test_what_stays_unknown_is_a_reason_to_call_the_clinic(unknown: str) -> None:
    slots = {**RED, "triage_day": "1", "triage_trend": "better", "triage_warning": "no", unknown: "unknown"}
    done = await run(ActionSubmitTriage(), tracker("dunno", "not_sure", UNSURE, slots=slots))
    assert done.responses == ["utter_triage_call_clinic"]


async def test_every_sign_alone_gets_an_answer_or_a_question() -> None:
    for key, sign in services().symptoms.signs.items():
        done = await assess("…", symptom(key))
        assert done.responses or done.other_events[0]["name"] == "triage_form", key
        if sign.tier == "emergency":
            assert responses()[done.responses[0]]["metadata"]["severity"] == "emergency", key


@pytest.mark.parametrize(
    ("sign", "told", "response"),
    [
        ("pus", [], "utter_triage_call_clinic"),
        ("fever", [], "utter_triage_urgent"),
        ("redness", [("day", "9")], "utter_triage_call_clinic"),
    ],
)
async def test_a_sign_beside_another_topic_is_answered_where_it_is_grave(
    sign: str, told: list[tuple[str, str]], response: str
) -> None:
    latest = tracker("…", "ask_makeup", symptom(sign), *(fact(*one) for one in told))
    done = await run(ActionCheckSymptom(), latest)
    assert done.responses == [response]
    assert done.slots == CLEARED
    assert len(await stored(SymptomReport)) == 1


async def test_a_usual_sign_beside_another_topic_is_left_to_its_answer() -> None:
    done = await run(ActionCheckSymptom(), tracker("…", "ask_makeup", symptom("redness"), fact("day", "1")))
    assert done.responses == []
    assert [event["event"] for event in done.events] == ["undo"]
    assert await stored(SymptomReport) == []
