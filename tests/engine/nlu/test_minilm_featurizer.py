"""The featurizer gives every message with a text one sentence vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.minilm_featurizer import MiniLMFeaturizer


@pytest.fixture(scope="module")
def featurizer(tmp_path_factory: pytest.TempPathFactory) -> MiniLMFeaturizer:
    return MiniLMFeaturizer.create(
        {"alias": "minilm"},
        LocalModelStorage.create(Path(tmp_path_factory.mktemp("model"))),
        Resource("featurizer"),
        ExecutionContext(GraphSchema({}), node_name="run_featurizer"),
    )


def vector(message: Message) -> np.ndarray:
    [feature] = message.features
    assert (feature.origin, feature.type, feature.attribute) == ("minilm", "sentence", "text")
    assert feature.features.shape == (1, 384)
    return np.asarray(feature.features[0])


def test_each_message_gets_its_own_vector(featurizer: MiniLMFeaturizer) -> None:
    together = featurizer.process([Message({"text": "does it hurt"}), Message({"text": "what does it cost"})])
    alone = featurizer.process([Message({"text": "what does it cost"})])
    assert vector(together[0]) @ vector(together[1]) < 0.9
    assert vector(together[1]) @ vector(alone[0]) > 0.98


def test_a_message_without_text_gets_none(featurizer: MiniLMFeaturizer) -> None:
    [silent, spoken] = featurizer.process([Message({"intent": "greet"}), Message({"text": "hi"})])
    assert silent.features == []
    assert len(spoken.features) == 1
    assert featurizer.process([]) == []


def test_training_examples_get_the_same_vectors_as_messages(featurizer: MiniLMFeaturizer) -> None:
    example = Message({"text": "does it hurt", "intent": "ask_pain"})
    featurizer.process_training_data(TrainingData([example]))
    [message] = featurizer.process([Message({"text": "does it hurt"})])
    assert np.array_equal(vector(example), vector(message))
