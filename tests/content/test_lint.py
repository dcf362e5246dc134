"""The lint itself: each rule can fail."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.content import lint
from tests.content.content import Response, knowledge, load, pattern_of, prose

GOOD = {"kind": "answer", "topic": "pain", "source": "Clinic page", "reviewed": "2026-11-20"}


def response(buttons: tuple[dict[str, str], ...] = (), **metadata: object) -> Response:
    data = {key: value for key, value in {**GOOD, **metadata}.items() if value is not None}
    return Response("utter_ask_pain", "It may sting.", buttons, data)


def test_complete_metadata_passes():
    assert lint.metadata_faults(response()) == []
    assert lint.metadata_faults(response(kind="smalltalk", source=None, reviewed=None)) == []
    assert lint.metadata_faults(response(kind="triage", severity="urgent")) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "reply"}, "kind 'reply'"),
        ({"topic": None}, "no topic"),
        ({"source": None}, "no source"),
        ({"reviewed": None}, "reviewed None"),
        ({"reviewed": "soon"}, "reviewed 'soon'"),
        ({"severity": "urgent"}, "severity 'urgent'"),
        ({"kind": "triage"}, "severity None"),
        ({"kind": "triage", "severity": "bad"}, "severity 'bad'"),
        ({"offer": "coffee"}, "offer 'coffee'"),
        ({"offer": "start_screening"}, "no button for the offer start_screening"),
    ],
)
def test_incomplete_metadata_is_found(change, fault):
    assert lint.metadata_faults(response(**change)) == [fault]


def test_an_offer_with_its_button_passes():
    button = {"title": "Start the screening", "payload": "/start_screening"}
    assert lint.metadata_faults(response(buttons=(button,), offer="start_screening")) == []


def test_ninety_words_pass_and_ninety_one_do_not():
    assert lint.length_faults("word " * 90) == []
    assert lint.length_faults("word " * 91) == ["91 words"]


def test_a_hard_text_is_found_and_a_label_is_not_graded():
    hard = "Contraindications necessitate individualised dermatological consultation " * 3
    assert lint.grade_faults(hard)[0].startswith("grade ")
    assert lint.grade_faults("Microneedling consultation") == []
    assert lint.grade_faults("Your skin may look red for a few days. Keep it clean and cool.") == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("See <b>this</b>", "HTML"),
        ("Hello \U0001f642", "emoji"),
        ("**bold", "bold not closed"),
        ("* item", "a list or heading of another kind"),
        ("1. item", "a list or heading of another kind"),
        ("[here](javascript:alert(1)", "link to javascript:alert(1"),
        ("[here](http://clinic.example)", "link to http://clinic.example"),
    ],
)
def test_other_markup_is_found(text, fault):
    assert lint.markup_faults(text) == [fault]


def test_plain_markup_passes():
    text = "**Call** [{clinic_phone}]({clinic_phone_link}) or [write](mailto:{clinic_email}):\n\n- 2 < 3"
    assert lint.markup_faults(text) == []


def test_forbidden_words_are_found_behind_markup_and_curly_quotes():
    patterns = lint.compiled(knowledge("never_say"))
    found = lint.never_say_faults("So you’re **cleared** for it.", patterns)
    assert found == ['cleared: "you\'re cleared"']


def test_an_example_under_two_intents_is_found_whatever_its_case_and_annotation(tmp_path: Path):
    topic = tmp_path / "topic.yml"
    topic.write_text(
        """
        nlu:
        - intent: ask_pain
          examples: |
            - Does it hurt?
            - ouch
        - intent: ask_condition
          examples: |
            - does [it](thing) hurt
            - other
        """
    )
    assert lint.repeated_examples(load([topic])) == {"does it hurt": {"ask_pain", "ask_condition"}}


def test_rules_are_read_with_alternatives(tmp_path: Path):
    topic = tmp_path / "topic.yml"
    topic.write_text(
        """
        intents: [greet, {help: {use_entities: []}}]
        rules:
        - rule: hello
          steps:
          - or:
            - intent: greet
            - intent: help
          - action: utter_greet
        """
    )
    content = load([topic])
    assert content.intents == ["greet", "help"]
    assert content.answers_to("help") == {"utter_greet"}
    assert content.answers_to("stop") == set()


def test_a_name_put_together_in_code_becomes_a_pattern():
    template = ast.parse('f"utter_triage_{tier}"', mode="eval").body
    assert isinstance(template, ast.JoinedStr)
    assert pattern_of(template) == "utter_triage_[a-z0-9_]+"


def test_prose_is_what_is_read_out():
    assert prose("**Call** [{clinic_phone}](tel:1)\n- wait {wait_sun}") == "Call 1\nwait two weeks"
