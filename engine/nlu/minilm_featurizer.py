"""Rasa featurizer that adds a MiniLM sentence vector to every message."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.correcting_tokenizer import CORRECTED_TEXT
from engine.nlu.segments import sentences
from engine.nlu.sentence_encoder import SentenceEncoder

SENTENCE_VECTORS = "sentence_vectors"
SentenceVector = tuple[int, int, np.ndarray]
"""Where a sentence starts and ends in its message, and its vector of shape (384,)."""
_MODEL_FILE = "encoder.onnx"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class MiniLMFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature of shape (1, 384) for the text of a message.

    Nothing is learnt. Training checks the encoder's file, converts it and stores it with the model, so that
    an engine starts without doing so.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """No other component has to come first."""
        return []

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MiniLMFeaturizer:
        """Create the component for training (see parent class)."""
        model = SentenceEncoder.convert()
        with model_storage.write_to(resource) as directory:
            (directory / _MODEL_FILE).write_bytes(model)
        return cls(execution_context.node_name, config, resource, SentenceEncoder(model))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MiniLMFeaturizer:
        """Load the encoder that training stored."""
        with model_storage.read_from(resource) as directory:
            encoder = SentenceEncoder((directory / _MODEL_FILE).read_bytes())
        return cls(execution_context.node_name, config, resource, encoder)

    def __init__(
        self, name: str, config: dict[str, Any], resource: Resource, encoder: SentenceEncoder
    ) -> None:
        """Keep the sentence encoder."""
        super().__init__(name, config)
        self._resource = resource
        self._encoder = encoder

    def train(self, training_data: TrainingData) -> Resource:
        """Return where `create` stored the encoder."""
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vector of each message that has text, and to the message those of its sentences."""
        for message, vector in self._add_features(messages):
            text: str = message.get(TEXT)
            spans = sentences(text)
            if len(spans) < 2:
                found = [(0, len(text), vector)]
            else:
                each = self._encoder.encode([text[start:end] for start, end in spans])
                found = [(*span, one) for span, one in zip(spans, each, strict=True)]
            message.set(SENTENCE_VECTORS, found)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vector to every training example, in batches."""
        self._add_features(training_data.training_examples)
        return training_data

    def _add_features(self, messages: list[Message]) -> list[tuple[Message, np.ndarray]]:
        """Add the vectors of texts, as corrected if a tokenizer did so; returns each message with its vector."""
        with_text = [message for message in messages if message.get(TEXT)]
        vectors = self._encoder.encode(
            [message.get(CORRECTED_TEXT) or message.get(TEXT) for message in with_text]
        )
        for message, vector in zip(with_text, vectors, strict=True):
            message.add_features(self._feature(vector))
        return list(zip(with_text, vectors, strict=True))

    def _feature(self, vector: np.ndarray) -> Features:
        return Features(
            vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._config[FEATURIZER_CLASS_ALIAS]
        )

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing can be configured."""
