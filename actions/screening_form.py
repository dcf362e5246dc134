"""The screening form: reads answers, takes corrections, shows the summary, stores the result."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import (
    Mention,
    answer,
    answers_form,
    back_to,
    goes_back,
    last_turn_uttered,
    mentions,
    requested_slot,
    was_answered_otherwise,
)
from actions.disclosed import record_disclosures
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
        requested = requested_slot(tracker)
        found = mentions(tracker, "condition")
        await record_disclosures(tracker, found)
        named = _named(tracker, found)
        if requested not in _slots():
            # The form is only just opening: nothing of an earlier screening counts.
            return [SlotSet(slot, "yes" if named.get(slot) == "yes" else None) for slot in _slots()]
        if goes_back(tracker):
            return [SlotSet(back_to(tracker, _slots()) or requested, None)]
        interrupted = was_answered_otherwise(tracker, FORM)
        if not interrupted and not answers_form(tracker):
            return []

        values = {slot: value for slot, value in named.items() if tracker.get_slot(slot) != value}
        corrected = [slot for slot in values if slot != requested]
        for slot in (slot for slot in corrected if values[slot] == "yes"):
            names = _names(slot, found)
            dispatcher.utter_message(response="utter_screening_noted", condition_name=names)
        if not interrupted:
            values[requested] = _requested_value(tracker, requested, named, found)
            wants_change = requested == CONFIRMED and answer(tracker) == "no"
            if values[requested] is None and not corrected and not wants_change:
                dispatcher.utter_message(response="utter_screening_reask")
        return [SlotSet(slot, value) for slot, value in values.items()]


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
    return {
        question.key: tracker.get_slot(question.slot)
        for question in questions
        if tracker.get_slot(question.slot)
    }


def _slots() -> list[str]:
    return [*(question.slot for question in services().screening.questions), CONFIRMED]


def _named(tracker: Tracker, found: list[Mention]) -> dict[str, str | None]:
    """Return the answers that conditions named in the message give, whatever question was asked."""
    named: dict[str, str | None] = {}
    for question in services().screening.questions:
        assertions = {mention.assertion for mention in found if mention.key in question.conditions}
        if assertions & _COUNTS_AS_YES and not (assertions == {"historical"} and answer(tracker) == "no"):
            named[question.slot] = "yes"
        elif "negated" in assertions and tracker.get_slot(question.slot) in ("yes", "unsure"):
            # The question covers more than what is denied, so it is asked again.
            named[question.slot] = None
    return named


def _requested_value(
    tracker: Tracker, requested: str, named: dict[str, str | None], found: list[Mention]
) -> str | None:
    given = answer(tracker)
    if requested == CONFIRMED:
        was_shown = not last_turn_uttered(tracker, "utter_screening_change")
        return "yes" if given == "yes" and not named and was_shown else None
    if requested in named:
        return named[requested]
    # "Yes, I do take a blood thinner" and "I'm not pregnant" answer another question than this one.
    covered = next(
        question.conditions for question in services().screening.questions if question.slot == requested
    )
    here = {mention.assertion for mention in found if mention.key in covered}
    elsewhere = {mention.assertion for mention in found if mention.key not in covered}
    if given == "yes" and elsewhere & _COUNTS_AS_YES:
        return None
    if given == "no" and "negated" in elsewhere and "negated" not in here:
        return None
    return given


def _names(slot: str, found: list[Mention]) -> str:
    conditions = services().conditions.conditions
    covered = next(
        question.conditions for question in services().screening.questions if question.slot == slot
    )
    return ", ".join(
        dict.fromkeys(conditions[mention.key].name for mention in found if mention.key in covered)
    )


def _reset() -> list[dict[str, Any]]:
    return [SlotSet(slot, None) for slot in _slots()]
