"""Which clauses of a message want an answer of their own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.nlu.segments import segments
from engine.nlu.speech_acts import is_question
from engine.turn_planner import plan
from tests.engine.conftest import entity

# The word of a text that decides its intent, strongest first: a stand-in for the classifier.
WORDS = {
    "pus": "report_symptom",
    "hurt": "ask_pain",
    "cost": "ask_cost",
    "how much": "ask_cost",
    "67": "ask_age",
    "acne scars": "ask_scars",
    "wrinkles": "ask_fine_lines",
    "dangers": "ask_risks",
    "gym": "ask_exercise",
    "red": "ask_post_treatment",
    "age limit": "ask_age",
    "pregnant": "ask_condition",
    "problem": "ask_more",
    "pain": "ask_pain",
}
SIGNS = {
    "pregnant": entity("condition", "pregnancy"),
    "sister is pregnant": entity("condition", "pregnancy", assertion="other_person"),
    "pus": entity("symptom", "pus", tier="call_clinic"),
    "pain": entity("symptom", "pain", tier="call_clinic"),
}


async def parse(text: str) -> dict[str, Any]:
    """Return a parse as Rasa gives it; what names no topic is understood poorly."""
    found = [intent for word, intent in WORDS.items() if word in text]
    intent, confidence = (found[0], 0.95) if found else ("nlu_fallback", 0.2)
    entities = []
    for word, sign in SIGNS.items():
        if word in text and not any(longer != word and word in longer and longer in text for longer in SIGNS):
            entities.append({**sign, "start": text.index(word)})
    if is_question(text):
        entities.append(entity("question", "yes", start=0))
    named = {"name": intent, "confidence": confidence}
    return {"text": text, "intent": named, "intent_ranking": [named], "entities": entities}


def answered(text: str) -> list[str]:
    return [part.parse["intent"]["name"] for part in asyncio.run(plan(text, None, parse))]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("im diabetic how much is it", ["im diabetic", "how much is it"]),
        ("how much is it does it hurt", ["how much is it", "does it hurt"]),
        ("my sister is pregnant can she do it", ["my sister is pregnant", "can she do it"]),
        ("does it shrink pores + fade spots", ["does it shrink pores", "does it fade spots"]),
        ("day 3, no pain. can i go", ["day 3", "no pain.", "can i go"]),
        ("how much time off work do i need", ["how much time off work do i need"]),
        ("when is it ok to work out", ["when is it ok to work out"]),
        ("tell me what i should do", ["tell me what i should do"]),
        ("if im allergic to nickel can i still do this", ["if im allergic to nickel", "can i still do this"]),
        ("the thing my friend had when i was there", ["the thing my friend had when i was there"]),
        ("I'd also like to know the price", ["I'd also like to know the price"]),
        ("does it hurt also how long is it", ["does it hurt", "how long is it"]),
    ],
)
def test_a_question_that_starts_inside_a_clause_is_one_of_its_own(text: str, clauses: list[str]) -> None:
    assert [segment.text for segment in segments(text)] == clauses


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("how much is it and also the dangers of it", ["ask_cost", "ask_risks"]),
        (
            "my trouble is twofold, acne scars and now wrinkles, does it see to both",
            ["ask_scars", "ask_fine_lines"],
        ),
        ("gym n wrinkles after, both ok?", ["ask_exercise", "ask_fine_lines"]),
        ("gym is the devil, is that so, and does it hurt", ["ask_exercise", "ask_pain"]),
        ("how red will i be and how long", ["ask_post_treatment", "ask_recovery"]),
        ("im 67 is it too late for me and how much is it", ["ask_age", "ask_cost"]),
        ("my acne scars bother me, how much is it", ["ask_cost"]),
        ("i am pregnant. age limit?", ["ask_age"]),
        ("gym and wrinkles after?", ["ask_exercise", "ask_fine_lines"]),
        ("im pregnant, will it make it worse and what does it cost", ["ask_cost"]),
        ("i am pregnant, is that a problem?", ["ask_condition"]),
        ("cost, pain, wrinkles?", ["ask_cost", "ask_pain", "ask_fine_lines"]),
        ("gym trips plus wrinkles", ["ask_exercise", "ask_fine_lines"]),
        ("i need to know the cost. Also if it will hurt.", ["ask_cost", "ask_pain"]),
        ("nobody told me what it does cost. Nor the dangers.", ["ask_cost", "ask_risks"]),
        ("I'd also like to know about wrinkles and whether it can hurt", ["ask_fine_lines", "ask_pain"]),
    ],
)
def test_the_questions_of_a_message_are_found(text: str, intents: list[str]) -> None:
    found = answered(text)
    assert [intent for intent in found if intent in intents] == intents
    assert len(found) == len(intents)


def test_who_she_is_stands_in_the_clause_before() -> None:
    parts = asyncio.run(plan("my sister is pregnant. can she do it and does it hurt?", None, parse))
    assert [part.parse["intent"]["name"] for part in parts] == ["ask_condition", "ask_pain"]


def test_a_bare_name_of_a_concern_reports_nothing() -> None:
    parts = asyncio.run(plan("cost, pain, wrinkles?", None, parse))
    assert not [found for part in parts for found in part.parse["entities"] if found["entity"] == "symptom"]


def test_a_question_beside_a_report_is_answered_after_the_triage() -> None:
    assert answered("theres pus on my chin, how much is it") == ["report_symptom", "ask_cost"]


def test_a_question_about_the_report_is_part_of_it() -> None:
    assert answered("theres pus on my chin. what are the dangers?") == ["report_symptom"]
