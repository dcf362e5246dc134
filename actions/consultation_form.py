"""The consultation request: reads and checks the details, takes corrections, sends it once."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import (
    answer,
    answers_form,
    asks_topic,
    back_to,
    entities,
    goes_back,
    intent,
    is_plain_answer,
    leaves_form,
    message_id,
    requested_slot,
    text,
    was_answered_otherwise,
)
from actions.services import services
from clinic import consultations, conversations
from clinic.contact import Contact, ContactError, parse_contact

FORM = "consultation_form"
NAME, CONTACT, TIME, CONCERN, CONSENT = (
    f"consultation_{detail}" for detail in ("name", "contact", "time", "concern", "consent")
)
CONTACT_KIND = "consultation_contact_kind"
DETAILS = (NAME, CONTACT, TIME, CONCERN)
_SLOTS = (*DETAILS, CONSENT, CONTACT_KIND)

# Words by which a person says which detail they mean, when they correct one.
_MEANS = {
    NAME: re.compile(r"\b(?:my )?(?:first |last |sur)?name\b", re.IGNORECASE),
    CONTACT: re.compile(r"\b(?:phone|number|cell|mobile|e-?mail|contact|address)\b", re.IGNORECASE),
    TIME: re.compile(r"\b(?:time|day|date|when|morning|afternoon|evening|hours?)\b", re.IGNORECASE),
    CONCERN: re.compile(r"\b(?:concern|reason|problem|issue|treatment|about)\b", re.IGNORECASE),
}
_CORRECTS = re.compile(r"^\W*(?:(?:oh|no|sorry|wait|actually|oops|hang on|correction)\b\W*)+", re.IGNORECASE)
_NEW_NAME = re.compile(
    r"\bname(?:'s| is| should be| was)?\s+(?:is\s+|to\s+)?"
    r"(?!(?:is |was )?(?:not|wrong|incorrect|mis-?spel\w*|spel\w*|right|correct|fine|ok|okay)\b)"
    r"(?P<name>[^\d@]{2,80})$",
    re.IGNORECASE,
)
_CHANGE = re.compile(r"\b(?:change|correct|edit|fix|update|replace|instead|wrong)\b", re.IGNORECASE)
# A yes with one of these is no consent yet.
_QUALIFIES = re.compile(r"\b(?:but|except|change|instead|should be)\b", re.IGNORECASE)


class ValidateConsultationForm(Action):
    """Checks each detail as it comes and understands corrections of earlier ones."""

    def name(self) -> str:
        """Return the action's name."""
        return "validate_consultation_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Return the slots that the latest message fills; none at all lets the rules answer it."""
        requested = requested_slot(tracker)
        if requested not in (*DETAILS, CONSENT):
            # The form is only just opening: nothing of an earlier request counts.
            return [SlotSet(slot, None) for slot in _SLOTS]
        if was_answered_otherwise(tracker, FORM):
            return []
        if goes_back(tracker):
            return [SlotSet(back_to(tracker, (*DETAILS, CONSENT)) or requested, None)]
        contact = _contact(text(tracker)) if requested in (CONTACT, CONSENT) else None
        if contact is None and not answers_form(tracker) and not _asks_for_change(tracker, requested):
            return []
        correction = _correction(tracker, requested)
        if correction is not None:
            return [SlotSet(slot, value) for slot, value in correction.items()]
        if requested == CONSENT:
            return [SlotSet(CONSENT, "yes" if _consents(tracker) else None)]
        if requested == CONTACT:
            if contact is None:
                dispatcher.utter_message(response="utter_consultation_contact_invalid")
                return [SlotSet(CONTACT, None)]
            return [SlotSet(slot, value) for slot, value in contact.items()]
        value = _name(tracker) if requested == NAME else consultations.clean_detail(text(tracker))
        if value is None and requested in (NAME, TIME):
            dispatcher.utter_message(response=f"utter_{requested}_invalid")
        return [SlotSet(requested, value)]


class ActionAskConsultationConsent(Action):
    """Shows the summary and asks for consent, or asks what to change."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_ask_consultation_form_consultation_consent"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter the summary or the question."""
        message = text(tracker)
        repeated = requested_slot(tracker) == CONSENT and not was_answered_otherwise(tracker, FORM)
        if (
            repeated
            and answer(tracker) == "no"
            and not _names_a_detail(message)
            and _contact(message) is None
        ):
            dispatcher.utter_message(response="utter_consultation_change")
        else:
            dispatcher.utter_message(response="utter_consultation_summary")
        return []


class ActionSubmitConsultation(Action):
    """Stores the request once and gives its reference number."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_submit_consultation"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Store the request and utter its reference."""
        details = {slot: str(tracker.get_slot(slot) or "") for slot in (*DETAILS, CONTACT_KIND)}
        async with services().database.session() as session:
            await conversations.ensure(session, tracker.sender_id)
            reference = await consultations.create_request(
                session,
                services().settings,
                tracker.sender_id,
                name=details[NAME],
                contact=details[CONTACT],
                contact_kind=details[CONTACT_KIND],
                preferred_time=details[TIME],
                concern=details[CONCERN],
                idempotency_key=message_id(tracker),
            )
        dispatcher.utter_message(response="utter_consultation_done", reference=reference)
        return [SlotSet(slot, None) for slot in _SLOTS]


def _name(tracker: Tracker) -> str | None:
    # "No" and "why do you ask?" are no names, though they have letters.
    if is_plain_answer(tracker) or entities(tracker, "question"):
        return None
    return consultations.clean_name(text(tracker))


def _contact(message: str) -> dict[str, str | None] | None:
    try:
        contact: Contact = parse_contact(message, services().profile.region)
    except ContactError:
        return None
    return {CONTACT: contact.display, CONTACT_KIND: contact.kind}


def _consents(tracker: Tracker) -> bool:
    """Tell whether a message says yes without a "but", and nothing else in it says no."""
    agrees = answer(tracker) == "yes" and intent(tracker) not in ("deny", "not_sure")
    return agrees and not _QUALIFIES.search(text(tracker))


def _correction(tracker: Tracker, requested: str) -> dict[str, str | None] | None:
    """Return the slots that a message changes other than the requested one, if it is a correction."""
    message = text(tracker)
    at_summary = requested == CONSENT
    if not at_summary and not (_CORRECTS.match(message) and tracker.get_slot(NAME) is not None):
        return None
    contact = _contact(message) if requested != CONTACT else None
    if contact is not None and contact[CONTACT] != tracker.get_slot(CONTACT):
        return {**contact, CONSENT: None}
    if at_summary and _consents(tracker):
        return None
    new_name = _NEW_NAME.search(message)
    name = consultations.clean_name(new_name["name"]) if new_name else None
    if name is not None and requested != NAME:
        return {NAME: name, CONSENT: None}
    meant = [slot for slot in DETAILS if _MEANS[slot].search(message)]
    if at_summary and len(meant) == 1:
        return {meant[0]: None, CONSENT: None}
    return None


def _asks_for_change(tracker: Tracker, requested: str) -> bool:
    """Tell whether a message at the summary says what to change, rather than asking or leaving."""
    if requested != CONSENT or leaves_form(tracker) or not _names_a_detail(text(tracker)):
        return False
    return not asks_topic(tracker) or bool(_CHANGE.search(text(tracker)))


def _names_a_detail(message: str) -> bool:
    return any(pattern.search(message) for pattern in _MEANS.values())
