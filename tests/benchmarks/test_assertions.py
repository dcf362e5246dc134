"""A sentence is right only if each condition has the right assertion and none is invented."""

from __future__ import annotations

import pytest

from benchmarks.evaluate.assertions import figures, score

CATEGORIES = {"pregnancy": "avoid", "keloid": "provider_first", "recent_waxing": "wait", "eczema": "avoid"}
ECZEMA = {"text": "i dont have eczema", "condition": "eczema", "assertion": "negated"}
PREGNANT = {"text": "im pregnant", "condition": "pregnancy", "assertion": "present"}
NOTHING = {"text": "im 34", "mentions": []}
BOTH = {
    "text": "pregnant, no keloids",
    "mentions": [
        {"condition": "pregnancy", "assertion": "present"},
        {"condition": "keloid", "assertion": "negated"},
    ],
}


@pytest.mark.parametrize(
    ("entry", "found", "is_right"),
    [
        (ECZEMA, [("eczema", "negated")], True),
        (ECZEMA, [("eczema", "present")], False),
        (ECZEMA, [("eczema", "negated"), ("eczema", "present")], False),
        (ECZEMA, [("eczema", "negated"), ("keloid", "present")], False),
        (ECZEMA, [("eczema", "negated"), ("keloid", "general")], True),
        (ECZEMA, [], False),
        ({**ECZEMA, "also_assertion": ["historical"]}, [("eczema", "historical")], True),
        ({**ECZEMA, "also_condition": ["keloid"]}, [("keloid", "negated")], True),
        (NOTHING, [], True),
        (NOTHING, [("under_22", "present")], False),
        (BOTH, [("pregnancy", "present"), ("keloid", "negated")], True),
        (BOTH, [("pregnancy", "present")], False),
    ],
)
def test_a_sentence_is_right_or_wrong(entry, found, is_right):
    assert score(entry, found, CATEGORIES).outcome.right is is_right


def test_an_own_present_condition_that_is_not_reported_as_present_is_missed():
    assert score(PREGNANT, [("pregnancy", "general")], CATEGORIES).missed == ("pregnancy",)
    assert score(PREGNANT, [("pregnancy", "present")], CATEGORIES).missed == ()
    waxed = {"text": "waxed today", "condition": "recent_waxing", "assertion": "present"}
    assert score(waxed, [], CATEGORIES).missed == ()


def test_the_figures_count_sentences_mentions_and_misses():
    sentences = [
        score(PREGNANT, [], CATEGORIES),
        score(BOTH, [("pregnancy", "present")], CATEGORIES),
        score(ECZEMA, [("eczema", "negated"), ("keloid", "present")], CATEGORIES),
    ]
    known = {figure.name: str(figure) for figure in figures(sentences)}
    assert known["Sentences right"] == "0.0 % (0 of 3)"
    assert known["Mentions right"] == "50.0 % (2 of 4)"
    assert known["Own present conditions (avoid, provider first) missed"] == "1"
    assert known["Right mentions, with another wrongly reported as present"] == "1"
