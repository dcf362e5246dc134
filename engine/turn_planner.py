"""Plans a turn: one message may hold several questions, or lean on the one before it.

Rasa gives a message one intent. The planner parses the clauses of a message by themselves and hands
Rasa one message for each question, so that every rule, flag and form works as for a message of its
own. A short follow-up ("for 3?", "why?") is understood together with what was talked about last.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from engine.nlu.segments import Segment, segments

Parse = dict[str, Any]
Parser = Callable[[str], Awaitable[Parse]]

MAX_ANSWERS = 4
QUESTION_CONFIDENCE = 0.45
FRAGMENT_CONFIDENCE = 0.9
# A question outweighs the whole message when it is this sure and the message is not.
DOMINANT_CONFIDENCE = 0.7
UNSURE_BELOW = 0.5

CONDITION_INTENT = "ask_condition"
SYMPTOM_INTENT = "report_symptom"
FALLBACK_INTENT = "nlu_fallback"
# A question after a disclosure that is about the disclosure itself: "im pregnant. is that a problem?"
_ABOUT_CONDITIONS = frozenset(
    {CONDITION_INTENT, "ask_contraindications", "ask_age", "ask_combining", "start_screening"}
)
_NOW = frozenset({"present", "other_person"})
FORM_INTENTS = frozenset({"book_consultation", "start_screening"})
_ALSO_ANSWERED = FORM_INTENTS | {"request_human"}
_LONGEST_FRAGMENT = 3  # words
_WISH = re.compile(
    r"^\W*(?:(?:and|so|ok|hi|hey|also)\W+)*(?:i want|i wanna|i'?d (?:like|love)|i would|i need|can|could|let me|"
    r"let'?s|how do i|book|schedule|please)\b",
    re.IGNORECASE,
)
_STATES = re.compile(r"\b(?:i|im|i'm|ive|i've|my|is|are|was|no|not|dont|don't|have|has|got)\b", re.IGNORECASE)
_LONGEST_FOLLOW_UP = 6  # words
_MORE = re.compile(
    r"^\W*(?:(?:ok|okay|and|but|um+|hm+|sorry|can (?:u|you)|could you|please|pls)\W+)*"
    r"(?:why|y|how come|more|tell me more|more (?:info|details?|please|pls)|go on|explain|elaborate|"
    r"say that (?:again|simpler)|simpler|in plain english|what do (?:u|you) mean|what does that mean|huh|"
    r"i don'?t (?:get|understand)(?: it| that)?|expand on that|like what|such as|for example|meaning|again)"
    r"(?:\s+(?:is that|that|it|tho|though|so|not|please|pls))*\W*$",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"^\W*(?:and|n|but|or|so|what about|what abt|wbu|how about|hows about|for|if|then|also|even|only|just|same)\b"
    r"|\b(?:it|that|those|them|this|these|they)\b",
    re.IGNORECASE,
)


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
    if tracker is not None and tracker.active_loop_name:
        return [whole]
    if _is_emergency(whole.parse):
        return [whole]
    clauses = segments(text)
    if len(clauses) > 1:
        parts = [(clause, await parse(clause.text)) for clause in clauses]
        return _combine(whole, parts)
    follow_up = await _follow_up(whole, tracker, parse) if tracker is not None else None
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
        return confidence >= DOMINANT_CONFIDENCE and any(sign.get("assertion") in _NOW for sign in signs)
    if intent in FORM_INTENTS and _WISH.match(part.text):
        return confidence >= QUESTION_CONFIDENCE
    if _entities(part.parse, "question") or clause.is_listed:
        return confidence >= QUESTION_CONFIDENCE
    # "at home roller vs you? also price"
    is_fragment = len(part.text.split()) <= _LONGEST_FRAGMENT and not _STATES.search(part.text)
    return is_fragment and confidence >= FRAGMENT_CONFIDENCE


async def _follow_up(whole: Part, tracker: DialogueStateTracker, parse: Parser) -> Part | None:
    """Return a short message as it reads after the one before it, if it leans on that."""
    topic_intent, entities = _last_topic(tracker)
    if topic_intent is None:
        return None
    if _MORE.match(whole.text):
        return Part(whole.text, _as_intent(whole.parse, topic_intent, entities))
    is_short = len(whole.text.split()) <= _LONGEST_FOLLOW_UP
    if not is_short or _entities(whole.parse, "condition") or _confidence(whole.parse) >= UNSURE_BELOW:
        return None
    if not _LEANS.search(whole.text) and _intent(whole.parse) != FALLBACK_INTENT:
        return None
    before = _last_question(tracker)
    together = await parse(f"{before} {whole.text}")
    if _is_answered(_intent(together)) and _confidence(together) >= UNSURE_BELOW:
        return Part(whole.text, _as_intent(whole.parse, _intent(together), _entities(whole.parse)))
    return None


def _last_topic(tracker: DialogueStateTracker) -> tuple[str | None, list[Parse]]:
    """Return the intent that the last answer was about, with the condition it named."""
    for event in reversed(tracker.events):
        if not isinstance(event, BotUttered):
            continue
        metadata = event.metadata.get("metadata") or {}
        topic = metadata.get("topic")
        if metadata.get("kind") == "answer" and f"utter_ask_{topic}" == event.metadata.get("utter_action"):
            return f"ask_{topic}", []
        if metadata.get("kind") in ("answer", "flag") and "utter_action" not in event.metadata:
            return CONDITION_INTENT, [{"entity": "condition", "value": topic, "assertion": "general"}]
        if metadata.get("kind") != "question":
            return None, []
    return None, []


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
