"""The vote of the training examples that are nearest in meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

NEIGHBOURS = 15
# A neighbour's vote falls to 1/e when its cosine similarity falls by 1/12.
SHARPNESS = 12.0
# The vote of nobody: what makes fifteen distant neighbours count for little, however much they agree.
# On HINT3 it lifts the Matthews correlation from 0.61 to 0.64, for 0.04 to 0.06 alike; with 0.1 questions
# inside a message got lost.
NOBODY = 0.05


class NearestExamples:
    """Votes of the nearest examples by cosine similarity, weighted by it."""

    def __init__(self, vectors: np.ndarray, label_indices: np.ndarray, label_count: int) -> None:
        """Keep the examples.

        Args:
            vectors: Unit vectors of the examples, shape (n, dimensions), those of a label together.
            label_indices: Index of each example's label, shape (n,), ascending.
            label_count: Number of labels.
        """
        # Half precision halves the model file; similarities need no more.
        self._vectors = vectors.astype(np.float16).astype(np.float32)
        self._label_indices = label_indices.astype(np.int64)
        self._bounds = np.searchsorted(self._label_indices, np.arange(label_count + 1))
        self._label_count = label_count

    @classmethod
    def fit(cls, vectors: np.ndarray, labels: Sequence[str], known: list[str]) -> NearestExamples:
        """Return the examples with their labels as indices into `known`, which is sorted."""
        label_indices = np.searchsorted(np.array(known), np.array(labels))
        order = np.argsort(label_indices, kind="stable")
        return cls(vectors[order], label_indices[order], len(known))

    def vote(self, vector: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """Return the share of each label in the vote, shape (labels,); they sum to less than 1.

        Only the candidates' examples are compared: reading all of them from memory took 2.9 ms of each
        message, and the vote is to choose between the likely labels.

        Args:
            vector: The message's unit vector, shape (dimensions,).
            candidates: Indices of the labels that may be voted for, at least one.
        """
        wanted = vector.astype(np.float32)
        spans = [slice(self._bounds[label], self._bounds[label + 1]) for label in candidates]
        similarities = np.concatenate([self._vectors[span] @ wanted for span in spans])
        labels = np.concatenate([self._label_indices[span] for span in spans])
        count = min(NEIGHBOURS, len(similarities))
        nearest = np.argpartition(-similarities, count - 1)[:count]
        votes = np.exp(SHARPNESS * (similarities[nearest] - 1)).astype(np.float64)
        shares = np.bincount(labels[nearest], weights=votes, minlength=self._label_count)
        share: np.ndarray = shares / (shares.sum() + NOBODY)
        return share

    def arrays(self) -> dict[str, Any]:
        """Return the arrays to store."""
        return {"vectors": self._vectors.astype(np.float16), "label_indices": self._label_indices}
