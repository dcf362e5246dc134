"""Tells the intent classifier what the clinical extractors found.

"i have a rash" and "i have a dog" differ by a word that the classifier may never have seen; that a
symptom was found, and that it is the speaker's own and now, it can learn from other words.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import ENTITIES, FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction import FeatureHasher

from engine.nlu.clinical_extractor import ClinicalExtractor
from engine.nlu.speech_acts import SpeechActExtractor

DIMENSIONS = 2048


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MentionFeaturizer(SparseFeaturizer, GraphComponent):
    """Adds one sparse sentence feature of shape (1, 2048): hashed descriptions of a message's entities.

    Stands behind the extractors in the pipeline. Rasa does not run extractors on training data, so the
    component runs them itself there.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """None can be named: the extractors it stands behind are not part of Rasa's training graph."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: the extractor's knowledge folder, for training."""
        return {**SparseFeaturizer.get_default_config(), "knowledge": "knowledge"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MentionFeaturizer:
        """Create the component (see parent class)."""
        return cls(execution_context.node_name, config)

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Prepare the hashing."""
        super().__init__(name, config)
        self._hasher = FeatureHasher(DIMENSIONS, input_type="string", alternate_sign=False)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the feature to each message that has text."""
        for message in messages:
            if message.get(TEXT):
                described = descriptions(message.get(ENTITIES) or [])
                features = self._hasher.transform([described]).tocoo()
                origin = self._config[FEATURIZER_CLASS_ALIAS]
                message.add_features(Features(features, FEATURE_TYPE_SENTENCE, TEXT, origin))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the feature to every training example, whose own entities stay as they were."""
        extractors = (ClinicalExtractor(self._config), SpeechActExtractor())
        for example in training_data.training_examples:
            found = Message({TEXT: example.get(TEXT) or ""})
            for extractor in extractors:
                extractor.process([found])
            self.process([found])
            if example.get(TEXT):
                example.add_features(found.features[-1])
        return training_data

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration; a missing knowledge folder fails in training."""


def descriptions(entities: list[dict[str, Any]]) -> list[str]:
    """Return what is known of a message's entities as words to hash, from general to particular.

    Examples:
        >>> descriptions([{"entity": "condition", "value": "eczema", "assertion": "present"}])
        ['condition', 'condition=eczema', 'condition:present', 'condition=eczema:present']
    """
    words: list[str] = []
    for entity in entities:
        name, value = entity["entity"], entity["value"]
        words += [name, f"{name}={value}"]
        if "assertion" in entity:
            words += [f"{name}:{entity['assertion']}", f"{name}={value}:{entity['assertion']}"]
        if "tier" in entity:
            words += [f"{name}/{entity['tier']}", f"{name}/{entity['tier']}:{entity.get('assertion')}"]
    return words or ["nothing"]
