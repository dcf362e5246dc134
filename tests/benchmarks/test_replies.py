"""A reply is right only in topic, kind and tier, and nothing unasked may stand beside it."""

from __future__ import annotations

import pytest

from benchmarks.evaluate.messages import figures, score
from benchmarks.evaluate.replies import Expected, Reply, fault

PAIN = {"text": "does it hurt", "intent": "ask_pain", "kind": "answer", "topic": "pain"}
PREGNANT = {"text": "im pregnant", "intent": "ask_condition", "kind": "flag", "topic": "pregnancy"}
FEVER = {
    "text": "fever",
    "intent": "report_symptom",
    "kind": "triage",
    "topic": "report_symptom",
    "severity": "urgent",
}

pain = Reply("answer", "pain")
cost = Reply("answer", "cost")
pregnancy = Reply("flag", "pregnancy")
flag_offer = Reply("flag", "condition")
unsure = Reply("fallback", "fallback")
out_of_scope = Reply("fallback", "out_of_scope")
notice = Reply("notice", "screening")


def triage(severity: str) -> Reply:
    return Reply("triage", "report_symptom", severity)


def fault_of(entry: dict, *replies: Reply) -> str:
    return fault(replies, Expected.of(entry))


def test_the_reply_asked_for_is_right_also_after_a_notice():
    assert fault_of(PAIN, pain) == ""
    assert fault_of(PAIN, notice, pain) == ""


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        ([], "no reply"),
        ([notice], "wrong topic"),
        ([cost], "wrong topic"),
        ([cost, pain], "wrong topic"),
        ([Reply("question", "pain")], "wrong kind"),
        ([unsure], "not understood"),
        ([out_of_scope], "taken for out of scope"),
        ([pregnancy, pain], "unasked flag"),
        ([pain, pregnancy], "unasked flag"),
        ([pain, flag_offer], "unasked flag"),
        ([pain, unsure], "unasked fallback"),
        ([pain, triage("expected")], "unasked triage"),
        ([Reply("error")], "error"),
    ],
)
def test_any_other_reply_is_wrong(replies, why):
    assert fault_of(PAIN, *replies) == why


def test_a_further_answer_is_counted_but_not_wrong():
    outcome = score(PAIN, [pain, cost])
    assert (outcome.right, outcome.surplus) == (True, 1)


def test_a_flag_may_close_with_its_offer_and_go_on_to_an_answer():
    assert fault_of(PREGNANT, pregnancy, flag_offer) == ""
    assert fault_of(PREGNANT, pregnancy, pain) == ""


def test_a_flag_is_never_optional():
    lenient = {**PREGNANT, "also": ["ask_pain"], "also_kind": ["answer"]}
    assert fault_of(lenient, pain) == "flag missing"
    assert fault_of(lenient, Reply("answer", "pregnancy")) == "flag missing"
    assert fault_of(PREGNANT, Reply("flag", "eczema")) == "flag missing"


def test_another_intent_that_a_careful_reader_could_choose_is_right_in_its_usual_kind():
    either = {**PAIN, "also": ["request_human", "ask_cost"]}
    assert fault_of(either, cost) == ""
    assert fault_of(either, Reply("handoff", "request_human")) == ""
    assert fault_of(either, Reply("summary", "request_human")) == "wrong topic"
    assert fault_of(either, Reply("answer", "recovery")) == "wrong topic"


def test_the_tier_has_to_be_one_of_the_right_ones():
    assert fault_of(FEVER, triage("urgent")) == ""
    assert fault_of(FEVER, triage("call_clinic")) == "wrong tier"
    assert fault_of({**FEVER, "also_severity": ["emergency"]}, triage("emergency")) == ""


def test_wrong_replies_lower_the_figures():
    outcomes = [score(PAIN, [pain]), score(PAIN, [cost]), score(PREGNANT, [pain]), score(PAIN, [unsure])]
    known = {figure.name: str(figure) for figure in figures(outcomes)}
    assert known["Right reply"] == "25.0 % (1 of 4)"
    assert known["Flags missing"] == "1"
    assert known["In scope, asked which topic was meant"] == "25.0 % (1 of 4)"
