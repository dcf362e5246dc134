"""Answers about conditions: whose it is and when decides what is said and kept."""

from __future__ import annotations

import pytest

from actions.action_answer_condition import ActionAnswerCondition
from actions.services import services
from clinic.database.models import Conversation
from tests.actions.helpers import QUESTION, condition, disclosed, run, stored, tracker


async def test_a_condition_of_the_speakers_own_is_flagged_and_a_screening_offered() -> None:
    done = await run(ActionAnswerCondition(), tracker("i have eczema", "ask_condition", condition("eczema")))
    assert done.said == [("flag", "eczema")]
    assert done.responses == ["utter_flag_offer"]
    assert await disclosed() == [("eczema", "present")]


async def test_a_flag_names_its_source_and_when_it_was_reviewed() -> None:
    done = await run(ActionAnswerCondition(), tracker("i have eczema", "ask_condition", condition("eczema")))
    eczema = services().conditions.conditions["eczema"]
    assert done.messages[0]["metadata"]["source"] == eczema.source
    assert done.messages[0]["metadata"]["reviewed"] == eczema.reviewed.isoformat()


@pytest.mark.parametrize("assertion", ["general", "hypothetical", "other_person"])
async def test_a_condition_in_general_is_answered_and_not_kept(assertion: str) -> None:
    done = await run(
        ActionAnswerCondition(), tracker("what about eczema", "ask_condition", condition("eczema", assertion))
    )
    assert done.said == [("answer", "eczema")]
    assert done.responses == []
    assert await disclosed() == []
    assert await stored(Conversation) == []


async def test_a_past_condition_has_its_own_wording_and_is_kept_as_past() -> None:
    done = await run(
        ActionAnswerCondition(), tracker("i had eczema", "ask_condition", condition("eczema", "historical"))
    )
    eczema = services().conditions.conditions["eczema"]
    assert done.said == [("answer", "eczema")]
    assert done.text.split("\n")[0] == eczema.past.split("\n")[0]
    assert await disclosed() == [("eczema", "historical")]


async def test_a_denied_condition_is_not_flagged() -> None:
    done = await run(
        ActionAnswerCondition(),
        tracker("i don't have eczema", "ask_condition", condition("eczema", "negated")),
    )
    assert done.said == []
    assert done.responses == ["utter_condition_negated"]


async def test_a_denial_takes_back_what_was_disclosed_before() -> None:
    await run(ActionAnswerCondition(), tracker("im pregnant", "ask_condition", condition("pregnancy")))
    await run(
        ActionAnswerCondition(),
        tracker("im not pregnant", "ask_condition", condition("pregnancy", "negated")),
    )
    assert await disclosed() == [("pregnancy", "present"), ("pregnancy", "negated")]


async def test_a_question_with_a_negation_denies_nothing() -> None:
    latest = tracker(
        "isn't pregnancy a problem?", "ask_condition", condition("pregnancy", "negated"), QUESTION
    )
    await run(ActionAnswerCondition(), latest)
    assert await disclosed() == []


async def test_what_the_speaker_has_comes_before_what_they_ask_about() -> None:
    latest = tracker(
        "can people with psoriasis come? i have eczema",
        "ask_condition",
        {**condition("psoriasis", "general"), "start": 0},
        {**condition("eczema"), "start": 40},
    )
    done = await run(ActionAnswerCondition(), latest)
    assert done.said == [("flag", "eczema"), ("answer", "psoriasis")]


async def test_a_denied_condition_beside_a_present_one_is_left_out() -> None:
    latest = tracker(
        "no diabetes but eczema", "ask_condition", condition("diabetes", "negated"), condition("eczema")
    )
    assert (await run(ActionAnswerCondition(), latest)).said == [("flag", "eczema")]


async def test_a_condition_that_nobody_listed_is_for_the_clinic() -> None:
    done = await run(ActionAnswerCondition(), tracker("i have gout", "ask_condition"))
    assert done.responses == ["utter_condition_unknown"]


async def test_every_condition_has_its_three_texts_filled() -> None:
    for key in services().conditions.conditions:
        for assertion in ("present", "historical", "general"):
            done = await run(ActionAnswerCondition(), tracker("", "ask_condition", condition(key, assertion)))
            assert done.said[0][1] == key
            assert "{" not in done.text
