"""A condition named on the way is flagged before the message is answered."""

from __future__ import annotations

import pytest

from actions.action_flag_disclosure import ActionFlagDisclosure
from tests.actions.helpers import condition, disclosed, run, tracker


async def test_a_disclosure_is_flagged_kept_and_the_turn_left_to_the_rules() -> None:
    done = await run(
        ActionFlagDisclosure(), tracker("im pregnant, does it hurt", "ask_pain", condition("pregnancy"))
    )
    assert done.said == [("flag", "pregnancy")]
    assert done.responses == []
    assert [event["event"] for event in done.events] == ["undo"]
    assert await disclosed() == [("pregnancy", "present")]


async def test_each_condition_that_is_present_is_flagged_once() -> None:
    latest = tracker(
        "eczema and lupus, no diabetes, had a peel",
        "ask_pain",
        condition("eczema"),
        condition("eczema"),
        condition("autoimmune_disease"),
        condition("diabetes", "negated"),
        condition("recent_peel", "historical"),
    )
    done = await run(ActionFlagDisclosure(), latest)
    assert done.said == [("flag", "eczema"), ("flag", "autoimmune_disease")]
    assert ("recent_peel", "historical") in await disclosed()


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope", "affirm", "deny", "not_sure", "greet"])
async def test_a_message_without_an_answer_of_its_own_gets_an_offer(intent: str) -> None:
    done = await run(ActionFlagDisclosure(), tracker("hi im pregnant", intent, condition("pregnancy")))
    assert done.responses == ["utter_flag_offer"]


async def test_inside_a_form_nothing_else_is_offered() -> None:
    latest = tracker(
        "pregnant", "affirm", condition("pregnancy"), form="consultation_form", asks="consultation_time"
    )
    assert (await run(ActionFlagDisclosure(), latest)).responses == []


async def test_the_same_disclosure_again_is_kept_once() -> None:
    for _ in range(2):
        await run(ActionFlagDisclosure(), tracker("im pregnant", "ask_pain", condition("pregnancy")))
    assert await disclosed() == [("pregnancy", "present")]
