"""Every fact that the clinic publishes can be asked for and is found in the answer."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import Assistant

# Question, topic, and words of which each alternative group must appear in the answer.
FACTS = [
    (
        "how does it work",
        "how_it_works",
        ["tiny|fine", "collagen", "elastin", "collagen induction therapy", "firm"],
    ),
    ("what device do you use, a roller or a pen?", "device", ["roll", "press|stamp", "sterile"]),
    (
        "what are the benefits",
        "benefits",
        ["line|wrinkle", "texture", "scar", "pore", "pigment|sun", "absor|soak"],
    ),
    ("does it help with fine lines and wrinkles", "fine_lines", ["collagen", "line"]),
    ("my skin is rough, can it get smoother", "texture", ["smooth"]),
    ("does it work on acne scars", "scars", ["acne", "surg"]),
    ("can it shrink my pores", "pores", ["pore"]),
    ("can it fade sunspots", "pigmentation", ["sunspot|sun spot|sun damage", "dark"]),
    ("does it help my serums absorb better", "absorption", ["clinic"]),
    (
        "what happens during the procedure",
        "procedure",
        ["clean", "numb", "needl|device", "serum|moisturi|calm|sooth"],
    ),
    ("do you use numbing cream", "numbing", ["numb", "allerg"]),
    ("how deep do the needles go", "depth", ["area", "concern|want to treat", "clinic"]),
    ("what do you put on my face right after the treatment", "post_treatment", ["serum|moisturi", "sunburn"]),
    ("how far apart are treatments", "frequency", ["4.{1,4}6 weeks"]),
    ("how many sessions will i need", "sessions", ["3.{1,4}6"]),
    ("what are the side effects", "side_effects", ["red", "swell", "discomfort"]),
    (
        "what are the risks",
        "risks",
        ["infection", "pigment|skin color", "scar", "instruction|aftercare|care"],
    ),
    (
        "who should not have it",
        "contraindications",
        ["infection", "wound|cut", "acne", "eczema", "psoriasis", "pregnan"],
    ),
    ("what should i do for aftercare", "aftercare", ["sun", "make-?up", "gentle|hydrat|moisturi"]),
    ("can i go in the sun afterwards", "sun", ["sunscreen|spf"]),
    ("when can i wear makeup again", "makeup", ["few days|days|hours"]),
    ("what skincare can i use after", "skincare", ["gentle", "hydrat|moisturi"]),
    ("how long until the redness goes away, whats the downtime", "recovery", ["few days", "red"]),
    ("does it hurt", "pain", ["mild|discomfort", "numb"]),
]


@pytest.mark.parametrize(("question", "topic", "facts"), FACTS, ids=[topic for _, topic, _ in FACTS])
def test_a_published_fact_is_answered(
    assistant: Assistant, question: str, topic: str, facts: list[str]
) -> None:
    person = assistant.person()
    person.say(question)
    assert ("answer", topic) in person.seen()
    text = person.text().lower()
    missing = [fact for fact in facts if not re.search(fact, text)]
    assert not missing, text


def test_an_answer_names_its_source_and_review(assistant: Assistant) -> None:
    person = assistant.person()
    reply = person.say("how does it work")[0]
    assert reply["source"]["title"]
    assert reply["source"]["reviewed"].count("-") == 2
