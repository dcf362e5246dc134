"""Finds conditions by meaning, where none of the known words stands.

The clinical extractor finds conditions by their words. Patients also tell of them without a name: "my cuts
heal into hard lumps", "they zap my neck every morning". A logistic regression over sentence vectors has
learnt from such descriptions in the training data, and from the sentences in which words are found.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.clinical_analyser import ClinicalAnalyser
from engine.nlu.clinical_extractor import knowledge_folder
from engine.nlu.context import NEGATED, PRESENT
from engine.nlu.lexicon import load_knowledge
from engine.nlu.linear_classifier import sentence_rows
from engine.nlu.minilm_featurizer import SENTENCE_VECTORS, SentenceVector

CONDITION = "condition"
NONE = "none"
_LOOKALIKES = Path(__file__).with_name("condition_lookalikes.yml")
_MODEL_FILE = "conditions.npz"
_FEATURES = "minilm"
_DESCRIBED_WEIGHT = 3.0
"""What a description counts next to a sentence that names its condition, of which there are many more."""
_SHARE_OF_OTHERS = 2
"""Every how many examples without a condition are learnt from; all of them take twice the time."""
_NEEDS_ITS_OWN = ("recent_", "retinoid", "acids")
"""Of these, a sentence that asks about the thing is none: "do you do fillers"."""
_BY_MEASURE = ("under_", "numb_area", "isotretinoin_past")
"""These hang on a number or on a time, which a sentence vector does not hold."""
_DENIAL = re.compile(
    r"\b(?:never (?:had|have|got|get|been|taken|used|suffered)|no (?:longer|problem|history)|not any ?more"
    r"|(?:do|did|does|have|has)(?: not|n['\u2019]?t) (?:have|had|get|got|suffer|take|use)\b)"
    r"|^\W*(?:no|not|none)\b",
    re.IGNORECASE,
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ConditionDetector(GraphComponent, EntityExtractorMixin):
    """Adds a condition to each sentence that is likely to describe one and in which no word of one was found.

    A message that reports what the treatment did is left as it is.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs sentence vectors."""
        return [DenseFeaturizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults.

        `likelihood` is the probability from which a condition counts. Of 1,128 messages about other things it
        was found in three with 0.55 and in 25 with 0.4.
        """
        return {"likelihood": 0.55, "knowledge": "knowledge"}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: SentenceModel | None = None,
    ) -> None:
        """Construct the detector, untrained unless a model is given; reads the knowledge."""
        self._likelihood = float(config["likelihood"])
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._analyser = ClinicalAnalyser.of(load_knowledge(knowledge_folder(config)))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ConditionDetector:
        """Create an untrained detector (see parent class)."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ConditionDetector:
        """Load the trained detector."""
        with model_storage.read_from(resource) as directory:
            model = SentenceModel.load(directory / _MODEL_FILE)
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the model on the examples' sentence vectors and store it."""
        vectors: list[np.ndarray] = []
        labels: list[str] = []
        weights: list[float] = []
        others = 0
        for example in training_data.intent_examples:
            features = sentence_rows(example).get(_FEATURES)
            label = None if features is None else self._label(example)
            if features is None or label is None:
                continue
            described = _described(example) is not None
            if label == NONE and not described:
                others += 1
                if others % _SHARE_OF_OTHERS:
                    continue
            vectors.append(features[1])
            labels.append(label)
            weights.append(_DESCRIBED_WEIGHT if described else 1.0)
        self._model = SentenceModel.fit(np.array(vectors), labels, np.array(weights))
        with self._model_storage.write_to(self._resource) as directory:
            self._model.save(directory / _MODEL_FILE)
        return self._resource

    def _label(self, example: Message) -> str | None:
        """Return the condition that an example is about, `none`, or None if it teaches nothing clear."""
        described = _described(example)
        if described is not None:
            return None if described.startswith(_BY_MEASURE) else described
        text: str = example.get(TEXT)
        found = [one for one in self._analyser.analyse(text) if one.entity == CONDITION]
        keys = {one.value for one in found}
        if not keys:
            return None if example.get(INTENT) == "ask_condition" else NONE
        key = min(keys)
        if len(keys) > 1 or key.startswith(_BY_MEASURE):
            return None
        if key.startswith(_NEEDS_ITS_OWN) and found[0].assertion != PRESENT:
            return NONE
        return key

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the conditions to the entities of each message."""
        if self._model is None:
            raise ValueError("The condition detector is not trained")
        for message in messages:
            entities: list[dict[str, Any]] = message.get(ENTITIES) or []
            if self._is_report(message.get(TEXT) or "", entities):
                continue
            found = self.add_extractor_name(
                [
                    entity
                    for sentence in message.get(SENTENCE_VECTORS) or []
                    if (entity := self._read(self._model, message.get(TEXT), sentence, entities))
                ]
            )
            if found:
                message.set(ENTITIES, [*entities, *found], add_to_output=True)
        return messages

    def _is_report(self, text: str, entities: list[dict[str, Any]]) -> bool:
        names = {entity["entity"] for entity in entities}
        return "symptom" in names and ("day" in names or self._analyser.tells_of_treatment(text))

    def _read(
        self, model: SentenceModel, text: str, sentence: SentenceVector, entities: list[dict[str, Any]]
    ) -> dict[str, Any] | None:
        """Return the condition that a sentence describes, if it is likely and none was found in it by words."""
        start, end, vector = sentence
        known = {entity["value"] for entity in entities if entity["entity"] == CONDITION}
        if any(
            entity["entity"] == CONDITION and entity["start"] < end and entity["end"] > start
            for entity in entities
        ):
            return None
        key, probability = model.predict(vector)
        if probability < self._likelihood or key in known or key == NONE:
            return None
        mention = self._analyser.mention_at_end(key, text, start, end)
        if mention is None or _DENIAL.search(text[start:end]):
            return None
        # Any other "not" is mostly a part of what is described: "it does not stop bleeding".
        assertion = PRESENT if mention.assertion == NEGATED else mention.assertion
        return {**mention.as_dict(), "assertion": assertion}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration; a missing knowledge folder fails when it is read."""


def _described(example: Message) -> str | None:
    """Return the condition that the training data says an example describes."""
    metadata = (example.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return metadata.get(CONDITION) if isinstance(metadata, dict) else None


class SentenceModel:
    """Multinomial logistic regression from sentence vectors to conditions."""

    def __init__(self, labels: list[str], coefficients: np.ndarray, intercept: np.ndarray) -> None:
        """labels: one a column. coefficients: shape (dimensions, labels). intercept: shape (labels,)."""
        self._labels = labels
        self._coefficients = coefficients
        self._intercept = intercept

    @classmethod
    def fit(cls, vectors: np.ndarray, labels: list[str], weights: np.ndarray) -> SentenceModel:
        """Fit on vectors of shape (n, dimensions) and the lookalikes of conditions.

        Raises ValueError if no example is about a condition.
        """
        from sklearn.linear_model import LogisticRegression

        from engine.nlu.sentence_encoder import SentenceEncoder

        if set(labels) <= {NONE}:
            raise ValueError("The condition detector needs examples of conditions")
        lookalikes: list[str] = yaml.safe_load(_LOOKALIKES.read_text(encoding="utf-8"))
        vectors = np.concatenate([vectors, SentenceEncoder().encode(lookalikes)])
        labels = labels + [NONE] * len(lookalikes)
        weights = np.concatenate([weights, np.full(len(lookalikes), _DESCRIBED_WEIGHT)])
        # A tighter tolerance takes twice the time to the same answers.
        regression = LogisticRegression(C=10, tol=1e-2, max_iter=300)
        regression.fit(vectors, labels, sample_weight=weights)
        return cls(
            [str(label) for label in regression.classes_],
            regression.coef_.T.astype(np.float32),
            regression.intercept_.astype(np.float32),
        )

    def predict(self, vector: np.ndarray) -> tuple[str, float]:
        """Return the likeliest label of a vector of shape (dimensions,), and its probability."""
        scores = vector @ self._coefficients + self._intercept
        shares = np.exp(scores - scores.max())
        best = int(shares.argmax())
        return self._labels[best], float(shares[best] / shares.sum())

    def save(self, path: Path) -> None:
        """Write the model to an `.npz` file."""
        labels = np.array(json.dumps(self._labels))
        np.savez(path, labels=labels, coefficients=self._coefficients, intercept=self._intercept)

    @classmethod
    def load(cls, path: Path) -> SentenceModel:
        """Read a model written by `save`."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(json.loads(str(arrays["labels"])), arrays["coefficients"], arrays["intercept"])
