"""A message that is not understood: first a question back, then the clinic."""

from __future__ import annotations

from actions.action_unsure import ActionUnsure
from clinic.database.models import UnansweredQuestion
from tests.actions.helpers import bot, run, stored, tracker, user

RANKING = ["nlu_fallback", "ask_pain", "affirm", "ask_cost", "ask_scars"]


async def test_the_two_closest_topics_are_offered_as_buttons() -> None:
    done = await run(ActionUnsure(), tracker("wat abt ouch", ranking=RANKING))
    assert done.responses == ["utter_unsure"]
    assert done.messages[0]["buttons"] == [
        {"title": "Does it hurt?", "payload": "/ask_pain"},
        {"title": "Price", "payload": "/ask_cost"},
    ]


async def test_the_question_is_kept_for_the_staff() -> None:
    await run(ActionUnsure(), tracker("wat abt ouch", ranking=RANKING))
    rows = await stored(UnansweredQuestion)
    assert [(row.text, row.suggestions) for row in rows] == [("wat abt ouch", ["ask_pain", "ask_cost"])]


async def test_a_second_time_in_a_row_hands_over() -> None:
    before = [user("blah"), bot("utter_unsure")]
    done = await run(ActionUnsure(), tracker("blah blah", ranking=RANKING, before=before))
    assert done.responses == ["utter_unsure_contact"]
    assert done.messages[0]["buttons"] == []


async def test_a_second_time_later_asks_again() -> None:
    before = [user("blah"), bot("utter_unsure"), user("does it hurt"), bot("utter_ask_pain")]
    done = await run(ActionUnsure(), tracker("blah blah", ranking=RANKING, before=before))
    assert done.responses == ["utter_unsure"]


async def test_without_a_topic_to_offer_the_clinic_is_named_at_once() -> None:
    done = await run(ActionUnsure(), tracker("🙂", ranking=["nlu_fallback", "affirm"]))
    assert done.responses == ["utter_unsure_contact"]
    assert len(await stored(UnansweredQuestion)) == 1


async def test_a_single_topic_is_offered_alone() -> None:
    done = await run(ActionUnsure(), tracker("blah", ranking=["nlu_fallback", "ask_cost"]))
    assert [button["payload"] for button in done.messages[0]["buttons"]] == ["/ask_cost"]
