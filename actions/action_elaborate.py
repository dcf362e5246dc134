"""Says more about what was answered last, or the same in simpler words."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import Said, active_form, elaborated, intent, last_answered, requested_slot
from actions.services import services

# Triages with a line to call of their own; the others are repeated by their tier.
_OWN_LINE = {"utter_triage_crisis": "crisis", "utter_triage_poison": "poison"}
_AGAIN = "utter_again_triage_"


class ActionElaborate(Action):
    """Answers "why?", "tell me more", "say that simpler", and the like."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_elaborate"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Explain an open form's question, else the last answer; with nothing before it, help."""
        answered = last_answered(tracker)
        if active_form(tracker) and requested_slot(tracker):
            dispatcher.utter_message(response=f"utter_explain_{requested_slot(tracker)}")
        elif not answered:
            dispatcher.utter_message(response="utter_help")
        elif answered[0].kind == "triage":
            for tier in dict.fromkeys(map(_triage, answered)):
                dispatcher.utter_message(response=f"utter_again_triage_{tier}")
        else:
            _elaborate(dispatcher, tracker, answered[0].topic)
        return []


def _triage(said: Said) -> str:
    """Return which of the short triages repeats what was said; they say no less than it did."""
    if said.response.startswith(_AGAIN):
        return said.response.removeprefix(_AGAIN)
    return _OWN_LINE.get(said.response, said.severity)


def _elaborate(dispatcher: CollectingDispatcher, tracker: Tracker, topic: str) -> None:
    condition = services().conditions.conditions.get(topic)
    values: dict[str, Any] = {}
    if intent(tracker) != "ask_simpler":
        response = f"utter_more_{topic}" if condition is None else f"utter_more_condition_{topic}"
    elif condition is None:
        response = f"utter_simple_{topic}"
    else:
        response = f"utter_simple_condition_{condition.category}"
        values = {
            "condition_name": condition.name,
            "metadata": {
                "kind": "answer",
                "topic": topic,
                "source": condition.source,
                "reviewed": condition.reviewed.isoformat(),
                "offer": "book_consultation",
            },
        }
    if response in elaborated(tracker, topic):
        # Nothing new to say: a person can go on from here. The topic stays what they ask about.
        metadata = {"kind": "handoff", "topic": topic, "offer": "book_consultation"}
        dispatcher.utter_message(response="utter_elaborate_enough", metadata=metadata)
    else:
        dispatcher.utter_message(response=response, **values)
