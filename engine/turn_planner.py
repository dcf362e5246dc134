"""Plans a turn: one message may hold several questions, or lean on the one before it.

Rasa gives a message one intent. The planner parses the clauses of a message by themselves and hands
Rasa one message for each question, so that every rule, flag and form works as for a message of its
own. A short follow-up ("for 3?", "why?") is understood together with what was answered last
(`engine.follow_ups`).
"""

from __future__ import annotations

import re

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from engine.compound import UNSURE_BELOW, combine
from engine.follow_ups import (
    ASK_MORE,
    Topic,
    asks_how_long,
    asks_of_condition,
    asks_what_now,
    claimed,
    elaboration,
    last_topic,
    next_topic,
)
from engine.nlu.emergency_detector import EmergencyDetector, likelihood
from engine.nlu.segments import segments
from engine.parses import (
    CONDITION_INTENT,
    FALLBACK_INTENT,
    Parse,
    Parser,
    Part,
    as_intent,
    conditions_of,
    confidence_of,
    entities_of,
    intent_of,
    is_answered,
)

FREE_TEXT_FORM = "consultation_form"
# A short message that leans on the last answer is about something else only when it is this sure.
SURE_FOLLOW_UP = 0.8
# How sure the emergency detector must be of a clause that is torn from its message, and of the message.
CLAUSE_DANGER_CONFIDENCE = 0.7
MESSAGE_DANGER_CONFIDENCE = 0.15

_LONGEST_NAME = 3  # words
_LONGEST_FOLLOW_UP = 8
_LEANS = re.compile(
    r"^\W*(?:and|n|but|or|so|what about|what abt|wbu|how about|hows about|for|if|then|also|even|only|just|same)\b"
    r"|\b(?:it|that|those|them|this|these|they)\b",
    re.IGNORECASE,
)
# Their own answers are about their dangers.
_RISKY = frozenset({"rf", "prp", "at_home"})
# What follow-ups to these ask ("for 3?", "is it strong") stands in what more there is to say, not in the answer.
_SAID_IN_MORE = _RISKY | {"cost", "numbing"}
_ADDS = re.compile(r"\b(?:too|as well|either)\W*$", re.IGNORECASE)


async def plan(text: str, tracker: DialogueStateTracker | None, parse: Parser) -> list[Part]:
    """Return the messages that a typed message stands for, in the order to handle them.

    Args:
        text: What the person typed.
        tracker: The conversation so far; `None` if this is its first message.
        parse: Rasa's understanding of a text.
    """
    whole = Part(text, await parse(text))
    topic = last_topic(tracker) if tracker is not None else None
    if _is_emergency(whole.parse):
        return [whole]
    if tracker is not None and tracker.active_loop_name:
        return [_about_question(whole, tracker.active_loop_name)]
    follow_up = _about_answer(whole, topic) if topic else None
    if follow_up is not None:
        return [follow_up]
    clauses = segments(text)
    if len(clauses) > 1:
        parts = [(clause, await parse(clause.text)) for clause in clauses]
        danger = next((sign for _, parsed in parts if (sign := _danger_by_meaning(parsed))), None)
        if danger is not None and _danger(whole.parse) >= MESSAGE_DANGER_CONFIDENCE:
            # A clause may tell what the rest of a long message drowns.
            return [Part(text, {**whole.parse, "entities": [*entities_of(whole.parse), danger]})]
        return await combine(whole, parts, parse)
    if topic is not None and tracker is not None:
        follow_up = await _follow_up(whole, topic, tracker, parse)
    return [follow_up or whole]


def _about_question(whole: Part, form: str) -> Part:
    """Return a message in a form, as a question about the form's question if it is no more than that.

    Where a form takes free text, "more info" may be an answer; "more info?" and "i don't get it" are none.
    """
    intent = elaboration(whole.text)
    if intent is None or _names_something(whole.parse):
        return whole
    if intent == ASK_MORE and form == FREE_TEXT_FORM and not entities_of(whole.parse, "question"):
        return whole
    return _elaborating(whole, intent)


def _elaborating(whole: Part, intent: str) -> Part:
    """Return a message under an intent that asks about what was said; "i don't get it" is no "no"."""
    entities = [entity for entity in entities_of(whole.parse) if entity.get("entity") != "answer"]
    return Part(whole.text, as_intent(whole.parse, intent, entities))


def _about_answer(whole: Part, topic: Topic) -> Part | None:
    """Return a message that is about the last answer itself: asks why, or claims its condition."""
    own = claimed(whole.text, topic.name) if topic.is_condition else None
    if own is not None and _names_only(whole.parse, topic.name):
        key, assertion = own
        named = {"entity": "condition", "value": key, "assertion": assertion}
        others = [entity for entity in entities_of(whole.parse) if entity.get("entity") != "condition"]
        found = [*others, {**named, "start": 0, "end": len(whole.text)}]
        return Part(whole.text, as_intent(whole.parse, CONDITION_INTENT, found))
    if _names_something(whole.parse):
        return None
    intent = elaboration(whole.text)
    if (
        intent is None
        and (topic.is_condition or topic.kind in ("triage", "handoff"))
        and asks_what_now(whole.text)
    ):
        intent = ASK_MORE
    if intent is None:
        return None
    # "Why not" accepts what was offered.
    accepts = topic.offers and "?" not in whole.text and intent_of(whole.parse) == "affirm"
    return None if accepts else _elaborating(whole, intent)


async def _follow_up(whole: Part, topic: Topic, tracker: DialogueStateTracker, parse: Parser) -> Part | None:
    """Return a short message as it reads after the answer before it, if it leans on that."""
    text, entities = whole.text, entities_of(whole.parse)
    if topic.kind == "triage" or entities_of(whole.parse, "symptom"):
        return None
    about = next_topic(text, topic.name)
    if about is not None:
        return _turned(whole, f"ask_{about}", topic)
    if topic.is_condition and (asks_how_long(text) or asks_of_condition(text)):
        named = {
            "entity": "condition",
            "value": topic.name,
            "assertion": "general",
            "start": 0,
            "end": len(text),
        }
        return Part(text, as_intent(whole.parse, CONDITION_INTENT, [*entities, named]))
    if len(text.split()) > _LONGEST_FOLLOW_UP:
        return None
    is_sure = confidence_of(whole.parse) >= SURE_FOLLOW_UP
    if topic.is_condition or topic.name == "contraindications":
        conditions = conditions_of(whole.parse) or await _allergies(text, topic, parse)
        # "And if you're nursing?" after another condition, "lidocaine" after allergies.
        if topic.kind == "answer" and topic.is_condition and len(text.split()) <= _LONGEST_NAME:
            # "Is eczema a problem? and psoriasis" asks about both.
            conditions = [{**entity, "assertion": "general"} for entity in conditions]
            is_sure = False
        if conditions and (not is_sure or not conditions_of(whole.parse)):
            others = [entity for entity in entities if entity.get("entity") != "condition"]
            return Part(text, as_intent(whole.parse, CONDITION_INTENT, [*others, *conditions]))
    if conditions_of(whole.parse):
        return await _stays(whole, topic, parse)
    stays = _ADDS.search(text) and not is_sure
    if topic.name in _RISKY and intent_of(whole.parse) == "ask_risks" and _LEANS.search(text):
        stays = True
    if stays and topic.intent:
        return _turned(whole, topic.intent, topic)
    if confidence_of(whole.parse) >= UNSURE_BELOW:
        return None
    if not _LEANS.search(text) and intent_of(whole.parse) != FALLBACK_INTENT:
        return None
    # The question before may lean on something itself ("how long does it last"), the topic does not.
    for before in (topic.words, _last_question(tracker)):
        together = await parse(f"{before} {text}")
        if not is_answered(intent_of(together)) or confidence_of(together) < UNSURE_BELOW:
            continue
        if intent_of(together) != CONDITION_INTENT:
            return _turned(whole, intent_of(together), topic)
        carried = [_carried(entity, text) for entity in conditions_of(together)]
        if carried:
            # "Is that a problem?" names no condition itself.
            return Part(text, as_intent(whole.parse, CONDITION_INTENT, [*entities, *carried]))
    return None


async def _stays(whole: Part, topic: Topic, parse: Parser) -> Part | None:
    """Return "and glycolic?" under the topic before it, if it is about that rather than a condition."""
    if topic.intent is None or not _LEANS.search(whole.text) or len(whole.text.split()) > _LONGEST_NAME:
        return None
    together = await parse(f"{topic.words} {whole.text}")
    if intent_of(together) != topic.intent or conditions_of(whole.parse, "present"):
        return None
    return _turned(whole, topic.intent, topic)


def _carried(condition: Parse, text: str) -> Parse:
    """Return a condition of the message before as `text` means it: claimed, or asked about in general."""
    key, assertion = claimed(text, str(condition["value"])) or (condition["value"], "general")
    return {**condition, "value": key, "assertion": assertion, "start": 0}


def _turned(whole: Part, intent: str, topic: Topic) -> Part:
    """Return a follow-up under the intent it has after `topic`."""
    if intent == topic.intent and topic.name in _SAID_IN_MORE:
        intent = ASK_MORE
    return Part(whole.text, as_intent(whole.parse, intent, entities_of(whole.parse)))


async def _allergies(text: str, topic: Topic, parse: Parser) -> list[Parse]:
    """Return the allergies that a bare name stands for after an answer about allergies."""
    if not topic.name.endswith("_allergy") or len(text.split()) > _LONGEST_NAME:
        return []
    named = conditions_of(await parse(f"allergic to {text}"))
    assertion = "present" if topic.kind == "flag" else "general"
    return [
        {**entity, "assertion": assertion, "start": 0, "end": len(text)}
        for entity in named
        if entity["value"] != topic.name
    ]


def _names_something(parsed: Parse) -> bool:
    return bool(entities_of(parsed, "condition") or entities_of(parsed, "symptom"))


def _names_only(parsed: Parse, condition: str) -> bool:
    """Tell whether a message names no sign, and no condition but this one."""
    named = {entity["value"] for entity in conditions_of(parsed)}
    return named <= {condition} and not entities_of(parsed, "symptom")


def _last_question(tracker: DialogueStateTracker) -> str:
    last = next(event for event in reversed(tracker.events) if isinstance(event, UserUttered))
    text = last.text or ""
    return "" if text.startswith("/") else text.rstrip("?!. ")


def _is_emergency(parsed: Parse) -> bool:
    return any(entity.get("tier") == "emergency" for entity in entities_of(parsed, "symptom"))


def _danger_by_meaning(parsed: Parse) -> Parse | None:
    """Return the sign that the emergency detector added to a clause, if it is this sure."""
    for sign in entities_of(parsed, "symptom"):
        if sign.get("extractor") == EmergencyDetector.__name__:
            return sign if _danger(parsed) >= CLAUSE_DANGER_CONFIDENCE else None
    return None


def _danger(parsed: Parse) -> float:
    return likelihood(parsed.get("intent_ranking") or [])
