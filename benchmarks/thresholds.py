"""What a confidence threshold costs in scope and what it catches out of scope."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = tuple(step / 100 for step in range(101))
COARSE = tuple(step / 10 for step in range(10))

MOST_LOSS = 0.02
LEAST_RECALL = 0.80


@dataclass(frozen=True)
class Prediction:
    """The classifier's best label for a message, and the labels that are right.

    label: what stands in the data. also: other labels that are right.
    """

    label: str
    predicted: str
    confidence: float
    also: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Point:
    """The curve at one threshold: below it a prediction is taken for out of scope. Shares from 0 to 1."""

    threshold: float
    in_scope: float
    out_of_scope: float
    mcc: float


def answer(prediction: Prediction, threshold: float, outside: str) -> str:
    """Return the label that the system acts on; `outside` is the label of out-of-scope messages.

    A prediction that the data also calls right counts as the label itself.
    """
    acted = prediction.predicted if prediction.confidence >= threshold else outside
    return prediction.label if acted in prediction.also else acted


def point(predictions: Sequence[Prediction], threshold: float, outside: str) -> Point:
    """Return the curve's point at a threshold."""
    pairs = [(prediction.label, answer(prediction, threshold, outside)) for prediction in predictions]
    return Point(
        threshold,
        _share(label == acted for label, acted in pairs if label != outside),
        _share(label == acted for label, acted in pairs if label == outside),
        matthews(pairs),
    )


def curve(
    predictions: Sequence[Prediction], outside: str, thresholds: Sequence[float] = STEPS
) -> list[Point]:
    """Return the curve over thresholds."""
    return [point(predictions, threshold, outside) for threshold in thresholds]


def best_mcc(points: Iterable[Point]) -> Point:
    """Return the point with the highest Matthews correlation, of equals the lowest threshold."""
    return max(points, key=lambda one: (one.mcc, -one.threshold))


def choose(points: Sequence[Point]) -> Point | None:
    """Return the lowest threshold that reaches the out-of-scope recall within the in-scope loss, or None.

    The loss is counted from threshold 0, the recall and the loss are those of the goals.
    """
    start = points[0].in_scope
    fit = (
        one for one in points if one.out_of_scope >= LEAST_RECALL and start - one.in_scope <= MOST_LOSS + 1e-9
    )
    return min(fit, key=lambda one: one.threshold, default=None)


def matthews(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the Matthews correlation of true and predicted labels, for any number of classes.

    Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004. 0 where
    only one class is true or predicted.
    """
    true = Counter(label for label, _ in pairs)
    predicted = Counter(label for _, label in pairs)
    size = len(pairs)
    right = sum(label == other for label, other in pairs)
    covariance = right * size - sum(count * predicted[label] for label, count in true.items())
    spread = (size**2 - sum(count**2 for count in predicted.values())) * (
        size**2 - sum(count**2 for count in true.values())
    )
    return covariance / math.sqrt(spread) if spread else 0.0


def _share(marks: Iterable[bool]) -> float:
    known = list(marks)
    return sum(known) / len(known) if known else 1.0
