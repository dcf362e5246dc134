"""Each question is answered once, in order, flags first; follow-ups are scored turn by turn."""

from __future__ import annotations

import pytest

from benchmarks.evaluate import followups
from benchmarks.evaluate.compound import fault, score
from benchmarks.evaluate.replies import Expected, Reply
from scripts.console import SetUpError

pain, cost, sessions = (Reply("answer", topic) for topic in ("pain", "cost", "sessions"))
pregnancy, eczema = Reply("flag", "pregnancy"), Reply("flag", "eczema")
offer = Reply("flag", "condition")
unsure = Reply("fallback", "fallback")


def item(topic: str, **fields: object) -> Expected:
    return Expected.of({"topic": topic, **fields})


PAIN_COST = [item("pain"), item("cost")]
FLAGS_COST = [item("pregnancy", kind="flag"), item("eczema", kind="flag"), item("cost")]


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        ([pain, cost], ""),
        ([pain, cost, sessions], ""),
        ([pain], "1 of 2 answered"),
        ([unsure], "0 of 2 answered"),
        ([], "no reply"),
        ([cost, pain], "wrong order"),
        ([pain, cost, pain], "answered twice"),
        ([pregnancy, pain, cost], "unasked flag"),
        ([pain, cost, unsure], "unasked fallback"),
        ([pain, cost, *(Reply("answer", str(n)) for n in range(3))], "too many answers"),
    ],
)
def test_answers_are_complete_in_order_and_given_once(replies, why):
    assert fault(replies, PAIN_COST) == why


def test_the_order_may_be_left_free_altogether_or_among_the_flags():
    assert fault([cost, pain], PAIN_COST, "any") == ""
    assert fault([eczema, pregnancy, offer, cost], FLAGS_COST, "flags_any") == ""
    assert fault([eczema, pregnancy, cost], FLAGS_COST) == "wrong order"
    assert fault([eczema, cost, pregnancy], FLAGS_COST, "flags_any") == "wrong order"
    assert fault([pregnancy, cost], FLAGS_COST, "flags_any") == "2 of 3 answered"


def test_an_order_that_nobody_knows_is_refused():
    with pytest.raises(SetUpError, match="backwards"):
        fault([pain], [item("pain")], "backwards")


def test_one_reply_does_not_answer_two_questions():
    both = [item("side_effects"), item("recovery", also_topics=["side_effects"])]
    assert fault([Reply("answer", "side_effects")], both) == "1 of 2 answered"


def test_the_same_question_twice_is_answered_once():
    entry = {"text": "does it hurt? like a lot?", "topics": [{"topic": "pain"}]}
    assert score(entry, [pain]).right
    assert score(entry, [pain, pain]).fault == "answered twice"


def test_a_conversation_is_right_only_if_every_turn_is():
    entry = {"turns": [{"text": "price", "topic": "cost"}, {"text": "for 3?", "topic": "cost"}]}
    right = followups.score(entry, [[cost], [cost]])
    wrong = followups.score(entry, [[cost], [sessions]])
    known = {figure.name: str(figure) for figure in followups.figures([right, wrong])}
    assert known["Follow-up turns right"] == "50.0 % (1 of 2)"
    assert known["Conversations right from first to last turn"] == "50.0 % (1 of 2)"
