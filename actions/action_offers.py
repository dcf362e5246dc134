"""What "yes" and "no" mean outside a form: an answer to what was offered last."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import last_offer


class ActionAcceptOffer(Action):
    """Does what the assistant's last turn offered."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_accept_offer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Start the offered form or give the offered answer."""
        match last_offer(tracker):
            case "start_screening":
                dispatcher.utter_message(response="utter_screening_start")
                return [FollowupAction("screening_form")]
            case "book_consultation":
                return [FollowupAction("consultation_form")]
            case "day_by_day":
                dispatcher.utter_message(response="utter_recovery_day_by_day")
            case _:
                dispatcher.utter_message(response="utter_affirm")
        return []


class ActionDeclineOffer(Action):
    """Takes "no" for an answer."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_decline_offer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Say that this is all right and what else there is."""
        dispatcher.utter_message(response="utter_deny")
        return []
