"""A tier below the right ones is an error, one above is over-triage, and the line to call has to be shown."""

from __future__ import annotations

import pytest

from benchmarks.evaluate.replies import Reply
from benchmarks.evaluate.triage import confusion, fault, figures, score

LINES = {"clinic": "(415) 555-0132", "emergency": "911", "crisis": "988", "poison": "1-800-222-1222"}

asks = Reply("question", "report_symptom")
answer = Reply("answer", "recovery")


def triage(severity: str, text: str = "") -> Reply:
    return Reply("triage", "report_symptom", severity, text)


def entry(tier: str, *accept: str, **fields: str) -> dict:
    return {"text": "it hurts", "tier": tier, "accept": list(accept), **fields}


@pytest.mark.parametrize(
    ("tier", "accept", "reply", "why"),
    [
        ("emergency", [], triage("emergency"), ""),
        ("emergency", [], triage("urgent"), "under"),
        ("emergency", [], asks, "under"),
        ("emergency", [], answer, "no triage"),
        ("call_clinic", ["urgent"], triage("urgent"), ""),
        ("call_clinic", ["urgent"], triage("emergency"), "over"),
        ("call_clinic", [], triage("expected"), "under"),
        ("call_clinic", [], asks, "under"),
        ("expected", [], triage("expected"), ""),
        ("expected", [], asks, "over"),
        ("ask", [], asks, ""),
        ("ask", [], triage("expected"), "under"),
        ("ask", ["expected"], triage("expected"), ""),
        ("ask", [], triage("call_clinic"), "over"),
        ("urgent", ["emergency", "ask"], triage("call_clinic"), "under"),
        ("expected", [], Reply("triage", "report_symptom", None), "no triage"),
    ],
)
def test_a_tier_is_right_over_or_under(tier, accept, reply, why):
    assert fault(entry(tier, *accept), [reply], LINES) == why


def test_no_reply_is_no_triage():
    assert fault(entry("emergency"), [], LINES) == "no triage"


def test_the_emergency_answer_comes_first():
    assert fault(entry("emergency"), [answer, triage("emergency")], LINES) == "not first"


def test_the_right_line_to_call_is_shown():
    crisis = entry("emergency", line="crisis")
    assert fault(crisis, [triage("emergency", "Call 988")], LINES) == ""
    assert fault(crisis, [triage("emergency", "Call 911")], LINES) == "line missing"
    poison = entry("emergency", line="poison")
    assert fault(poison, [triage("emergency", "Call 911")], LINES) == "line missing"
    assert fault(poison, [triage("emergency", "Call 911, then 1-800-222-1222")], LINES) == ""


def test_the_figures_count_what_was_missed_and_what_was_played_down():
    outcomes = [
        score(entry("emergency"), [triage("emergency")], LINES),
        score(entry("emergency"), [triage("expected")], LINES),
        score(entry("call_clinic"), [triage("urgent")], LINES),
        score(entry("call_clinic"), [asks], LINES),
        score(entry("expected"), [triage("urgent")], LINES),
    ]
    known = {figure.name: str(figure) for figure in figures(outcomes)}
    assert known["Emergency recall"] == "50.0 % (1 of 2)"
    assert known["Worse than expected, told “expected”"] == "1"
    assert known["Recall of “call the clinic” or above"] == "50.0 % (2 of 4)"
    assert known["“Call the clinic” or above, asked back first"] == "25.0 % (1 of 4)"
    assert known["Over-triage"] == "40.0 % (2 of 5)"
    assert known["Tier right"] == "20.0 % (1 of 5)"
    assert confusion(outcomes)["emergency", "expected"] == 1
    assert not figures(outcomes)[0].is_met
