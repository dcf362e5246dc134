"""The screening: answers, conditions named on the way, corrections, the summary and the result."""

from __future__ import annotations

import pytest

from actions.action_flag_disclosure import ActionFlagDisclosure
from actions.screening_form import ActionAskScreeningConfirmed, ActionSubmitScreening, ValidateScreeningForm
from actions.services import services
from clinic.database.models import Screening
from tests.actions.helpers import (
    NO,
    QUESTION,
    UNSURE,
    YES,
    Data,
    Outcome,
    bot,
    condition,
    disclosed,
    responses,
    run,
    stored,
    tracker,
    user,
)

FORM = "screening_form"


def no_to_all() -> Data:
    return {question.slot: "no" for question in services().screening.questions}


async def say(asks: str, text: str, intent: str, *entities: Data, **more: Data | list[str]) -> Outcome:
    """Say something while a question of the screening is open."""
    latest = tracker(text, intent, *entities, form=FORM, asks=f"screening_{asks}", **more)  # type: ignore[arg-type]
    return await run(ValidateScreeningForm(), latest)


@pytest.mark.parametrize(
    ("text", "intent", "entity", "value"),
    [
        ("yes", "affirm", YES, "yes"),
        ("nope", "deny", NO, "no"),
        ("not sure", "not_sure", UNSURE, "unsure"),
        ("i do not think so, why", "nlu_fallback", NO, "no"),
    ],
)
async def test_yes_no_and_not_sure_answer_the_question(
    text: str, intent: str, entity: Data, value: str
) -> None:
    done = await say("health", text, intent, entity)
    assert done.slots == {"screening_health": value}
    assert done.responses == []


async def test_a_button_answers_the_question() -> None:
    assert (await say("health", "/deny", "deny")).slots == {"screening_health": "no"}


async def test_a_condition_of_the_question_is_a_yes() -> None:
    done = await say("health", "i'm diabetic", "ask_condition", condition("diabetes"))
    assert done.slots == {"screening_health": "yes"}
    assert done.responses == []
    assert await disclosed() == [("diabetes", "present")]


async def test_a_past_condition_of_the_question_is_a_yes() -> None:
    done = await say(
        "cancer", "i had chemo in 2015", "ask_condition", condition("chemotherapy", "historical")
    )
    assert done.slots == {"screening_cancer": "yes"}
    assert await disclosed() == [("chemotherapy", "historical")]


async def test_a_no_with_a_past_condition_stays_a_no_and_the_past_is_kept() -> None:
    done = await say("skin_medicines", "no, i stopped", "deny", NO, condition("retinoid", "historical"))
    assert done.slots == {"screening_skin_medicines": "no"}
    assert await disclosed() == [("retinoid", "historical")]


async def test_yes_with_an_earlier_questions_condition_corrects_that_question_alone() -> None:
    done = await say(
        "health",
        "yes, i do take a blood thinner",
        "affirm",
        YES,
        condition("blood_thinner"),
        slots={"screening_bleeding": "no"},
    )
    assert done.slots == {"screening_bleeding": "yes", "screening_health": None}
    assert done.responses == ["utter_screening_noted"]
    assert done.messages[0]["condition_name"] == services().conditions.conditions["blood_thinner"].name


async def test_yes_to_something_noted_before_is_no_answer_to_another_question() -> None:
    done = await say(
        "health",
        "yes like i said i take a blood thinner",
        "affirm",
        YES,
        condition("blood_thinner"),
        slots={"screening_bleeding": "yes"},
    )
    assert done.slots == {"screening_health": None}
    assert done.responses == ["utter_screening_reask"]


async def test_no_but_another_condition_answers_both_questions() -> None:
    done = await say("health", "no, but i have eczema", "deny", NO, condition("eczema"))
    assert done.slots == {"screening_skin_conditions": "yes", "screening_health": "no"}


async def test_denying_another_questions_condition_asks_that_question_again() -> None:
    done = await say(
        "health",
        "actually i'm not pregnant",
        "deny",
        NO,
        condition("pregnancy", "negated"),
        slots={"screening_pregnancy": "yes"},
    )
    assert done.slots == {"screening_pregnancy": None, "screening_health": None}
    assert done.responses == []


async def test_a_condition_of_a_later_question_is_noted_ahead() -> None:
    done = await say("pregnancy", "no but i'm on blood thinners", "deny", NO, condition("blood_thinner"))
    assert done.slots == {"screening_bleeding": "yes", "screening_pregnancy": "no"}


@pytest.mark.parametrize("assertion", ["general", "hypothetical", "other_person"])
async def test_a_condition_that_is_not_the_speakers_answers_nothing(assertion: str) -> None:
    done = await say(
        "skin_conditions", "my sister has eczema", "ask_condition", condition("eczema", assertion)
    )
    assert done.slots == {"screening_skin_conditions": None}
    assert done.responses == ["utter_screening_reask"]
    assert await disclosed() == []


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
async def test_what_is_no_answer_is_asked_again_with_the_choices(intent: str) -> None:
    done = await say("health", "purple", intent)
    assert done.slots == {"screening_health": None}
    assert done.responses == ["utter_screening_reask"]


async def test_a_question_of_the_persons_own_is_left_to_the_rules() -> None:
    assert (await say("health", "does it hurt?", "ask_pain", QUESTION)).events == []


async def test_a_topic_without_an_answer_is_left_to_the_rules() -> None:
    assert (await say("health", "tell me about scars", "ask_scars")).events == []


@pytest.mark.parametrize("intent", ["stop", "request_human", "ask_privacy"])
async def test_a_wish_to_leave_is_left_to_the_rules_even_with_a_condition(intent: str) -> None:
    done = await say("health", "stop, i am pregnant", intent, condition("pregnancy"))
    assert done.events == []
    assert done.messages == []
    assert await disclosed() == [("pregnancy", "present")]


async def test_a_question_with_a_disclosure_is_answered_first_and_noted_after() -> None:
    message = ("i take a blood thinner, does it hurt more?", "ask_pain", QUESTION, condition("blood_thinner"))
    first = await say("health", *message, slots={"screening_bleeding": "no"})
    assert first.events == []
    assert first.messages == []
    then = await say("health", *message, slots={"screening_bleeding": "no"}, since=["utter_ask_pain"])
    assert then.slots == {"screening_bleeding": "yes"}
    assert then.responses == ["utter_screening_noted"]


async def test_a_question_about_the_asked_condition_is_not_asked_again_after_its_answer() -> None:
    done = await say(
        "health",
        "i'm diabetic, is that bad?",
        "ask_condition",
        QUESTION,
        condition("diabetes"),
        since=["action_answer_condition"],
    )
    assert done.slots == {"screening_health": "yes"}
    assert done.responses == []


async def test_an_interruption_changes_nothing_when_the_form_comes_back() -> None:
    assert (await say("health", "does it hurt?", "ask_pain", QUESTION, since=["utter_ask_pain"])).events == []


@pytest.mark.parametrize("asks", [None, "consultation_time"])
async def test_a_screening_that_opens_forgets_the_one_before(asks: str | None) -> None:
    latest = tracker(
        "start", "start_screening", form=FORM, asks=asks, slots=no_to_all(), since=["utter_screening_start"]
    )
    done = await run(ValidateScreeningForm(), latest)
    assert set(done.slots) == {*no_to_all(), "screening_confirmed"}
    assert set(done.slots.values()) == {None}


async def test_a_condition_named_at_the_start_is_not_asked_about() -> None:
    latest = tracker("check me, i have eczema", "start_screening", condition("eczema"), form=FORM)
    done = await run(ValidateScreeningForm(), latest)
    assert {slot for slot, value in done.slots.items() if value} == {"screening_skin_conditions"}
    assert done.messages == []


async def test_the_summary_shows_each_answer() -> None:
    slots = {**no_to_all(), "screening_health": "unsure", "screening_bleeding": "yes"}
    done = await run(
        ActionAskScreeningConfirmed(), tracker("no", "deny", NO, form=FORM, asks="screening_age", slots=slots)
    )
    assert done.responses == ["utter_screening_summary"]
    lines = done.messages[0]["screening_summary"].splitlines()
    assert len(lines) == len(no_to_all())
    assert "- Bleeding or blood thinners: **Yes**" in lines
    assert "- Health problems: **Not sure**" in lines


async def test_yes_confirms_the_summary() -> None:
    assert (await say("confirmed", "all right", "affirm", YES, slots=no_to_all())).slots == {
        "screening_confirmed": "yes"
    }


async def test_no_at_the_summary_asks_what_to_change() -> None:
    done = await say("confirmed", "no", "deny", NO, slots=no_to_all())
    assert done.slots == {"screening_confirmed": None}
    assert done.responses == []
    latest = tracker("no", "deny", NO, form=FORM, asks="screening_confirmed", slots=no_to_all())
    assert (await run(ActionAskScreeningConfirmed(), latest)).responses == ["utter_screening_change"]


@pytest.mark.parametrize(
    ("text", "intent", "answer", "named", "was", "becomes"),
    [
        ("i do take a blood thinner", "affirm", YES, condition("blood_thinner"), "no", "yes"),
        ("no, i am on warfarin", "deny", NO, condition("blood_thinner"), "no", "yes"),
    ],
)
async def test_a_condition_named_at_the_summary_changes_its_answer_and_shows_it_again(
    text: str, intent: str, answer: Data, named: Data, was: str, becomes: str
) -> None:
    slots = {**no_to_all(), "screening_bleeding": was}
    done = await say("confirmed", text, intent, answer, named, slots=slots)
    assert done.slots == {"screening_bleeding": becomes, "screening_confirmed": None}
    assert done.responses == ["utter_screening_noted"]
    latest = tracker(text, intent, answer, named, form=FORM, asks="screening_confirmed", slots=slots)
    assert (await run(ActionAskScreeningConfirmed(), latest)).responses == ["utter_screening_summary"]


async def test_a_condition_denied_at_the_summary_asks_its_question_again() -> None:
    slots = {**no_to_all(), "screening_bleeding": "yes"}
    denied = condition("blood_thinner", "negated")
    done = await say("confirmed", "i don't take blood thinners", "deny", NO, denied, slots=slots)
    assert done.slots == {"screening_bleeding": None, "screening_confirmed": None}


async def test_yes_to_which_answer_to_change_confirms_nothing() -> None:
    asked = [user("no"), bot("utter_screening_change")]
    latest = tracker(
        "yes", "affirm", YES, form=FORM, asks="screening_confirmed", slots=no_to_all(), before=asked
    )
    done = await run(ValidateScreeningForm(), latest)
    assert done.slots == {"screening_confirmed": None}


async def test_yes_with_a_condition_at_the_summary_confirms_nothing() -> None:
    slots = {**no_to_all(), "screening_bleeding": "yes"}
    done = await say(
        "confirmed", "yes i take warfarin", "affirm", YES, condition("blood_thinner"), slots=slots
    )
    assert done.slots == {"screening_confirmed": None}


async def test_a_question_at_the_summary_shows_the_summary_again_after_its_answer() -> None:
    latest = tracker(
        "no wait does it hurt?",
        "ask_pain",
        NO,
        QUESTION,
        form=FORM,
        asks="screening_confirmed",
        slots=no_to_all(),
        since=["utter_ask_pain"],
    )
    assert (await run(ValidateScreeningForm(), latest)).events == []
    assert (await run(ActionAskScreeningConfirmed(), latest)).responses == ["utter_screening_summary"]


async def test_a_screening_without_a_flag_is_stored_and_nothing_promised() -> None:
    done = await run(ActionSubmitScreening(), tracker("yes", "affirm", slots=no_to_all()))
    assert done.responses == ["utter_screening_result_clear"]
    assert set(done.slots.values()) == {None}
    [row] = await stored(Screening)
    assert set(row.answers.values()) == {"no"}
    assert row.flags == []


async def test_a_yes_and_a_not_sure_are_flagged_the_strongest_first() -> None:
    slots = {**no_to_all(), "screening_health": "unsure", "screening_pregnancy": "yes"}
    done = await run(ActionSubmitScreening(), tracker("yes", "affirm", slots=slots))
    assert done.responses == ["utter_screening_result_flags"]
    assert [line.split(":")[0] for line in done.messages[0]["screening_flags"].splitlines()] == [
        "- **Pregnancy or breastfeeding",
        "- **Health problems",
    ]
    [row] = await stored(Screening)
    assert [flag["question"] for flag in row.flags] == ["pregnancy", "health"]


async def test_what_was_disclosed_in_the_chat_is_flagged_in_spite_of_a_no() -> None:
    await run(ActionFlagDisclosure(), tracker("i have eczema, does it hurt", "ask_pain", condition("eczema")))
    done = await run(ActionSubmitScreening(), tracker("yes", "affirm", slots=no_to_all()))
    assert "eczema" in done.messages[0]["screening_flags"].lower()


async def test_what_was_taken_back_at_the_summary_is_not_flagged() -> None:
    await say("bleeding", "yes warfarin", "affirm", YES, condition("blood_thinner"))
    slots = {**no_to_all(), "screening_bleeding": "yes"}
    await say(
        "confirmed", "no i don't take it", "deny", NO, condition("blood_thinner", "negated"), slots=slots
    )
    done = await run(ActionSubmitScreening(), tracker("yes", "affirm", slots=no_to_all()))
    assert done.responses == ["utter_screening_result_clear"]


async def test_every_question_has_a_slot_and_a_wording() -> None:
    for question in services().screening.questions:
        assert f"utter_ask_{FORM}_{question.slot}" in responses()


async def test_back_asks_the_question_before_again() -> None:
    done = await say(
        "scarring", "go back", "go_back", slots={"screening_pregnancy": "no", "screening_skin_now": "yes"}
    )
    assert done.slots == {"screening_skin_now": None}


async def test_back_from_the_summary_asks_the_last_question_again() -> None:
    assert (await say("confirmed", "/go_back", "go_back", slots=no_to_all())).slots == {"screening_age": None}


async def test_back_at_the_first_question_asks_it_again() -> None:
    assert (await say("pregnancy", "back", "go_back")).slots == {"screening_pregnancy": None}
