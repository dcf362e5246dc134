"""Linear intent classifier over all sentence features, stored as plain arrays.

A linear support vector machine understood patients' messages better than a logistic regression on the
same features and trains in a tenth of the time. Its scores become probabilities by a softmax whose
temperature is fitted on held-out examples; the training examples nearest in meaning have a vote. Rasa's
own linear classifier loads through `skops.io`, whose import alone takes many seconds; this one is a
few arrays, which NumPy reads in milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse

from engine.nlu.nearest_examples import NearestExamples

INTENT_RANKING = "intent_ranking"
Rows = dict[str, tuple[np.ndarray, np.ndarray]]
_CANDIDATES = 5
"""Intents that the nearest examples vote on; with more of them they said the same."""
_NOTHING = (np.empty(0, np.int64), np.empty(0))
_FEWEST = 4
"""Examples of an intent from which some can be held out."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Linear support vector machine over dense and sparse sentence features.

    Each featurizer's block is scaled to length 1 per message (sparse blocks after weighting by
    term and inverse document frequency), so that no block outweighs another by its size alone.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs features."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults.

        `C` is the inverse regularisation strength, `weights` the scale of featurizers' blocks by alias
        (1 if not given), `neighbours` the alias of the dense featurizer by which the nearest examples
        vote, `neighbours_weight` what their vote counts next to the support vector machine's 1,
        `ranking_length` the number of intents given in the ranking.
        """
        return {
            "C": 1.0,
            "weights": {},
            "neighbours": "minilm",
            "neighbours_weight": 0.4,
            "ranking_length": 10,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
        nearest: NearestExamples | None = None,
    ) -> None:
        """Construct the classifier, untrained unless a model is given."""
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._nearest = nearest

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """Create an untrained classifier (see parent class)."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the classifier on the intent examples and store it."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        labels = [example.get(INTENT) for example in examples]
        blocks = [sentence_blocks(example) for example in examples]
        if len(set(labels)) < 2:
            raise ValueError("The intent classifier needs examples of at least two intents")
        self._model = LinearModel.fit(
            blocks,
            labels,
            inverse_regularisation=float(self._config["C"]),
            weights=self._config["weights"],
        )
        dense = self._config["neighbours"]
        if dense in blocks[0]:
            vectors = np.vstack([block[dense].toarray() for block in blocks])
            self._nearest = NearestExamples.fit(vectors, labels, self._model.labels)
        with self._model_storage.write_to(self._resource) as directory:
            self._model.save(directory / "classifier.npz")
            if self._nearest is not None:
                np.savez(directory / "examples.npz", **self._nearest.arrays())
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """Load the trained classifier."""
        with model_storage.read_from(resource) as directory:
            model = LinearModel.load(directory / "classifier.npz")
            nearest = None
            if (directory / "examples.npz").exists():
                with np.load(directory / "examples.npz", allow_pickle=False) as arrays:
                    nearest = NearestExamples(arrays["vectors"], arrays["label_indices"], len(model.labels))
        return cls(config, model_storage, resource, model, nearest)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking of each message that has text."""
        if self._model is None:
            raise ValueError("The intent classifier is not trained")
        for message in messages:
            if not message.get(TEXT):
                continue
            confidences = self._confidences(sentence_rows(message))
            order = np.argsort(-confidences)[: self._config["ranking_length"]]
            ranking = [
                {"name": self._model.labels[index], "confidence": float(confidences[index])}
                for index in order
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING, ranking, add_to_output=True)
        return messages

    def _confidences(self, rows: Rows) -> np.ndarray:
        """Return the probability of each intent by both ways of looking, shape (labels,)."""
        assert self._model is not None
        by_model = self._model.predict(rows)
        dense = rows.get(self._config["neighbours"])
        if self._nearest is None or dense is None:
            return by_model
        weight = float(self._config["neighbours_weight"])
        likely = np.argsort(-by_model)[:_CANDIDATES]
        vote = self._nearest.vote(dense[1], likely)
        mixed: np.ndarray = (by_model + weight * vote) / (1 + weight)
        return mixed

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as it is: no later component needs predictions on it."""
        return training_data

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration; wrong values fail in training."""


def sentence_blocks(message: Message) -> dict[str, sparse.csr_matrix]:
    """Return the sentence features of a message's text by featurizer, each of shape (1, n)."""
    return {
        feature.origin: sparse.csr_matrix(feature.features)
        for feature in message.features
        if feature.type == FEATURE_TYPE_SENTENCE and feature.attribute == TEXT
    }


def sentence_rows(message: Message) -> Rows:
    """Return the sentence features of a message's text by featurizer, as columns and their values.

    Matrices of one row would be made, checked and taken apart again: 0.8 ms of each message.
    """
    rows: Rows = {}
    for feature in message.features:
        if feature.type == FEATURE_TYPE_SENTENCE and feature.attribute == TEXT:
            values = feature.features
            if isinstance(values, np.ndarray):
                rows[feature.origin] = (np.arange(values.shape[1]), values[0])
            else:
                row = values.tocoo()
                rows[feature.origin] = (row.col, row.data)
    return rows


class LinearModel:
    """Weights of the classifier, with the scaling of each block."""

    def __init__(
        self,
        labels: list[str],
        layout: list[tuple[str, int, bool]],
        scale: np.ndarray,
        coefficients: np.ndarray,
        intercept: np.ndarray,
    ) -> None:
        """Keep the arrays.

        Args:
            labels: Intent names, in the order of the coefficients' columns.
            layout: Origin, width and density of each feature block, in order.
            scale: Factor of each feature, shape (n,): inverse document frequency for sparse blocks,
                1 for dense ones.
            coefficients: Shape (n, labels), block weights and temperature included.
            intercept: Shape (labels,), temperature included.
        """
        self.labels = labels
        self._layout = layout
        self._scale = scale
        self._coefficients = coefficients
        self._intercept = intercept

    @classmethod
    def fit(
        cls,
        blocks: list[dict[str, sparse.csr_matrix]],
        labels: list[str],
        *,
        inverse_regularisation: float,
        weights: Mapping[str, float],
    ) -> LinearModel:
        """Fit the weights.

        Args:
            blocks: Sentence features of each example by origin.
            labels: Intent of each example.
            inverse_regularisation: `C` of the support vector machine.
            weights: Scale of a block by its origin; 1 if it has none.
        """
        from sklearn.base import clone
        from sklearn.svm import LinearSVC

        layout, scales, matrices, factors = [], [], [], []
        for origin in blocks[0]:
            matrix = sparse.vstack([block[origin] for block in blocks]).tocsr().astype(np.float64)
            width = matrix.shape[1]
            is_dense = matrix.nnz > 0.5 * matrix.shape[0] * width
            scale = np.ones(width) if is_dense else _inverse_document_frequency(matrix)
            factor = float(weights.get(origin, 1))
            if not is_dense:
                matrix.data = _term_frequency(matrix.data)
            layout.append((origin, width, bool(is_dense)))
            scales.append(scale)
            factors.append(np.full(width, factor))
            matrices.append(_unit_rows(matrix.multiply(scale).tocsr()) * factor)
        features = sparse.hstack(matrices).tocsr()
        # A tighter tolerance takes four times the steps to the same answers.
        classifier = LinearSVC(C=inverse_regularisation, tol=0.1, random_state=0)
        with ThreadPoolExecutor(2) as pool:
            temperature = pool.submit(_temperature, clone(classifier), features, np.array(labels))
            classifier.fit(features, labels)
            sharpness = 1 / temperature.result()
        coefficients, intercept = classifier.coef_, classifier.intercept_
        if len(classifier.classes_) == 2:
            # One column separates two classes; the first class gets its mirror image.
            coefficients, intercept = (
                np.vstack([-coefficients, coefficients]),
                np.append(-intercept, intercept),
            )
        coefficients = coefficients.T * np.concatenate(factors)[:, np.newaxis]
        return cls(
            list(classifier.classes_),
            layout,
            np.concatenate(scales).astype(np.float32),
            (coefficients * sharpness).astype(np.float32),
            (intercept * sharpness).astype(np.float32),
        )

    def predict(self, rows: Rows) -> np.ndarray:
        """Return the probability of each intent, shape (labels,), for columns and values by origin."""
        scores = self._intercept.astype(np.float64)
        start = 0
        for origin, width, is_dense in self._layout:
            columns, counts = rows.get(origin, _NOTHING)
            if len(columns):
                columns = columns + start
                frequencies = counts if is_dense else _term_frequency(counts)
                values = frequencies * self._scale[columns]
                values = values / np.sqrt((values**2).sum())
                scores = scores + values @ self._coefficients[columns]
            start += width
        return _softmax(scores)

    def save(self, path: Any) -> None:
        """Write the model to an `.npz` file."""
        np.savez(
            path,
            meta=np.array(json.dumps({"labels": self.labels, "layout": self._layout})),
            scale=self._scale,
            coefficients=self._coefficients,
            intercept=self._intercept,
        )

    @classmethod
    def load(cls, path: Any) -> LinearModel:
        """Read a model written by `save`."""
        with np.load(path, allow_pickle=False) as arrays:
            meta = json.loads(str(arrays["meta"]))
            return cls(
                meta["labels"],
                [(origin, width, is_dense) for origin, width, is_dense in meta["layout"]],
                arrays["scale"],
                arrays["coefficients"],
                arrays["intercept"],
            )


def _temperature(classifier: Any, features: sparse.csr_matrix, labels: np.ndarray) -> float:
    """Return the softmax temperature under which a held-out quarter of the examples is most likely.

    Guo et al., "On Calibration of Modern Neural Networks", 2017. With too few examples to hold any out it
    is 1/4, the usual result.
    """
    from scipy.optimize import minimize_scalar
    from sklearn.model_selection import train_test_split

    classes, targets, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if sizes.min() < _FEWEST or len(classes) == 2:
        return 0.25
    seen, unseen = train_test_split(np.arange(len(labels)), test_size=0.25, random_state=0, stratify=labels)
    scores = classifier.fit(features[seen], labels[seen]).decision_function(features[unseen])

    def negative_log_likelihood(temperature: float) -> float:
        chosen = _softmax(scores / temperature)[np.arange(len(unseen)), targets[unseen]]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(minimize_scalar(negative_log_likelihood, bounds=(0.05, 2), method="bounded").x)


def _softmax(scores: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _term_frequency(counts: np.ndarray) -> np.ndarray:
    return 1 + np.log(np.maximum(counts, 1))


def _inverse_document_frequency(counts: sparse.csr_matrix) -> np.ndarray:
    documents = np.asarray((counts > 0).sum(axis=0)).ravel()
    return np.log((1 + counts.shape[0]) / (1 + documents)) + 1


def _unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(lengths, 1e-12)) @ matrix
