"""Signs as people put them: misspelt, understated, in pictures, of others; and what only sounds like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.nlu.clinical_analyser import ClinicalAnalyser
from engine.nlu.lexicon import TIERS, load_knowledge

KNOWLEDGE = Path(__file__).resolve().parents[3] / "knowledge"
NOW = {"present", "other_person"}


@pytest.fixture(scope="module")
def analyser() -> ClinicalAnalyser:
    return ClinicalAnalyser.of(load_knowledge(KNOWLEDGE))


def gravest(analyser: ClinicalAnalyser, text: str) -> str | None:
    """Return the gravest tier of the signs that somebody has now."""
    signs = [m for m in analyser.analyse(text) if m.entity == "symptom" and m.assertion in NOW]
    tiers = [sign.tier for sign in signs if sign.tier]
    return max(tiers, key=TIERS.index, default=None)


@pytest.mark.parametrize(
    "text",
    [
        "me nan carnt breave proper since the cream",
        "sounds silly but i cant seem to get enough air in",
        "my tung is massiv and fat",
        "like an elephant sitting on me, pain behind my breastbone",
        "his legs buckled and he came to on the kitchen tiles",
        "she keeps asking the same question and doesnt know what day it is",
        "i seein dubble out of my left eye",
        "the spot has gone black and cold",
        "gone through three towels and the blood hasnt slowed",
        "one side of her mouth has dropped",
        "hart going like mad since the numbin cream",
        "hives on my legs and my belly",
        "my toddler licked the numbing gel",
        "whats the easiest way to end it all",
        "honestly nobody would miss me",
        "the red has shot up to my ear in an hour",
    ],
)
def test_an_emergency_in_plain_words(analyser: ClinicalAnalyser, text: str) -> None:
    assert gravest(analyser, text) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "for the life of me i cant find your address",
        "im dying to try this",
        "my heart races at needles",
        "i'd rather die than face my mates without mascara",
        "breathing's fine, throat's fine",
        "the bridge of my nose is bumpy",
        "looks good on the models, i could not believe it",
        "he had a stroke ten years ago",
        "my back is killing me from gardening",
        "i pass out easy at blood tests",
    ],
)
def test_what_only_sounds_like_an_emergency(analyser: ClinicalAnalyser, text: str) -> None:
    assert gravest(analyser, text) != "emergency"


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("feeling shivery and rough", "urgent"),
        ("gone septic where you did it", None),
        ("hotter and bigger by the hour", "urgent"),
        ("little hard beads under the skin", "call_clinic"),
        ("yellowish crust by my nose", "call_clinic"),
        ("my lip got a cold sore after the session", "call_clinic"),
        ("squares on my cheeks", "call_clinic"),
        ("brown shadow since the session", "call_clinic"),
        ("scarlet and tight", "expected"),
    ],
)
def test_other_tiers_in_plain_words(analyser: ClinicalAnalyser, text: str, tier: str | None) -> None:
    found = gravest(analyser, text)
    assert found == tier if tier else found is not None
