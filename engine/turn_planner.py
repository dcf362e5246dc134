"""Plans a turn: one message may hold several questions, or lean on the one before it.

Rasa gives a message one intent. The planner parses the clauses of a message by themselves and hands
Rasa one message for each question, so that every rule, flag and form works as for a message of its
own. A short follow-up ("for 3?", "why?") is understood together with what was answered last
(`engine.follow_ups`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from engine.follow_ups import (
    ASK_MORE,
    ELABORATIONS,
    Topic,
    asks_what_now,
    claimed,
    elaboration,
    last_topic,
    next_topic,
)
from engine.nlu.emergency_detector import NOW, EmergencyDetector, likelihood
from engine.nlu.segments import Segment, segments

Parse = dict[str, Any]
Parser = Callable[[str], Awaitable[Parse]]

MAX_ANSWERS = 4
QUESTION_CONFIDENCE = 0.45
FRAGMENT_CONFIDENCE = 0.9
# A question outweighs the whole message when it is this sure and the message is not.
DOMINANT_CONFIDENCE = 0.7
UNSURE_BELOW = 0.5
# A short message that leans on the last answer is about something else only when it is this sure.
SURE_FOLLOW_UP = 0.8
# How sure the emergency detector must be of a clause that is torn from its message, and of the message.
CLAUSE_DANGER_CONFIDENCE = 0.7
MESSAGE_DANGER_CONFIDENCE = 0.15

CONDITION_INTENT = "ask_condition"
SYMPTOM_INTENT = "report_symptom"
FALLBACK_INTENT = "nlu_fallback"
# A question after a disclosure that is about the disclosure itself: "im pregnant. is that a problem?"
_ABOUT_CONDITIONS = frozenset(
    {CONDITION_INTENT, "ask_contraindications", "ask_age", "ask_combining", "start_screening"}
)
FREE_TEXT_FORM = "consultation_form"
FORM_INTENTS = frozenset({"book_consultation", "start_screening"})
_ALSO_ANSWERED = FORM_INTENTS | {"request_human"}
_LONGEST_FRAGMENT = 3  # words
_WISH = re.compile(
    r"^\W*(?:(?:and|so|ok|hi|hey|also)\W+)*(?:i want|i wanna|i'?d (?:like|love)|i would|i need|can|could|let me|"
    r"let'?s|how do i|book|schedule|please)\b",
    re.IGNORECASE,
)
_STATES = re.compile(r"\b(?:i|im|i'm|ive|i've|my|is|are|was|no|not|dont|don't|have|has|got)\b", re.IGNORECASE)
_LONGEST_FOLLOW_UP = 8  # words
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


@dataclass(frozen=True)
class Part:
    """A message for Rasa: its text and its parse."""

    text: str
    parse: Parse


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
            return [Part(text, {**whole.parse, "entities": [*_entities(whole.parse), danger]})]
        return _combine(whole, parts)
    if topic is not None and tracker is not None:
        follow_up = await _follow_up(whole, topic, tracker, parse)
    return [follow_up or whole]


def _combine(whole: Part, parts: list[tuple[Segment, Parse]]) -> list[Part]:
    """Return one part for each question, or the whole message if it holds one only.

    Statements are background to the questions beside them and get no answer of their own; what they
    disclose is flagged with the first answer.
    """
    if _intent(whole.parse) == SYMPTOM_INTENT:
        return [whole]
    chosen: dict[str, Part] = {}
    for clause, parsed in parts:
        intent = _intent(parsed)
        part = Part(whole.text[clause.start : clause.end], _with_entities(parsed, whole.parse, clause))
        if _is_answered(intent) and intent not in chosen and _asks(clause, part):
            chosen[intent] = part
    if not chosen.keys() <= ELABORATIONS:
        # "huh? does it hurt" and "does it hurt? why?" ask the one question.
        chosen = {intent: part for intent, part in chosen.items() if intent not in ELABORATIONS}
    if CONDITION_INTENT in chosen:
        named = _conditions(chosen[CONDITION_INTENT].parse)
        disclosed_only = all(entity.get("assertion") == "present" for entity in named)
        # What is only disclosed is flagged with the first answer and needs none of its own.
        if not named or (disclosed_only and len(chosen) > 1):
            del chosen[CONDITION_INTENT]
    if not chosen:
        return [whole]
    disclosed = _conditions(whole.parse, "present")
    # A symptom comes first; a form comes last, as it goes on asking.
    order = sorted(chosen, key=lambda intent: (intent != SYMPTOM_INTENT, intent in FORM_INTENTS))
    found = [chosen[intent] for intent in order][:MAX_ANSWERS]
    if len(found) == 1:
        return [_weighed(whole, found[0], disclosed)]
    rest = [entity for entity in disclosed if not any(entity in _entities(part.parse) for part in found)]
    first = found[0]
    return [Part(first.text, {**first.parse, "entities": [*rest, *_entities(first.parse)]}), *found[1:]]


def _weighed(whole: Part, question: Part, disclosed: list[Parse]) -> Part:
    """Return the whole message under its own intent or under that of its only question."""
    if _intent(question.parse) == SYMPTOM_INTENT:
        return whole
    intent, sure = _intent(question.parse), _confidence(question.parse) >= DOMINANT_CONFIDENCE
    hidden_by_disclosure = (
        _intent(whole.parse) == CONDITION_INTENT and disclosed and intent not in _ABOUT_CONDITIONS
    )
    if sure and (hidden_by_disclosure or _confidence(whole.parse) < UNSURE_BELOW):
        return Part(whole.text, {**question.parse, "text": whole.text, "entities": _entities(whole.parse)})
    return whole


def _asks(clause: Segment, part: Part) -> bool:
    """Tell whether a clause wants an answer of its own."""
    intent, confidence = _intent(part.parse), _confidence(part.parse)
    if intent == SYMPTOM_INTENT:
        # A sign that is usual after a treatment is often background: "red skin, does it help?"
        signs = [entity for entity in _entities(part.parse, "symptom") if entity.get("tier") != "expected"]
        return confidence >= DOMINANT_CONFIDENCE and any(sign.get("assertion") in NOW for sign in signs)
    if intent in FORM_INTENTS and _WISH.match(part.text):
        return confidence >= QUESTION_CONFIDENCE
    if _entities(part.parse, "question") or clause.is_listed:
        return confidence >= QUESTION_CONFIDENCE
    # "at home roller vs you? also price"
    is_fragment = len(part.text.split()) <= _LONGEST_FRAGMENT and not _STATES.search(part.text)
    return is_fragment and confidence >= FRAGMENT_CONFIDENCE


def _about_question(whole: Part, form: str) -> Part:
    """Return a message in a form, as a question about the form's question if it is no more than that.

    Where a form takes free text, "more info" may be an answer; "more info?" and "i don't get it" are none.
    """
    intent = elaboration(whole.text)
    if intent is None or _names_something(whole.parse):
        return whole
    if intent == ASK_MORE and form == FREE_TEXT_FORM and not _entities(whole.parse, "question"):
        return whole
    return _elaborating(whole, intent)


def _elaborating(whole: Part, intent: str) -> Part:
    """Return a message under an intent that asks about what was said; "i don't get it" is no "no"."""
    entities = [entity for entity in _entities(whole.parse) if entity.get("entity") != "answer"]
    return Part(whole.text, _as_intent(whole.parse, intent, entities))


def _about_answer(whole: Part, topic: Topic) -> Part | None:
    """Return a message that is about the last answer itself: asks why, or claims its condition."""
    if _names_something(whole.parse):
        return None
    intent = elaboration(whole.text)
    if (
        intent is None
        and (topic.is_condition or topic.kind in ("triage", "handoff"))
        and asks_what_now(whole.text)
    ):
        intent = ASK_MORE
    if intent is not None:
        # "Why not" accepts what was offered.
        accepts = topic.offers and "?" not in whole.text and _intent(whole.parse) == "affirm"
        return None if accepts else _elaborating(whole, intent)
    own = claimed(whole.text, topic.name) if topic.is_condition else None
    if own is None:
        return None
    key, assertion = own
    named = {"entity": "condition", "value": key, "assertion": assertion, "start": 0, "end": len(whole.text)}
    return Part(whole.text, _as_intent(whole.parse, CONDITION_INTENT, [*_entities(whole.parse), named]))


async def _follow_up(whole: Part, topic: Topic, tracker: DialogueStateTracker, parse: Parser) -> Part | None:
    """Return a short message as it reads after the answer before it, if it leans on that."""
    text, entities = whole.text, _entities(whole.parse)
    if topic.kind == "triage" or _entities(whole.parse, "symptom"):
        return None
    about = next_topic(text, topic.name)
    if about is not None:
        return _turned(whole, f"ask_{about}", topic)
    if len(text.split()) > _LONGEST_FOLLOW_UP:
        return None
    is_sure = _confidence(whole.parse) >= SURE_FOLLOW_UP
    if topic.is_condition or topic.name == "contraindications":
        conditions = _conditions(whole.parse) or await _allergies(text, topic, parse)
        # "And if you're nursing?" after another condition, "lidocaine" after allergies.
        if conditions and (not is_sure or not _conditions(whole.parse)):
            others = [entity for entity in entities if entity.get("entity") != "condition"]
            return Part(text, _as_intent(whole.parse, CONDITION_INTENT, [*others, *conditions]))
    if _conditions(whole.parse):
        return None
    stays = _ADDS.search(text) and not is_sure
    if topic.name in _RISKY and _intent(whole.parse) == "ask_risks" and _LEANS.search(text):
        stays = True
    if stays and topic.intent:
        return _turned(whole, topic.intent, topic)
    if _confidence(whole.parse) >= UNSURE_BELOW:
        return None
    if not _LEANS.search(text) and _intent(whole.parse) != FALLBACK_INTENT:
        return None
    # The question before may lean on something itself ("how long does it last"), the topic does not.
    for before in (topic.words, _last_question(tracker)):
        together = await parse(f"{before} {text}")
        if not _is_answered(_intent(together)) or _confidence(together) < UNSURE_BELOW:
            continue
        if _intent(together) != CONDITION_INTENT:
            return _turned(whole, _intent(together), topic)
        carried = [_carried(entity, text) for entity in _conditions(together)]
        if carried:
            # "Is that a problem?" names no condition itself.
            return Part(text, _as_intent(whole.parse, CONDITION_INTENT, [*entities, *carried]))
    return None


def _carried(condition: Parse, text: str) -> Parse:
    """Return a condition of the message before as `text` means it: claimed, or asked about in general."""
    key, assertion = claimed(text, str(condition["value"])) or (condition["value"], "general")
    return {**condition, "value": key, "assertion": assertion, "start": 0}


def _turned(whole: Part, intent: str, topic: Topic) -> Part:
    """Return a follow-up under the intent it has after `topic`."""
    if intent == topic.intent and topic.name in _SAID_IN_MORE:
        intent = ASK_MORE
    return Part(whole.text, _as_intent(whole.parse, intent, _entities(whole.parse)))


async def _allergies(text: str, topic: Topic, parse: Parser) -> list[Parse]:
    """Return the allergies that a bare name stands for after an answer about allergies."""
    if not topic.name.endswith("_allergy") or len(text.split()) > _LONGEST_FRAGMENT:
        return []
    named = _conditions(await parse(f"allergic to {text}"))
    assertion = "present" if topic.kind == "flag" else "general"
    return [
        {**entity, "assertion": assertion, "start": 0, "end": len(text)}
        for entity in named
        if entity["value"] != topic.name
    ]


def _names_something(parsed: Parse) -> bool:
    return bool(_entities(parsed, "condition") or _entities(parsed, "symptom"))


def _last_question(tracker: DialogueStateTracker) -> str:
    last = next(event for event in reversed(tracker.events) if isinstance(event, UserUttered))
    text = last.text or ""
    return "" if text.startswith("/") else text.rstrip("?!. ")


def _as_intent(parsed: Parse, intent: str, entities: list[Parse]) -> Parse:
    named = {"name": intent, "confidence": 1.0}
    return {**parsed, "intent": named, "intent_ranking": [named], "entities": entities}


def _with_entities(parsed: Parse, whole: Parse, clause: Segment) -> Parse:
    """Return a clause's parse with the whole message's entities: their assertion needs the context."""
    inside = [
        entity
        for entity in _entities(whole)
        if entity.get("entity") in ("condition", "symptom", "trend", "day")
        and clause.start <= entity.get("start", -1) < clause.end
    ]
    acts = [entity for entity in _entities(parsed) if entity.get("entity") in ("answer", "question")]
    return {**parsed, "entities": [*inside, *acts]}


def _is_emergency(parsed: Parse) -> bool:
    return any(entity.get("tier") == "emergency" for entity in _entities(parsed, "symptom"))


def _danger_by_meaning(parsed: Parse) -> Parse | None:
    """Return the sign that the emergency detector added to a clause, if it is this sure."""
    for sign in _entities(parsed, "symptom"):
        if sign.get("extractor") == EmergencyDetector.__name__:
            return sign if _danger(parsed) >= CLAUSE_DANGER_CONFIDENCE else None
    return None


def _danger(parsed: Parse) -> float:
    return likelihood(parsed.get("intent_ranking") or [])


def _is_answered(intent: str) -> bool:
    return intent.startswith("ask_") or intent in _ALSO_ANSWERED or intent == SYMPTOM_INTENT


def _conditions(parsed: Parse, assertion: str | None = None) -> list[Parse]:
    found = _entities(parsed, "condition")
    return [entity for entity in found if assertion in (None, entity.get("assertion"))]


def _entities(parsed: Parse, name: str | None = None) -> list[Parse]:
    found: list[Parse] = parsed.get("entities") or []
    return [entity for entity in found if name in (None, entity.get("entity"))]


def _intent(parsed: Parse) -> str:
    return str((parsed.get("intent") or {}).get("name") or "")


def _confidence(parsed: Parse) -> float:
    """Return the confidence of the best real intent, also where the fallback won."""
    ranking = [entry for entry in parsed.get("intent_ranking") or [] if entry["name"] != FALLBACK_INTENT]
    chosen = ranking[0] if ranking else parsed.get("intent") or {}
    return float(chosen.get("confidence") or 0.0)
