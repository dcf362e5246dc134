"""Assertions on the development sentences, and single cues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from engine.nlu.clinical_analyser import ClinicalAnalyser
from engine.nlu.context import ASSERTIONS
from engine.nlu.lexicon import load_knowledge

REPOSITORY = Path(__file__).parents[3]
SENTENCES = Path(__file__).with_name("assertions_dev.yml")
KNOWLEDGE = load_knowledge(REPOSITORY / "knowledge")
ANALYSER = ClinicalAnalyser.of(KNOWLEDGE)
NEVER_MISSED = {one.key for one in KNOWLEDGE.concepts if one.category in ("avoid", "provider_first")}
TARGET = 0.97
OWN_IN_ANY_WORDS = ("turned_round", "ones_own_after_all", "present_all_the_same")


class Case(NamedTuple):
    """A mention of a development sentence with the assertion that is right."""

    text: str
    key: str
    assertion: str


def cases(*sections: str) -> Iterator[Case]:
    """Yield the mentions of the development sentences, of all sections if none is named."""
    for section, sentences in yaml.safe_load(SENTENCES.read_text(encoding="utf-8")).items():
        if sections and section not in sections:
            continue
        for text, expected in sentences.items():
            for key, assertion in expected.items():
                yield Case(text, key, assertion)


def assertions_of(text: str) -> dict[str, set[str]]:
    """Return the assertions given to each key in a text."""
    found: dict[str, set[str]] = defaultdict(set)
    for mention in ANALYSER.analyse(text):
        if mention.assertion:
            found[mention.value].add(mention.assertion)
    return found


def is_right(case: Case) -> bool:
    """Whether a case is found with its assertion alone; "none" must not be found."""
    wanted = set() if case.assertion == "none" else {case.assertion}
    return assertions_of(case.text).get(case.key, set()) == wanted


def test_the_development_set_is_large_and_uses_the_names_of_the_assertions() -> None:
    everything = list(cases())
    assert len({case.text for case in everything}) >= 300
    assert {case.assertion for case in everything} == ASSERTIONS | {"none"}


def test_nearly_all_development_sentences_are_right() -> None:
    everything = list(cases())
    wrong = [case for case in everything if not is_right(case)]
    listing = "\n".join(f"{case} -> {dict(assertions_of(case.text))}" for case in wrong)
    assert 1 - len(wrong) / len(everything) >= TARGET, listing


@pytest.mark.parametrize(
    "case",
    [case for case in cases() if case.assertion == "present" and case.key in NEVER_MISSED],
    ids=lambda case: f"{case.key}: {case.text}",
)
def test_no_own_present_reason_not_to_treat_is_missed(case: Case) -> None:
    assert "present" in assertions_of(case.text).get(case.key, set())


@pytest.mark.parametrize(
    "case",
    [case for case in cases(*OWN_IN_ANY_WORDS) if case.assertion == "present"],
    ids=lambda case: f"{case.key}: {case.text}",
)
def test_words_that_end_or_deny_other_things_leave_what_is_present(case: Case) -> None:
    assert is_right(case)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("might have psoriasis", "psoriasis"),
        ("not sure if it's eczema", "eczema"),
        ("is this eczema?", "eczema"),
        ("i don't think i'm pregnant", "pregnancy"),
    ],
)
def test_a_doubtful_condition_counts_and_is_marked(text: str, key: str) -> None:
    (mention,) = [one for one in ANALYSER.analyse(text) if one.value == key]
    assert mention.assertion == "present"
    assert mention.hedged


@pytest.mark.parametrize(
    "text",
    [
        "cant do this anymore i want to die",
        "i dont know what to do my throat is closing",
        "no one answers and i cant breathe",
        "not kidding, my tongue is swelling",
    ],
)
def test_an_unrelated_not_never_hides_an_emergency(text: str) -> None:
    signs = [mention for mention in ANALYSER.analyse(text) if mention.tier == "emergency"]
    assert any(sign.assertion == "present" for sign in signs)
