"""Answers a message about a condition, medicine or recent procedure."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import mentions
from actions.disclosed import record_disclosures
from actions.services import utter_condition


class ActionAnswerCondition(Action):
    """Flags what the speaker has now, and answers about everything else that is named."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_answer_condition"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter a text for each condition named and record what the speaker disclosed."""
        found = mentions(tracker, "condition")
        named = [mention for mention in found if mention.assertion != "negated"]
        present = [mention for mention in found if mention.assertion == "present"]
        await record_disclosures(tracker, found)
        for mention in sorted(named, key=lambda mention: mention.assertion != "present"):
            if mention.assertion == "present":
                utter_condition(dispatcher, mention.key, "present", "flag")
            elif mention.assertion == "historical":
                utter_condition(dispatcher, mention.key, "past", "answer")
            else:
                utter_condition(dispatcher, mention.key, "general", "answer")
        if present:
            dispatcher.utter_message(response="utter_flag_offer")
        elif not found:
            dispatcher.utter_message(response="utter_condition_unknown")
        elif not named:
            dispatcher.utter_message(response="utter_condition_negated")
        return []
