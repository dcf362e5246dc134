"""The screening form: reads answers, takes corrections, shows the summary, stores the result."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import active_form, answer, answers_form, mentions, requested_slot, was_answered_otherwise
from actions.services import services
from clinic import conversations, disclosures, screening

FORM = "screening_form"
CONFIRMED = "screening_confirmed"
# A past condition counts as "yes": the clinician decides whether it still matters.
_COUNTS_AS_YES = frozenset({"present", "historical"})


class ValidateScreeningForm(Action):
    """Fills the answers from yes, no, not sure and from conditions named on the way."""

    def name(self) -> str:
        """Return the action's name."""
        return "validate_screening_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Return the slots that the latest message fills; none at all lets the rules answer it."""
        if active_form(tracker) != FORM:
            return _reset()
        requested = requested_slot(tracker) or ""
        interrupted = was_answered_otherwise(tracker, FORM)
        found = mentions(tracker, "condition")
        await _record(tracker, [mention.key for mention in found if mention.assertion == "present"])

        named: dict[str, str] = {}
        for question in services().screening.questions:
            assertions = {mention.assertion for mention in found if mention.key in question.conditions}
            if assertions & _COUNTS_AS_YES and not (assertions == {"historical"} and answer(tracker) == "no"):
                named[question.slot] = "yes"
            elif "negated" in assertions and requested == CONFIRMED:
                named[question.slot] = "no"
        corrected = {slot: value for slot, value in named.items() if slot != requested and tracker.get_slot(slot) != value}
        for slot, value in corrected.items():
            if tracker.get_slot(slot) is not None or value == "yes":
                names = _names(slot, [mention.key for mention in found])
                dispatcher.utter_message(response="utter_screening_noted", condition_name=names)
        values: dict[str, str | None] = dict(corrected)
        if not interrupted and answers_form(tracker):
            values[requested] = self._requested_value(tracker, requested, named, bool(corrected))
            if values[requested] is None and not corrected and not (requested == CONFIRMED and answer(tracker) == "no"):
                dispatcher.utter_message(response="utter_screening_reask")
        return [SlotSet(slot, value) for slot, value in values.items() if slot]

    @staticmethod
    def _requested_value(tracker: Tracker, requested: str, named: dict[str, str], corrects: bool) -> str | None:
        given = answer(tracker)
        if requested == CONFIRMED:
            return "yes" if given == "yes" and not named else None
        if requested in named:
            return named[requested]
        # "Yes, I do take a blood thinner" answers an earlier question, not this one.
        return None if given == "yes" and corrects else given


class ActionAskScreeningConfirmed(Action):
    """Shows the answers for checking, or asks which one to change."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_ask_screening_form_screening_confirmed"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter the summary or the question."""
        wants_change = requested_slot(tracker) == CONFIRMED and answer(tracker) == "no"
        if wants_change and not mentions(tracker, "condition") and not was_answered_otherwise(tracker, FORM):
            dispatcher.utter_message(response="utter_screening_change")
        else:
            lines = screening.summary(services().screening, _answers(tracker))
            dispatcher.utter_message(response="utter_screening_summary", screening_summary=lines)
        return []


class ActionSubmitScreening(Action):
    """Stores the screening and says what the clinic has to look at."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_submit_screening"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Store answers and flags and utter the result."""
        answers = _answers(tracker)
        async with services().database.session() as session:
            await conversations.ensure(session, tracker.sender_id)
            disclosed = await disclosures.present_keys(session, tracker.sender_id)
            flags = screening.flags_for(services().screening, services().conditions, answers, set(disclosed))
            await screening.record(session, tracker.sender_id, answers, flags)
        if flags:
            lines = screening.flag_lines(flags)
            dispatcher.utter_message(response="utter_screening_result_flags", screening_flags=lines)
        else:
            dispatcher.utter_message(response="utter_screening_result_clear")
        return _reset()


def _answers(tracker: Tracker) -> dict[str, Any]:
    questions = services().screening.questions
    return {question.key: tracker.get_slot(question.slot) for question in questions if tracker.get_slot(question.slot)}


def _names(slot: str, keys: list[str]) -> str:
    conditions = services().conditions.conditions
    covered = next(question.conditions for question in services().screening.questions if question.slot == slot)
    return ", ".join(dict.fromkeys(conditions[key].name for key in keys if key in covered))


async def _record(tracker: Tracker, keys: list[str]) -> None:
    if keys:
        async with services().database.session() as session:
            await conversations.ensure(session, tracker.sender_id)
            for key in keys:
                await disclosures.record(session, tracker.sender_id, key, "present")


def _reset() -> list[dict[str, Any]]:
    slots = [question.slot for question in services().screening.questions]
    return [SlotSet(slot, None) for slot in (*slots, CONFIRMED)]
