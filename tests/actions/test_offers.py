"""Yes and no outside a form answer what was offered last."""

from __future__ import annotations

import pytest

from actions.action_offers import ActionAcceptOffer, ActionDeclineOffer
from tests.actions.helpers import Data, bot, responses, run, tracker, user

OFFERS = {
    name: response["metadata"]["offer"]
    for name, response in responses().items()
    if "offer" in response["metadata"]
}


def after(response: str) -> list[Data]:
    return [user(), bot(response)]


@pytest.mark.parametrize("response", OFFERS)
async def test_yes_accepts_whatever_a_response_offers(response: str) -> None:
    done = await run(ActionAcceptOffer(), tracker("yes please", "affirm", before=after(response)))
    match OFFERS[response]:
        case "start_screening":
            assert done.responses == ["utter_screening_start"]
            assert done.other_events == [{"event": "followup", "timestamp": None, "name": "screening_form"}]
        case "book_consultation":
            assert done.responses == []
            assert done.other_events == [
                {"event": "followup", "timestamp": None, "name": "consultation_form"}
            ]
        case _:
            assert OFFERS[response] == "day_by_day"
            assert done.responses == ["utter_recovery_day_by_day"]


async def test_yes_to_nothing_asks_what_is_wanted() -> None:
    done = await run(ActionAcceptOffer(), tracker("yes", "affirm", before=[user(), bot("utter_deny")]))
    assert done.responses == ["utter_affirm"]
    assert done.events == []


async def test_an_offer_of_two_turns_ago_is_over() -> None:
    before = [*after("utter_flag_offer"), *after("utter_deny")]
    assert (await run(ActionAcceptOffer(), tracker("yes", "affirm", before=before))).responses == [
        "utter_affirm"
    ]


async def test_the_latest_offer_of_a_turn_counts() -> None:
    before = [user(), bot("utter_unsure_contact"), bot("utter_flag_offer")]
    done = await run(ActionAcceptOffer(), tracker("yes", "affirm", before=before))
    assert done.responses == ["utter_screening_start"]


async def test_no_starts_nothing() -> None:
    done = await run(ActionDeclineOffer(), tracker("no", "deny", before=after("utter_flag_offer")))
    assert done.responses == ["utter_deny"]
    assert done.events == []
