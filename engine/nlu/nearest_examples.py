"""The vote of the training examples that are nearest in meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

NEIGHBOURS = 15
# A neighbour's vote falls to 1/e when its cosine similarity falls by 1/12.
SHARPNESS = 12.0


class NearestExamples:
    """Votes of the nearest examples by cosine similarity, weighted by it."""

    def __init__(self, vectors: np.ndarray, label_indices: np.ndarray, label_count: int) -> None:
        """Keep the examples.

        Args:
            vectors: Unit vectors of the examples, shape (n, dimensions).
            label_indices: Index of each example's label, shape (n,).
            label_count: Number of labels.
        """
        # Half precision halves the model file; similarities need no more.
        self._vectors = vectors.astype(np.float16).astype(np.float32)
        self._label_indices = label_indices.astype(np.int64)
        self._label_count = label_count

    @classmethod
    def fit(cls, vectors: np.ndarray, labels: Sequence[str], known: list[str]) -> NearestExamples:
        """Return the examples with their labels as indices into `known`, which is sorted."""
        return cls(vectors, np.searchsorted(np.array(known), np.array(labels)), len(known))

    def vote(self, vector: np.ndarray) -> np.ndarray:
        """Return the share of each label in the vote, shape (labels,).

        Args:
            vector: The message's unit vector, shape (dimensions,).
        """
        similarities = self._vectors @ vector.astype(np.float32)
        count = min(NEIGHBOURS, len(similarities))
        nearest = np.argpartition(-similarities, count - 1)[:count]
        votes = np.exp(SHARPNESS * (similarities[nearest] - 1)).astype(np.float64)
        shares = np.bincount(self._label_indices[nearest], weights=votes, minlength=self._label_count)
        return shares / shares.sum()

    def arrays(self) -> dict[str, Any]:
        """Return the arrays to store."""
        return {"vectors": self._vectors.astype(np.float16), "label_indices": self._label_indices}
