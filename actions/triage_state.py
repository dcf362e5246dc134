"""A symptom report between the tracker's slots and `clinic.triage`."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import entities, entity_value, mentions, text
from actions.services import services
from clinic import conversations, disclosures, triage

SIGNS, DAY, TREND, WARNING = "triage_signs", "triage_day", "triage_trend", "triage_warning"
ALL_SLOTS = (SIGNS, DAY, TREND, WARNING)
UNKNOWN = "unknown"
_NOW = frozenset({"present", "other_person"})
# "My mom is diabetic, i have pus": the sign is the speaker's own, whoever has the condition.
_OWN_SIGN = re.compile(
    r"\b(?:i(?:['\u2019]m| am|['\u2019]?ve| have| had| got)"
    r"(?! (?:just |only )?(?:noticed|seen|looked|told|worried|asking))"
    r"|my (?:own |left |right )?(?:face|skin|cheeks?|chin|nose|forehead|lips?|jaw|neck|eyes?))\b",
    re.IGNORECASE,
)
# "The redness isn't spreading" denies that it spreads, not that it is there.
_STAYS = re.compile(r"\bred(?:ness)? (?:is|has|does)(?:n['\u2019]?t| not) (?:spread|grow|mov)", re.IGNORECASE)


async def read_report(tracker: Tracker, *, fresh: bool) -> triage.Report:
    """Return what is known of a symptom.

    Args:
        tracker: The conversation.
        fresh: Whether the latest message starts a new report, so that slots of an earlier one
            do not count.
    """
    slots = {slot: None if fresh else tracker.get_slot(slot) for slot in ALL_SLOTS}
    found = mentions(tracker, "symptom")
    day = told_day(tracker) or slots[DAY]
    async with services().database.session(read_only=True) as session:
        known = await disclosures.present_keys(session, tracker.sender_id)
    told = {mention.key for mention in mentions(tracker, "condition") if mention.assertion in _whose(tracker)}
    signs = {mention.key for mention in found if mention.assertion in _NOW}
    if _STAYS.search(text(tracker)):
        signs.add(triage.REDNESS)
    return triage.Report(
        signs=frozenset(slots[SIGNS] or ()) | signs,
        negated=frozenset(mention.key for mention in found if mention.assertion == "negated"),
        past=frozenset(mention.key for mention in found if mention.assertion == "historical"),
        day=int(day) if day is not None and day.isdigit() else None,
        trend=_trend(told_trend(tracker) or slots[TREND]),
        warning={"yes": True, "no": False}.get(slots[WARNING] or ""),
        unsure=slots[WARNING] == UNKNOWN,
        conditions=frozenset(known) | told,
        is_plain=entity_value(tracker, "plain_report") is not None,
    )


def _whose(tracker: Tracker) -> frozenset[str]:
    """Return the assertions of the conditions that count: another person's unless the sign is the speaker's own."""
    of_another = any(mention.assertion == "other_person" for mention in mentions(tracker, "symptom"))
    return _NOW if of_another or not _OWN_SIGN.search(text(tracker)) else frozenset({"present"})


def told_day(tracker: Tracker, *, doubtful: bool = False) -> str | None:
    """Return the day after the treatment that the latest message tells: the last of several.

    Args:
        tracker: The conversation.
        doubtful: Whether a day counts that may be the symptom's own ("red today"); it does as the
            answer to "when was your treatment?".
    """
    found = [entity for entity in entities(tracker, "day") if doubtful or not entity.get("hedged")]
    return max((str(entity["value"]) for entity in found), key=_number, default=None)


def told_trend(tracker: Tracker) -> str | None:
    """Return the trend that the latest message tells; of several, the one that reassures least."""
    found = {str(entity["value"]) for entity in entities(tracker, "trend")}
    return next((trend for trend in ("worse", "same", "better") if trend in found), None)


def slot_events(report: triage.Report) -> list[dict[str, Any]]:
    """Return the events that keep a report for the clarifying questions."""
    warning = None if report.warning is None else ("yes" if report.warning else "no")
    return [
        SlotSet(SIGNS, sorted(report.signs)),
        SlotSet(DAY, None if report.day is None else str(report.day)),
        SlotSet(TREND, report.trend),
        SlotSet(WARNING, warning),
    ]


async def record_report(tracker: Tracker, report: triage.Report, assessment: triage.Assessment) -> None:
    """Store a symptom report with its tier."""
    async with services().database.session() as session:
        await conversations.ensure(session, tracker.sender_id)
        await triage.record(session, tracker.sender_id, report, assessment)


def utter_assessment(dispatcher: CollectingDispatcher, assessment: triage.Assessment) -> None:
    """Utter the answer of a triage, the line to call that comes first before any other."""
    for response in (assessment.response, *assessment.also):
        dispatcher.utter_message(response=response)


def _number(value: str) -> int:
    return int(value) if value.isdigit() else -1


def _trend(value: str | None) -> Any:
    return value if value in ("better", "same", "worse") else None
