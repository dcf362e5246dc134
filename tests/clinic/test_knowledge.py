"""Knowledge files are checked before the start; an error names file, key and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic import triage
from clinic.knowledge import KnowledgeError, load_knowledge, load_topics
from tests.clinic.knowledge_files import (
    CONDITIONS,
    SCREENING,
    SYMPTOMS,
    Data,
    changed,
    condition,
    write_all,
)


def error_of(folder: Path, **data: Data) -> str:
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(write_all(folder, **data))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_good_files_are_loaded(tmp_path: Path) -> None:
    knowledge = load_knowledge(write_all(tmp_path))
    assert knowledge.conditions.conditions["pregnancy"].category == "provider_first"
    assert knowledge.symptoms.signs["redness"].expected_days == (0, 5)
    assert [question.slot for question in knowledge.screening.questions][:2] == [
        "screening_implants",
        "screening_sun",
    ]


def test_the_clinic_s_own_files_are_good() -> None:
    knowledge = load_knowledge(Path("knowledge"))
    assert {"pregnancy", "eczema", "isotretinoin_current", "blood_thinner", "under_18"} <= set(
        knowledge.conditions.conditions
    )
    assert 9 <= len(knowledge.screening.questions) <= 12
    assert knowledge.screening.questions[-1].key == "age"


def test_the_rules_of_the_triage_speak_of_signs_and_conditions_that_there_are() -> None:
    knowledge = load_knowledge(Path("knowledge"))
    signs = knowledge.symptoms.signs
    assert signs.keys() >= (
        {triage.FEVER, triage.WELL} | triage.SPREADING | triage.RED_OR_WORSENING | triage.FADING
    )
    assert knowledge.conditions.conditions.keys() >= triage.WEAK_IMMUNITY
    assert any(sign.group == triage.INFECTION for sign in signs.values())
    assert signs["self_harm"].response == "utter_triage_crisis"
    assert signs["child_numbing_cream"].response == "utter_triage_poison"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("conditions.eczema.category", "maybe"),
        ("conditions.eczema.tier", "S"),
        ("conditions.eczema.tier", ["X"]),
        ("conditions.eczema.reviewed", "yesterday"),
        ("conditions.eczema.phrases", []),
        ("conditions.eczema.phrases", ["Eczema"]),
        ("conditions.eczema.present", ""),
        ("conditions.eczema.colour", "red"),
    ],
)
def test_a_wrong_condition_is_named(path: str, value: object, tmp_path: Path) -> None:
    message = error_of(tmp_path, conditions=changed(CONDITIONS, path, value))
    assert f"{tmp_path / 'conditions.yml'}: {path}" in message


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("signs.pus.tier", "bad", "signs.pus.tier"),
        ("signs.redness.expected_days", None, "signs.redness"),
        ("signs.redness.expected_days", [5, 2], "signs.redness"),
        ("signs.pus.expected_days", [0, 1], "signs.pus"),
        ("signs.fever.usual_days", [0, 1], "signs.fever"),
        ("signs.hot_skin.usual_days", [2, 1], "signs.hot_skin"),
        ("signs.pus.phrases", [], "signs.pus"),
        ("trend.worse", [], "trend.worse"),
    ],
)
def test_a_wrong_sign_is_named(path: str, value: object, named: str, tmp_path: Path) -> None:
    assert f"{tmp_path / 'symptoms.yml'}: {named}" in error_of(
        tmp_path, symptoms=changed(SYMPTOMS, path, value)
    )


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("questions.0.conditions", [], "questions.0.conditions"),
        ("questions.0.title", "", "questions.0.title"),
        ("questions.0.key", "skin", "skin stands twice"),
        ("questions.0.conditions", ["eczema"], "eczema stands twice"),
        ("questions.0.conditions", ["pacemaker"], "pacemaker is not a condition"),
        ("answers.unsure", None, "answers.unsure"),
        ("summary", "{name}: {answer}", "summary: {name} is not one of answer, title"),
        ("flags.yes", "{reason}", "flags.yes: {reason}"),
        ("advice.wait", "", "advice.wait"),
    ],
)
def test_a_wrong_screening_is_named(path: str, value: object, said: str, tmp_path: Path) -> None:
    message = error_of(tmp_path, screening=changed(SCREENING, path, value))
    assert str(tmp_path / "screening.yml") in message
    assert said in message


def test_a_condition_that_no_question_covers_is_named(tmp_path: Path) -> None:
    more = changed(CONDITIONS, "conditions.melasma", condition("melasma", "review"))
    assert "no question covers melasma" in error_of(tmp_path, conditions=more)


def test_a_text_with_an_unknown_placeholder_is_named(tmp_path: Path) -> None:
    wrong = changed(CONDITIONS, "conditions.sunburn.past", "Wait {wait_sunbrun}.")
    message = error_of(tmp_path, conditions=wrong)
    assert "conditions.sunburn.past: the profile does not fill {wait_sunbrun}" in message


def test_titles_of_topics_are_loaded() -> None:
    assert load_topics(Path("knowledge/topics.yml"))["ask_pain"]
