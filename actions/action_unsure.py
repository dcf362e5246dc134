"""Answers a message that was not understood: the two closest topics, then the clinic's contact."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import last_turn_uttered, text
from actions.services import services
from clinic import conversations, questions

_SUGGESTIONS = 2


class ActionUnsure(Action):
    """Asks which of two topics was meant; a second time in a row gives the clinic's contact."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_unsure"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Record the question for the staff, then ask or hand over."""
        titles = services().topics
        ranking = [entry["name"] for entry in tracker.latest_message.get("intent_ranking") or []]
        suggestions = [name for name in ranking if name in titles][:_SUGGESTIONS]
        async with services().database.session() as session:
            await conversations.ensure(session, tracker.sender_id)
            await questions.record_unanswered(session, tracker.sender_id, text(tracker), suggestions)
        if last_turn_uttered(tracker, "utter_unsure") or not suggestions:
            dispatcher.utter_message(response="utter_unsure_contact")
        else:
            buttons = [{"title": titles[name], "payload": f"/{name}"} for name in suggestions]
            dispatcher.utter_message(response="utter_unsure", buttons=buttons)
        return []
