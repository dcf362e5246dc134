"""Several questions in one message: which of its clauses want an answer of their own.

A clause is mostly understood as it stands; what has to be found out is whether it asks. "Acne scars and
big pores, does it see to both" asks twice, "my pores are huge, what does it cost" once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from engine.follow_ups import ELABORATIONS, asks_of_condition, next_topic
from engine.nlu.plain_report import NOW
from engine.nlu.segments import Segment
from engine.parses import (
    CONDITION_INTENT,
    FORM_INTENTS,
    SYMPTOM_INTENT,
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

MAX_ANSWERS = 4
QUESTION_CONFIDENCE = 0.45
FRAGMENT_CONFIDENCE = 0.9
BARE_CONFIDENCE = 0.8
# A question outweighs the whole message when it is this sure and the message is not.
DOMINANT_CONFIDENCE = 0.7
UNSURE_BELOW = 0.5
# A clause that goes on from a question asks too when it is this sure: "how it works and also the dangers".
GOES_ON_CONFIDENCE = 0.7

# A question after a disclosure that is about the disclosure itself: "im pregnant. is that a problem?"
_ABOUT_CONDITIONS = frozenset(
    {CONDITION_INTENT, "ask_contraindications", "ask_age", "ask_combining", "start_screening"}
)
_OF_AGE = frozenset({"under_18", "under_22"})
# What a question beside a report is about, if it is about the report: the triage answers it.
_ABOUT_SYMPTOMS = _ABOUT_CONDITIONS | ELABORATIONS | {
    "ask_side_effects", "ask_risks", "ask_recovery", "ask_aftercare", "ask_post_treatment", "ask_results",
    "request_human",
}  # fmt: skip
# Named alone, these are what a person asks about, no report: "price, pain, how many?", "dark spots, rough skin".
_CONCERNS = frozenset(
    {
        "ask_pain",
        "ask_texture",
        "ask_pigmentation",
        "ask_scars",
        "ask_pores",
        "ask_fine_lines",
        "ask_side_effects",
    }
)
_WISHED = FORM_INTENTS | {"request_human"}
_LONGEST_FRAGMENT = 3  # words
_LONGEST_BARE = 4
_LONGEST_CONTINUATION = 8
_WISH = re.compile(
    r"^\W*(?:(?:and|so|ok|hi|hey|also)\W+)*(?:i want|i wanna|i'?d (?:like|love)|i would|i need|can|could|let me|"
    r"i'?d rather|let'?s|how do i|book|schedule|please)\b",
    re.IGNORECASE,
)
_BOOKS = re.compile(r"\b(?:like|want|wanna|need|love) (?:to )?(?:book|schedule|arrange)\b", re.IGNORECASE)
# "Does it do anything for lines, for big pores, for the spots i've had"
_PARALLEL = re.compile(
    r"^\W*(?:(?:also|and|plus|nor|or)\W+)*(?:for|about|on|if|whether|what|how)\b", re.IGNORECASE
)
# A sentence that goes on with what the one before asked: "Also cost for the face only."
_ADDS = re.compile(r"^\W*(?:also|and|plus|nor|or)\b", re.IGNORECASE)
_STATES = re.compile(r"\b(?:i|im|i'm|ive|i've|my|is|are|was|no|not|dont|don't|have|has|got)\b", re.IGNORECASE)
_OF_SEVERAL = re.compile(
    r"\b(?:both|all (?:of )?(?:that|those|these|them|three)|either|each|any of|"
    r"which (?:of|ones?))\b",
    re.IGNORECASE,
)
_OF_ANOTHER = re.compile(r"\b(?:she|he|they|him|her|them)\b", re.IGNORECASE)
_OF_WHAT_WAS_SAID = re.compile(
    r"^\W*(?:(?:and|so|but)\W+)*(?:is (?:that|this|it) (?:so|true|right|correct|the case)|true|right|"
    r"is s?he right)\W*$",
    re.IGNORECASE,
)


@dataclass
class _Clause:
    segment: Segment
    part: Part
    asks: bool = False


async def combine(whole: Part, parts: list[tuple[Segment, Parse]], parse: Parser) -> list[Part]:
    """Return one part for each question, or the whole message if it holds one only.

    Statements are background to the questions beside them and get no answer of their own; what they
    disclose is flagged with the first answer.

    Args:
        whole: The whole message.
        parts: Its clauses, in order, with their parses.
        parse: Rasa's understanding of a text.
    """
    clauses = [
        _Clause(
            segment,
            Part(whole.text[segment.start : segment.end], _with_entities(parsed, whole.parse, segment)),
        )
        for segment, parsed in parts
    ]
    await _find_questions(clauses, parse)
    if intent_of(whole.parse) == SYMPTOM_INTENT:
        return [whole, *_beside_report(clauses)][:MAX_ANSWERS]
    chosen = _chosen(clauses)
    if not chosen:
        return [whole]
    disclosed = conditions_of(whole.parse, "present")
    # A symptom comes first; a form comes last, as it goes on asking.
    order = sorted(chosen, key=lambda name: (name != SYMPTOM_INTENT, name in FORM_INTENTS))
    found = [chosen[name] for name in order][:MAX_ANSWERS]
    if len(found) == 1:
        return [_weighed(whole, found[0], disclosed)]
    rest = [entity for entity in disclosed if not any(entity in entities_of(part.parse) for part in found)]
    first = found[0]
    return [Part(first.text, {**first.parse, "entities": [*rest, *entities_of(first.parse)]}), *found[1:]]


async def _find_questions(clauses: list[_Clause], parse: Parser) -> None:
    """Note of each clause whether it asks; one that leans on what stands before is understood with it."""
    for at, clause in enumerate(clauses):
        before = clauses[at - 1] if at else None
        if _asks_about_statements(clause, clauses[:at]):
            continue
        if asks_of_condition(clause.part.text) and any(
            conditions_of(told.part.parse) for told in clauses[:at]
        ):
            continue
        clause.asks = _asks(clause, before)
        if before is None or not entities_of(clause.part.parse, "question"):
            continue
        asked = next((earlier for earlier in reversed(clauses[:at]) if earlier.asks), None)
        if (
            not entities_of(before.part.parse, "question")
            and confidence_of(clause.part.parse) < FRAGMENT_CONFIDENCE
        ):
            await _join(clause, before, parse)
        if not clause.asks and asked is not None and intent_of(clause.part.parse) not in FORM_INTENTS:
            await _lean(clause, asked, parse)
    _ask_fragments_before(clauses)
    _ask_bare_fragments(clauses)


def _ask_bare_fragments(clauses: list[_Clause]) -> None:
    """Let a message of nothing but named topics ask about each: "price plus downtime"."""
    if len(clauses) > 1 and all(
        _names_topic(clause)
        and confidence_of(clause.part.parse) >= BARE_CONFIDENCE
        and len(clause.part.text.split()) <= _LONGEST_BARE
        and not _STATES.search(clause.part.text)
        for clause in clauses
    ):
        for clause in clauses:
            clause.asks = True


def _ask_fragments_before(clauses: list[_Clause]) -> None:
    """Let what is named before a question ask too: "gym and wine after?"."""
    for clause, after in reversed(list(pairwise(clauses))):
        length = len(clause.part.text.split())
        together = length <= _LONGEST_FRAGMENT and after.segment.sentence == clause.segment.sentence
        if not after.asks or _STATES.search(clause.part.text) or not _names_topic(clause):
            continue
        sure = confidence_of(clause.part.parse) >= FRAGMENT_CONFIDENCE
        clause.asks = clause.asks or together or (sure and length <= _LONGEST_CONTINUATION)


def _asks(clause: _Clause, before: _Clause | None) -> bool:
    """Tell whether a clause wants an answer of its own."""
    part = clause.part
    name, sure = intent_of(part.parse), confidence_of(part.parse)
    if not is_answered(name):
        return False
    if name == SYMPTOM_INTENT:
        # A sign that is usual after a treatment is often background: "red skin, does it help?"
        signs = [entity for entity in entities_of(part.parse, "symptom") if entity.get("tier") != "expected"]
        return sure >= DOMINANT_CONFIDENCE and any(sign.get("assertion") in NOW for sign in signs)
    if name in _WISHED and (_WISH.match(part.text) or _BOOKS.search(part.text)):
        return sure >= QUESTION_CONFIDENCE
    if entities_of(part.parse, "question"):
        leans = before is not None and before.asks and next_topic(part.text, _topic(before)) is not None
        return sure >= (FRAGMENT_CONFIDENCE if leans else QUESTION_CONFIDENCE)
    if clause.segment.is_listed:
        return sure >= GOES_ON_CONFIDENCE
    goes_on = (
        before is not None
        and before.asks
        and (before.segment.sentence == clause.segment.sentence or _ADDS.match(part.text) is not None)
    )
    if _STATES.search(part.text) and not (goes_on and _PARALLEL.match(part.text)):
        return False
    length = len(part.text.split())
    if goes_on and length <= _LONGEST_CONTINUATION and name not in (CONDITION_INTENT, *ELABORATIONS):
        return sure >= GOES_ON_CONFIDENCE
    # "at home roller vs you? also price"
    return length <= _LONGEST_FRAGMENT and sure >= FRAGMENT_CONFIDENCE


def _asks_about_statements(question: _Clause, before: list[_Clause]) -> bool:
    """Let "does it see to both" and "is that so" ask about the statements before them."""
    topics = [clause for clause in before if _names_topic(clause)]
    if _OF_SEVERAL.search(question.part.text) and len(topics) > 1:
        for clause in topics:
            clause.asks = True
        return True
    if _OF_WHAT_WAS_SAID.match(question.part.text) and topics and topics[-1] is before[-1]:
        topics[-1].asks = True
        return True
    return False


def _meant_by(question: _Clause, before: list[_Clause]) -> _Clause:
    """Return the clause that a question may go on from: who "she" is stands where a condition is told."""
    if _OF_ANOTHER.search(question.part.text):
        return next((clause for clause in reversed(before) if conditions_of(clause.part.parse)), before[-1])
    return before[-1]


async def _join(clause: _Clause, before: _Clause, parse: Parser) -> None:
    """Understand a question together with the statement before it: "im 67, is it too late for me"."""
    if entities_of(before.part.parse, "question"):
        return
    together = await parse(f"{before.part.text} {clause.part.text}")
    sure = confidence_of(together)
    if not is_answered(intent_of(together)) or sure < DOMINANT_CONFIDENCE:
        return
    if intent_of(together) in (SYMPTOM_INTENT, *FORM_INTENTS) or sure <= confidence_of(clause.part.parse):
        return
    own = intent_of(clause.part.parse)
    is_own = own not in _ABOUT_CONDITIONS and confidence_of(clause.part.parse) >= GOES_ON_CONFIDENCE
    if intent_of(together) == CONDITION_INTENT and is_own:
        # "I'm diabetic. How red will i be?" asks about redness.
        return
    found = [*entities_of(before.part.parse), *entities_of(clause.part.parse)]
    clause.part = Part(f"{before.part.text} {clause.part.text}", {**together, "entities": found})
    clause.asks = True


def _names_topic(clause: _Clause) -> bool:
    name = intent_of(clause.part.parse)
    return (
        name.startswith("ask_")
        and name not in (CONDITION_INTENT, *ELABORATIONS)
        and confidence_of(clause.part.parse) >= DOMINANT_CONFIDENCE
    )


async def _lean(clause: _Clause, asked: _Clause, parse: Parser) -> None:
    """Understand a question that leans on the one before it: "how red will i be and how long"."""
    text, topic = clause.part.text, _topic(asked)
    about = next_topic(text, topic)
    name = f"ask_{about}" if about else None
    if name is None and confidence_of(clause.part.parse) < QUESTION_CONFIDENCE:
        together = await parse(f"{topic.replace('_', ' ')} {text}")
        if _names_topic(_Clause(clause.segment, Part(text, together))):
            name = intent_of(together)
    if name is not None:
        clause.part = Part(text, as_intent(clause.part.parse, name, entities_of(clause.part.parse)))
        clause.asks = True


def _topic(clause: _Clause) -> str:
    return intent_of(clause.part.parse).removeprefix("ask_")


def _chosen(clauses: list[_Clause]) -> dict[str, Part]:
    """Return the questions by their intents, each once, in the order asked."""
    chosen: dict[str, Part] = {}
    for clause in clauses:
        if clause.asks:
            chosen.setdefault(intent_of(clause.part.parse), clause.part)
    # "Does it hurt? why?" asks the one question, and "i'm nursing, is that a problem?" asks about nursing.
    chosen = {name: part for name, part in chosen.items() if name not in ELABORATIONS}
    if CONDITION_INTENT in chosen:
        named = conditions_of(chosen[CONDITION_INTENT].parse)
        disclosed_only = all(entity.get("assertion") == "present" for entity in named)
        # What is only disclosed is flagged with the first answer and needs none of its own.
        if not named or (disclosed_only and len(chosen) > 1):
            del chosen[CONDITION_INTENT]
        else:
            # "I was wondering about rosacea. Is it a problem?"
            chosen.pop("ask_contraindications", None)
    return chosen


def _beside_report(clauses: list[_Clause]) -> list[Part]:
    """Return the questions of a message that reports a symptom which are about something else."""
    found: dict[str, Part] = {}
    for clause in clauses:
        name = intent_of(clause.part.parse)
        if not clause.asks or name in _ABOUT_SYMPTOMS or name == SYMPTOM_INTENT or name in FORM_INTENTS:
            continue
        if (
            entities_of(clause.part.parse, "question")
            and confidence_of(clause.part.parse) >= DOMINANT_CONFIDENCE
        ):
            found.setdefault(name, clause.part)
    return list(found.values())


def _weighed(whole: Part, question: Part, disclosed: list[Parse]) -> Part:
    """Return the whole message under its own intent or under that of its only question."""
    if intent_of(question.parse) == SYMPTOM_INTENT:
        return whole
    name, sure = intent_of(question.parse), confidence_of(question.parse) >= DOMINANT_CONFIDENCE
    about_disclosure = name in _ABOUT_CONDITIONS
    if name == "ask_age":
        about_disclosure = any(entity["value"] in _OF_AGE for entity in disclosed)
    of_age = intent_of(whole.parse) == "ask_age" and any(entity["value"] in _OF_AGE for entity in disclosed)
    discloses = of_age or (intent_of(whole.parse) == CONDITION_INTENT and bool(disclosed))
    hidden_by_disclosure = discloses and not about_disclosure
    if sure and (hidden_by_disclosure or confidence_of(whole.parse) < UNSURE_BELOW):
        return Part(whole.text, {**question.parse, "text": whole.text, "entities": entities_of(whole.parse)})
    return whole


def _with_entities(parsed: Parse, whole: Parse, segment: Segment) -> Parse:
    """Return a clause's parse with the whole message's entities: their assertion needs the context."""
    kept = {"condition", "symptom", "trend", "day"}
    if (
        intent_of(parsed) in _CONCERNS
        and len(segment.text.split()) <= _LONGEST_FRAGMENT
        and not _STATES.search(segment.text)
    ):
        kept.discard("symptom")
    inside = [
        entity
        for entity in entities_of(whole)
        if entity.get("entity") in kept and segment.start <= entity.get("start", -1) < segment.end
    ]
    acts = [entity for entity in entities_of(parsed) if entity.get("entity") in ("answer", "question")]
    return {**parsed, "entities": [*inside, *acts]}
