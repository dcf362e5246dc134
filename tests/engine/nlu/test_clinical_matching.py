"""What the lexicon finds and what it must leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.nlu.clinical_analyser import ClinicalAnalyser
from engine.nlu.lexicon import KnowledgeError, load_knowledge, parse_knowledge

ANALYSER = ClinicalAnalyser.of(load_knowledge(Path(__file__).parents[3] / "knowledge"))
SMALL_CONDITIONS: dict[str, Any] = {
    "conditions": {
        "eczema": {"category": "avoid", "phrases": ["eczema"], "exclude": ["eczema herpeticum"]},
        "cold_sore_active": {"category": "avoid", "phrases": ["cold sore"]},
        "diabetes": {"category": "review", "phrases": ["diabetes", "t2d", "insulin"]},
        "implanted_device": {"category": "rf_only", "phrases": ["insulin pump"]},
    }
}
SMALL_SYMPTOMS: dict[str, Any] = {
    "signs": {
        "throat": {
            "tier": "emergency",
            "phrases": ["throat closing"],
            "patterns": [["throat|tongue", "swell*|swollen"]],
        },
        "swelling": {"tier": "expected", "phrases": ["swelling"]},
        "sore": {"tier": "expected", "phrases": ["sore"]},
    },
    "trend": {"worse": ["getting worse"]},
}


def keys(text: str, entity: str = "condition") -> set[str]:
    """Return the values of one kind of entity in a text."""
    return {mention.value for mention in ANALYSER.analyse(text) if mention.entity == entity}


def small(text: str) -> list[str]:
    """Return what an analyser of a small knowledge finds."""
    return [mention.value for mention in ClinicalAnalyser(SMALL_CONDITIONS, SMALL_SYMPTOMS).analyse(text)]


def condition(**fields: Any) -> Any:
    """Return the content of a file with one condition."""
    return {"conditions": {"eczema": fields}}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("i have exzema", "eczema"),
        ("i have eczemma", "eczema"),
        ("psoriosis on my arms", "psoriasis"),
        ("psoriassis on my arms", "psoriasis"),
        ("im on acutane", "isotretinoin_current"),
        ("im on isotretinon", "isotretinoin_current"),
        ("im preggers", "pregnancy"),
        ("im preganant", "pregnancy"),
        ("brestfeeding", "breastfeeding"),
        ("breastfeedin my baby", "breastfeeding"),
        ("i have roseacea", "rosacea"),
        ("diabeetic", "diabetes"),
        ("i take elliquis", "blood_thinner"),
        ("warfarrin every day", "blood_thinner"),
        ("taking coumadin", "blood_thinner"),
        ("on plavix", "blood_thinner"),
        ("humira shots", "immunosuppression"),
        ("i have keyloids", "keloid"),
        ("got a feverblister", "cold_sore_active"),
        ("scelroderma", "collagen_disease"),
        ("ihave eczema", "eczema"),
        ("i havepsoriasis", "psoriasis"),
        ("sooo much eczemaaa", "eczema"),
        ("Hashimoto\u2019s", "autoimmune_disease"),
        ("i have t2d", "diabetes"),
        ("I HAVE LUPUS!!!", "autoimmune_disease"),
        ("cold-sore on my lip", "cold_sore_active"),
    ],
)
def test_misspellings_and_brand_names_are_found(text: str, key: str) -> None:
    assert key in keys(text)


@pytest.mark.parametrize(
    "text",
    [
        "will it help my skin texture",
        "nothing scares me",
        "my lips feel dry",
        "a retina scan",
        "does it hurt a lot",
        "my heart is set on this",
        "i moved the date with the receptionist",
        "the price is a bit steep",
        "can i pay by instalments",
        "is there parking nearby",
        "i need a kind therapist",
        "my boss gave me the day off",
        "what does detox mean",
        "a moment please",
        "will i need a follow up call",
        "i live in laredo texas",
        "lauren will be my nurse on friday",
        "how many needles are in the cartridge",
        "lupins in the garden",
        "i like the aroma",
    ],
)
def test_ordinary_words_are_no_conditions(text: str) -> None:
    assert keys(text) == set()


def test_a_longer_phrase_wins_over_one_inside_it() -> None:
    assert small("i have an insulin pump") == ["implanted_device"]
    assert small("i have a cold sore") == ["cold_sore_active"]


def test_an_excluded_phrase_suppresses_its_match() -> None:
    assert small("eczema herpeticum") == []


def test_parts_of_a_pattern_match_in_any_order_within_reach() -> None:
    assert small("my throat feels swollen") == ["throat"]
    assert set(small("it is swelling in my throat")) == {"throat", "swelling"}
    assert small("my throat is fine. swelling on my cheek") == ["swelling"]


def test_plurals_match() -> None:
    assert small("cold sores") == ["cold_sore_active"]


def test_offsets_refer_to_the_text_as_written() -> None:
    text = "Hi!! I\u2019ve   got ECZEMAAA & a  cold-sore \U0001f62d"
    spans = {
        mention.value: (mention.text, text[mention.start : mention.end]) for mention in ANALYSER.analyse(text)
    }
    assert spans["eczema"] == ("ECZEMAAA", "ECZEMAAA")
    assert spans["cold_sore_active"][0] == "cold-sore"
    assert all(mention == written for mention, written in spans.values())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("im 17", "under_18"),
        ("17f", "under_18"),
        ("i turned 16", "under_18"),
        ("im almost 18", "under_18"),
        ("i'll be 18 next month", "under_18"),
        ("my 15 year old daughter", "under_18"),
        ("my daughter (14) wants it", "under_18"),
        ("i just turned 18", "under_22"),
        ("19 yo here", "under_22"),
        ("i am twenty one", "under_22"),
    ],
)
def test_ages_are_conditions(text: str, key: str) -> None:
    assert key in keys(text)


@pytest.mark.parametrize(
    "text",
    [
        "im 17 weeks pregnant",
        "i was 17 when i got these scars",
        "my scar is 17 years old",
        "i'm 20 minutes away",
        "do i have to be over 18",
        "im 34",
        "explain it like im 5",
        "im 10 days post",
        "since i was 15 i had scars",
    ],
)
def test_other_numbers_are_no_ages(text: str) -> None:
    assert not keys(text) & {"under_18", "under_22"}


@pytest.mark.parametrize("text", ["temp of 101", "38.5 this morning", "102 fever", "running 103", "39c"])
def test_a_high_temperature_is_a_fever(text: str) -> None:
    assert "fever" in keys(text, "symptom")


@pytest.mark.parametrize("text", ["98.6", "im 38", "unit 101 on main street", "it cost 102 dollars"])
def test_other_numbers_are_no_fever(text: str) -> None:
    assert "fever" not in keys(text, "symptom")


@pytest.mark.parametrize("text", ["i'm 29 weeks", "29 weeks today", "im 12 weeks, can i come"])
def test_weeks_alone_may_tell_of_a_pregnancy(text: str) -> None:
    assert "pregnancy" in keys(text)


@pytest.mark.parametrize(
    "text", ["i'm 2 weeks post treatment", "im 6 weeks out", "6 weeks", "results at 12 weeks"]
)
def test_weeks_since_a_treatment_are_no_pregnancy(text: str) -> None:
    assert keys(text) == set()


@pytest.mark.parametrize(
    ("conditions", "symptoms", "place"),
    [
        ({}, SMALL_SYMPTOMS, "conditions.yml: conditions"),
        (condition(category="bad", phrases=["x"]), SMALL_SYMPTOMS, "conditions.eczema.category"),
        (condition(category="avoid"), SMALL_SYMPTOMS, "conditions.eczema.phrases"),
        (condition(category="avoid", phrases=[False]), SMALL_SYMPTOMS, "conditions.eczema.phrases"),
        (
            SMALL_CONDITIONS,
            {"signs": {"pus": {"tier": "soon", "phrases": ["pus"]}}},
            "symptoms.yml: signs.pus.tier",
        ),
        (SMALL_CONDITIONS, {"signs": {"pus": {"tier": "urgent", "phrases": "pus"}}}, "signs.pus.phrases"),
    ],
)
def test_malformed_knowledge_is_refused_by_file_and_key(conditions: Any, symptoms: Any, place: str) -> None:
    with pytest.raises(KnowledgeError, match=place.replace(".", r"\.")):
        parse_knowledge(conditions, symptoms)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"conditions\.yml: there is no such file"):
        load_knowledge(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\u200b\U0001f600\U0001f600",
        "\u0645\u0631\u062d\u0628\u0627",
        "?!.,",
        "a" * 5000,
        "\x00\x07",
    ],
)
def test_odd_texts_give_nothing_and_do_no_harm(text: str) -> None:
    assert ANALYSER.analyse(text) == []


def test_a_long_repetitive_message_is_read() -> None:
    assert ANALYSER.analyse("my throat is swelling and not swollen " * 26)
