"""Triages a symptom that somebody reports, or mentions beside something else."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionReverted, ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import active_form
from actions.services import services
from actions.triage_state import ALL_SLOTS, read_report, record_report, slot_events, utter_assessment
from clinic.triage import Assessment, Report, assess


class ActionAssessSymptom(Action):
    """Gives the triage's answer at once, or starts the questions that it needs."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_assess_symptom"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Assess what the latest message says."""
        report = await read_report(tracker, fresh=active_form(tracker) != "triage_form")
        assessment = assess(report, services().symptoms)
        if assessment.tier is None:
            return [*slot_events(report), FollowupAction("triage_form")]
        return await _answer(dispatcher, tracker, report, assessment)


class ActionCheckSymptom(Action):
    """Triages a sign in a message about something else; says nothing unless the clinic is to be called.

    If there is nothing to say, it reverts itself, so that the message gets the answer of its topic.
    """

    def name(self) -> str:
        """Return the action's name."""
        return "action_check_symptom"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Assess what the latest message says."""
        report = await read_report(tracker, fresh=True)
        assessment = assess(report, services().symptoms)
        if assessment.tier in (None, "expected"):
            return [ActionReverted()]
        return await _answer(dispatcher, tracker, report, assessment)


async def _answer(
    dispatcher: CollectingDispatcher, tracker: Tracker, report: Report, assessment: Assessment
) -> list[dict[str, Any]]:
    """Utter and store a triage; return the events that end it and an open form."""
    utter_assessment(dispatcher, assessment)
    await record_report(tracker, report, assessment)
    closed: list[dict[str, Any]] = []
    if active_form(tracker):
        closed = [ActiveLoop(None), SlotSet("requested_slot", None)]
    return [*closed, *(SlotSet(slot, None) for slot in ALL_SLOTS)]
