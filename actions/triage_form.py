"""The triage's clarifying questions: when, better or worse, fever or spreading redness."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import (
    active_form,
    answer,
    answers_form,
    requested_slot,
    text,
    was_answered_otherwise,
)
from actions.services import services
from actions.triage_state import (
    ALL_SLOTS,
    DAY,
    TREND,
    UNKNOWN,
    WARNING,
    read_report,
    record_report,
    slot_events,
    told_day,
    told_trend,
    utter_assessment,
)
from clinic.triage import assess

FORM = "triage_form"
_BARE_NUMBER = re.compile(r"^\D*(\d{1,3})\D*$")


class ValidateTriageForm(Action):
    """Fills what was asked and what else the message says; ends as soon as the tier is known."""

    def name(self) -> str:
        """Return the action's name."""
        return "validate_triage_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Return the slots that the latest message fills; none at all lets the rules answer it."""
        if active_form(tracker) != FORM:
            return []
        requested = requested_slot(tracker)
        interrupted = was_answered_otherwise(tracker, FORM)
        if not interrupted and not answers_form(tracker):
            return []
        report = await read_report(tracker, fresh=False)
        events = {event["name"]: event["value"] for event in slot_events(report)}
        for slot in (DAY, TREND, WARNING):
            if events[slot] is None:
                events[slot] = tracker.get_slot(slot)
        if requested in (DAY, TREND, WARNING) and not interrupted:
            # An answer that is not understood counts as unknown: asking for ever helps nobody.
            events[requested] = events[requested] or _requested_value(tracker, requested) or UNKNOWN
        slots = [SlotSet(slot, value) for slot, value in events.items()]
        updated = await read_report(_with_slots(tracker, events), fresh=False)
        if assess(updated, services().symptoms).tier is not None:
            return [*slots, SlotSet("requested_slot", None)]
        return slots


class ActionSubmitTriage(Action):
    """Gives the triage's answer after the questions."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_submit_triage"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Assess, utter and store; what stays unknown counts as a reason to call the clinic."""
        report = await read_report(tracker, fresh=False)
        assessment = assess(report, services().symptoms, complete=True)
        utter_assessment(dispatcher, assessment)
        await record_report(tracker, report, assessment)
        return [SlotSet(slot, None) for slot in ALL_SLOTS]


def _requested_value(tracker: Tracker, requested: str) -> str | None:
    if requested == DAY:
        number = _BARE_NUMBER.match(text(tracker))
        return told_day(tracker, doubtful=True) or (number[1] if number else None)
    if requested == WARNING:
        given = answer(tracker)
        return given if given in ("yes", "no") else None
    return told_trend(tracker)


def _with_slots(tracker: Tracker, slots: dict[str, Any]) -> Tracker:
    copied = tracker.copy()
    copied.slots = {**tracker.slots, **slots}
    return copied
