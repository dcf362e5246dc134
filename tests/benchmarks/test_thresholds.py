"""The threshold's curve, the Matthews correlation, and the figures' own arithmetic."""

from __future__ import annotations

import pytest

from benchmarks.evaluate.figures import Figure, Share
from benchmarks.thresholds import Prediction, best_mcc, choose, curve, matthews, point

OUT = "out_of_scope"
PREDICTIONS = [
    Prediction("pain", "pain", 0.9),
    Prediction("cost", "cost", 0.4),
    Prediction("cost", "pain", 0.8),
    Prediction(OUT, "pain", 0.3),
    Prediction(OUT, OUT, 0.9),
]


def test_below_the_threshold_a_message_counts_as_out_of_scope():
    low, high = point(PREDICTIONS, 0.0, OUT), point(PREDICTIONS, 0.5, OUT)
    assert (low.in_scope, low.out_of_scope) == (pytest.approx(2 / 3), 0.5)
    assert (high.in_scope, high.out_of_scope) == (pytest.approx(1 / 3), 1.0)


def test_a_confidence_equal_to_the_threshold_is_enough():
    assert point([Prediction("pain", "pain", 0.5)], 0.5, OUT).in_scope == 1.0


def test_another_right_label_counts_as_right():
    either = [Prediction("pain", "numbing", 0.9, frozenset({"numbing"}))]
    assert point(either, 0.0, OUT).in_scope == 1.0
    assert point(either, 0.95, OUT).in_scope == 0.0


def test_the_lowest_threshold_within_loss_and_recall_is_chosen():
    many = [Prediction("a", "a", 0.9)] * 49 + [Prediction("a", "a", 0.2)] + [Prediction(OUT, "a", 0.3)] * 10
    chosen = choose(curve(many, OUT))
    assert chosen is not None
    assert chosen.threshold == pytest.approx(0.31)
    assert choose(curve([*many, *[Prediction("a", "a", 0.1)] * 5], OUT)) is None


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a", "a"), ("b", "b"), ("c", "c")], 1.0),
        ([("a", "b"), ("b", "a")], -1.0),
        ([("a", "a"), ("b", "a")], 0.0),
        # 2 true positives, 1 true negative, 1 false positive, 1 false negative.
        ([("a", "a"), ("a", "a"), ("b", "b"), ("b", "a"), ("a", "b")], 1 / 6),
    ],
)
def test_matthews_correlation(pairs, expected):
    assert matthews(pairs) == pytest.approx(expected)


def test_the_best_correlation_is_found():
    assert best_mcc(curve(PREDICTIONS, OUT)).threshold == pytest.approx(0.31)


def test_a_share_knows_its_interval_and_a_figure_its_goal():
    assert str(Share(19, 20)) == "95.0 % (19 of 20)"
    assert Share(19, 20).interval() == (pytest.approx(0.764, abs=0.001), pytest.approx(0.991, abs=0.001))
    assert Figure("x", Share(19, 20), at_least=0.95).is_met
    assert not Figure("x", Share(18, 20), at_least=0.95).is_met
    assert not Figure("x", 3.1, at_most=3).is_met
    assert Figure("x", 7).is_met is None
