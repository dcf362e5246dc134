"""The featurizer counts the n-grams of training examples in messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.correcting_tokenizer import CORRECTED_TEXT
from engine.nlu.ngram_featurizer import NgramFeaturizer

CONTEXT = ExecutionContext(GraphSchema({}), node_name="run_featurizer")
EXAMPLES = ["does it hurt", "does it hurt a lot", "3 sessions", "what does it cost"]


def trained(folder: Path, **config: Any) -> NgramFeaturizer:
    """A featurizer that was trained on the examples, stored, and loaded again."""
    storage = LocalModelStorage.create(folder)
    arguments = (
        {**NgramFeaturizer.get_default_config(), "alias": "words", **config},
        storage,
        Resource("words"),
        CONTEXT,
    )
    NgramFeaturizer.create(*arguments).train(TrainingData([Message({"text": text}) for text in EXAMPLES]))
    return NgramFeaturizer.load(*arguments)


def counts(featurizer: NgramFeaturizer, message: Message) -> np.ndarray:
    featurizer.process([message])
    [feature] = message.features
    assert (feature.origin, feature.type, feature.attribute) == ("words", "sentence", "text")
    return np.asarray(feature.features.todense())[0]


def test_known_words_and_pairs_are_counted(tmp_path: Path) -> None:
    featurizer = trained(tmp_path)
    vector = counts(featurizer, Message({"text": "Does it, does it HURT?"}))
    # does (2), it (2), hurt, "does it" (2), "it does" (unknown), "it hurt"
    assert sorted(vector[vector > 0]) == [1, 1, 2, 2, 2]


def test_digits_are_alike(tmp_path: Path) -> None:
    featurizer = trained(tmp_path)
    assert np.array_equal(
        counts(featurizer, Message({"text": "3 sessions"})),
        counts(featurizer, Message({"text": "5 sessions"})),
    )


def test_the_corrected_text_is_read(tmp_path: Path) -> None:
    featurizer = trained(tmp_path)
    misspelt = Message({"text": "does it hrut", CORRECTED_TEXT: "does it hurt"})
    assert np.array_equal(counts(featurizer, misspelt), counts(featurizer, Message({"text": "does it hurt"})))


def test_rare_ngrams_are_left_out(tmp_path: Path) -> None:
    featurizer = trained(tmp_path, min_df=2)
    assert counts(featurizer, Message({"text": "cost"})).sum() == 0
    assert counts(featurizer, Message({"text": "hurt"})).sum() == 1


def test_unknown_words_give_an_empty_vector(tmp_path: Path) -> None:
    assert counts(trained(tmp_path), Message({"text": "zzz"})).sum() == 0


def test_a_message_without_text_gets_nothing(tmp_path: Path) -> None:
    [message] = trained(tmp_path).process([Message({"intent": "greet"})])
    assert message.features == []


def test_training_needs_examples(tmp_path: Path) -> None:
    featurizer = NgramFeaturizer.create(
        {**NgramFeaturizer.get_default_config(), "alias": "words"},
        LocalModelStorage.create(tmp_path),
        Resource("words"),
        CONTEXT,
    )
    with pytest.raises(ValueError, match="no training examples"):
        featurizer.train(TrainingData([]))
