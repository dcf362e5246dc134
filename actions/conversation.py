"""What a tracker says about the conversation, read in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rasa_sdk import Tracker

Answer = Literal["yes", "no", "unsure"]

ELABORATION = frozenset({"ask_more", "ask_simpler"})
"""Intents that ask about what was said last: `action_elaborate` answers them, in a form too."""

_ANSWER_OF_INTENT: dict[str, Answer] = {"affirm": "yes", "deny": "no", "not_sure": "unsure"}
# Run in a turn without taking the message away from an open form.
_ASIDE = frozenset(
    {"action_listen", "action_extract_slots", "action_flag_disclosure", "action_check_symptom"}
)
# Wishes that leave a form whatever it asked.
_LEAVES_FORM = frozenset({"stop", "request_human", "ask_privacy"})
# Intents whose rules hold outside forms only: a form has to take such a message.
_NO_RULE_IN_FORMS = frozenset({"nlu_fallback", "affirm", "deny", "not_sure"})
# Intents for which a yes-or-no question is simply asked again.
_ASKED_AGAIN = _NO_RULE_IN_FORMS | {"out_of_scope"}
_GOES_BACK = re.compile(
    r"^\W*(?:/go_back|(?:(?:oops|sorry|wait|please|can (?:i|we)|let me|take me|just)\W+)*(?:go |one |step )*back"
    r"(?: (?:one|a step|please|pls|again))?|(?:the )?previous(?: (?:question|one))?|undo(?: (?:that|it))?)\W*$",
    re.IGNORECASE,
)
_FREE_TEXT_SLOTS = frozenset(
    {"consultation_name", "consultation_contact", "consultation_time", "consultation_concern", "triage_day"}
)
# A statement counts as `ask_simpler` in answer to an open question from this confidence on.
_SURE = 0.8
_NOT_UNDERSTOOD = re.compile(
    r"^\W*(?:(?:sorry|well|oh|um+|but|so)\W+)*(?:i )?(?:really )?(?:do ?n[o'\u2019]?t|did ?n[o'\u2019]?t) "
    r"(?:really |quite )?(?:get|understand|follow)\b",
    re.IGNORECASE,
)
_ELABORATES = ("utter_more_", "utter_simple_", "utter_elaborate_")


@dataclass(frozen=True)
class Said:
    """Something that the assistant said.

    Attributes:
        kind: Its kind, for example answer, flag or triage.
        topic: Its topic.
        severity: The tier of a triage.
        response: The response's name; empty for a text of the knowledge files.
    """

    kind: str
    topic: str
    severity: str
    response: str


@dataclass(frozen=True)
class Mention:
    """A condition or symptom found in the latest message.

    Attributes:
        key: Key in `knowledge/conditions.yml` or `symptoms.yml`.
        assertion: present, negated, historical, hypothetical, other_person or general.
    """

    key: str
    assertion: str


def entities(tracker: Tracker, name: str) -> list[dict[str, Any]]:
    """Return the latest message's entities of one name, in the order of the text."""
    found = [
        entity for entity in tracker.latest_message.get("entities") or [] if entity.get("entity") == name
    ]
    return sorted(found, key=lambda entity: entity.get("start") or 0)


def mentions(tracker: Tracker, name: str) -> list[Mention]:
    """Return the latest message's mentions of conditions or symptoms, each key and assertion once."""
    found = [
        Mention(entity["value"], entity.get("assertion", "present")) for entity in entities(tracker, name)
    ]
    return list(dict.fromkeys(found))


def entity_value(tracker: Tracker, name: str) -> str | None:
    """Return the first value of an entity in the latest message."""
    found = entities(tracker, name)
    return str(found[0]["value"]) if found else None


def intent(tracker: Tracker) -> str:
    """Return the name of the latest message's intent, or an empty text."""
    return (tracker.latest_message.get("intent") or {}).get("name") or ""


def text(tracker: Tracker) -> str:
    """Return the latest message's text."""
    return tracker.latest_message.get("text") or ""


def answer(tracker: Tracker) -> Answer | None:
    """Return the yes, no or unsure that the latest message opens with or is classified as."""
    opened: Any = entity_value(tracker, "answer")
    return opened if opened in ("yes", "no", "unsure") else _ANSWER_OF_INTENT.get(intent(tracker))


def is_plain_answer(tracker: Tracker) -> bool:
    """Tell whether the latest message is a yes, no or unsure by its first words and by its intent."""
    return entity_value(tracker, "answer") is not None and intent(tracker) in _ANSWER_OF_INTENT


def active_form(tracker: Tracker) -> str | None:
    """Return the name of the active form."""
    return (tracker.active_loop or {}).get("name")


def requested_slot(tracker: Tracker) -> str | None:
    """Return the slot that the active form asked for last."""
    return tracker.get_slot("requested_slot")


def was_answered_otherwise(tracker: Tracker, form: str) -> bool:
    """Tell whether the latest message interrupted a form: another action has answered it."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "action" and event.get("name") not in _ASIDE | {form, None}:
            return True
    return False


def leaves_form(tracker: Tracker) -> bool:
    """Tell whether the latest message is a wish that no form may take for an answer."""
    return intent(tracker) in _LEAVES_FORM


def goes_back(tracker: Tracker) -> bool:
    """Tell whether the latest message wants the question before; free text must say no more than that."""
    if requested_slot(tracker) in _FREE_TEXT_SLOTS:
        return bool(_GOES_BACK.match(text(tracker)))
    return intent(tracker) == "go_back"


def back_to(tracker: Tracker, slots: Sequence[str]) -> str | None:
    """Return the slot of the question that was answered before the open one; `None` at the first.

    Args:
        tracker: The conversation.
        slots: The form's slots, in the order asked.
    """
    requested = requested_slot(tracker)
    before = slots[: slots.index(requested)] if requested in slots else ()
    return next((slot for slot in reversed(before) if tracker.get_slot(slot) is not None), None)


def asks_topic(tracker: Tracker) -> bool:
    """Tell whether the latest message is a question that rules answer inside a form too."""
    return bool(entities(tracker, "question")) and intent(tracker) not in _NO_RULE_IN_FORMS


def asks_about_question(tracker: Tracker) -> bool:
    """Tell whether the latest message asks why the active form wants to know, or what it means.

    "No, explain" is still a no, "I don't get it" is none; and free text is only left unread for a
    question or a sure reading.
    """
    latest = tracker.latest_message.get("intent") or {}
    if latest.get("name") not in ELABORATION:
        return False
    if entity_value(tracker, "answer") is not None and not _NOT_UNDERSTOOD.match(text(tracker)):
        return False
    if requested_slot(tracker) not in _FREE_TEXT_SLOTS or entities(tracker, "question"):
        return True
    # "More info" is a fair answer to "what would you like to talk about?".
    return latest["name"] == "ask_simpler" and (latest.get("confidence") or 0) >= _SURE


def answers_form(tracker: Tracker) -> bool:
    """Tell whether the latest message may answer the active form's open question.

    A statement may, even if it resembles a topic ("acne scars"); a question of the person's own and a
    wish to leave the form may not. For a yes-or-no question only a yes, a no, or something named counts.
    """
    if leaves_form(tracker) or asks_about_question(tracker):
        return False
    named = any(entities(tracker, name) for name in ("condition", "symptom", "trend", "day"))
    if active_form(tracker) == "triage_form" and named:
        return True
    if asks_topic(tracker):
        return False
    if requested_slot(tracker) in _FREE_TEXT_SLOTS:
        return True
    return answer(tracker) is not None or named or intent(tracker) in _ASKED_AGAIN


def message_id(tracker: Tracker) -> str:
    """Return the id of the latest user message."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return str(event.get("message_id") or "")
    return ""


def last_answered(tracker: Tracker) -> list[Said]:
    """Return the last turn's answer or flag, the latest if there were several, or all of its triages.

    Questions after it, such as the offer of a screening, are passed over. After anything else, a
    greeting for example, there is nothing to say more about.
    """
    said = [said for said in map(_said, _said_in_last_turn(tracker)) if said.kind != "question"]
    triages = [said for said in reversed(said) if said.kind == "triage"]
    return triages or [
        latest
        for latest in said[:1]
        if latest.kind in ("answer", "flag") or latest.response.startswith(_ELABORATES)
    ]


def elaborated(tracker: Tracker, topic: str) -> set[str]:
    """Return the responses by which the last answer was already explained."""
    told: set[str] = set()
    for said in map(_said, _said_before(tracker)):
        if said.topic != topic or not said.response.startswith(_ELABORATES):
            break
        told.add(said.response)
    return told


def last_offer(tracker: Tracker) -> str | None:
    """Return what the assistant's last turn offered, by its response's `offer` metadata."""
    offers = ((metadata.get("metadata") or {}).get("offer") for metadata in _said_in_last_turn(tracker))
    return next((str(offer) for offer in offers if offer), None)


def last_turn_uttered(tracker: Tracker, response: str) -> bool:
    """Tell whether the assistant's turn before the latest message used a response."""
    return any(metadata.get("utter_action") == response for metadata in _said_in_last_turn(tracker))


def _said_in_last_turn(tracker: Tracker) -> Iterator[dict[str, Any]]:
    """Yield the metadata of what was said between the last two user messages, the latest first."""
    user_messages = 0
    for event in reversed(tracker.events):
        user_messages += event.get("event") == "user"
        if user_messages == 2:
            return
        if user_messages == 1 and event.get("event") == "bot":
            yield event.get("metadata") or {}


def _said_before(tracker: Tracker) -> Iterator[dict[str, Any]]:
    """Yield the metadata of all that was said before the latest message, the latest first."""
    is_before = False
    for event in reversed(tracker.events):
        if is_before and event.get("event") == "bot":
            yield event.get("metadata") or {}
        is_before = is_before or event.get("event") == "user"


def _said(about: dict[str, Any]) -> Said:
    """Return what the metadata of a bot event tells."""
    metadata = about.get("metadata") or {}
    kind, topic, severity = (str(metadata.get(name) or "") for name in ("kind", "topic", "severity"))
    return Said(kind, topic, severity, response=str(about.get("utter_action") or ""))
