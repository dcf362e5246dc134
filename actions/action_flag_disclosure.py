"""Flags a condition that the speaker has now, before their message is answered."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionReverted
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import active_form, intent, mentions
from actions.disclosed import record_disclosures
from actions.services import utter_condition

# Intents that get no answer of their own after a flag (the engine's `TurnPolicy` says the same).
_SILENT_AFTER_FLAG = frozenset({"nlu_fallback", "out_of_scope", "affirm", "deny", "not_sure", "greet"})


class ActionFlagDisclosure(Action):
    """Says what a disclosed condition means, then leaves the turn as if it had not run.

    Reverting itself lets the rules answer the message; what it said and recorded stays.
    """

    def name(self) -> str:
        """Return the action's name."""
        return "action_flag_disclosure"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter a flag for each condition that is present, and record what the speaker disclosed."""
        found = mentions(tracker, "condition")
        await record_disclosures(tracker, found)
        for mention in found:
            if mention.assertion == "present":
                utter_condition(dispatcher, mention.key, "present", "flag")
        if not active_form(tracker) and intent(tracker) in _SILENT_AFTER_FLAG:
            dispatcher.utter_message(response="utter_flag_offer")
        return [ActionReverted()]
