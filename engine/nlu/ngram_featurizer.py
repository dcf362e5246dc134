"""Rasa featurizer that counts the words or letters of a message, for the whole message only.

Rasa's `CountVectorsFeaturizer` also counts those of every single token, for components that read a message
token by token. None of ours does, and the counts of all tokens of all examples were most of a training.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from engine.nlu.correcting_tokenizer import CORRECTED_TEXT

_VOCABULARY_FILE = "vocabulary.json"
_DIGIT = re.compile(r"\d")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(SparseFeaturizer, GraphComponent):
    """Adds one sparse sentence feature of shape (1, n): the counts of the n-grams of the training examples.

    A message is read as its tokenizer corrected it. Digits count as alike.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """No other component has to come first."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults.

        `analyzer` is what n-grams are made of, as scikit-learn's `CountVectorizer` names it: `word`, or
        `char_wb` for letters within words; `min_ngram` and `max_ngram` how many of them; `min_df` in how
        many examples an n-gram must stand to be counted.
        """
        return {
            **SparseFeaturizer.get_default_config(),
            "analyzer": "word",
            "min_ngram": 1,
            "max_ngram": 2,
            "min_df": 1,
        }

    def __init__(
        self,
        name: str,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        vocabulary: Mapping[str, int] | None = None,
    ) -> None:
        """Keep the vocabulary: the column of each n-gram."""
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._vocabulary = dict(vocabulary or {})
        self._ngrams = self._vectorizer().build_analyzer()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        """Create an untrained component (see parent class)."""
        return cls(execution_context.node_name, config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        """Load the trained component."""
        with model_storage.read_from(resource) as directory:
            ngrams = json.loads((directory / _VOCABULARY_FILE).read_text(encoding="utf-8"))
        vocabulary = {ngram: column for column, ngram in enumerate(ngrams)}
        return cls(execution_context.node_name, config, model_storage, resource, vocabulary)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn which n-grams there are, and store them."""
        texts = [_text(example) for example in training_data.training_examples if example.get(TEXT)]
        if not texts:
            raise ValueError("There are no training examples to count n-grams in")
        ngrams = self._vectorizer().fit(texts).get_feature_names_out().tolist()
        self._vocabulary = {ngram: column for column, ngram in enumerate(ngrams)}
        with self._model_storage.write_to(self._resource) as directory:
            (directory / _VOCABULARY_FILE).write_text(json.dumps(ngrams), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the counts of each message that has text."""
        for message in messages:
            if message.get(TEXT):
                message.add_features(self._feature(_text(message)))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the counts of every training example."""
        self.process(training_data.training_examples)
        return training_data

    def _feature(self, text: str) -> Features:
        columns = Counter(
            column for ngram in self._ngrams(text) if (column := self._vocabulary.get(ngram)) is not None
        )
        counts = sparse.coo_matrix(
            (
                np.fromiter(columns.values(), np.float64, len(columns)),
                (np.zeros(len(columns), np.int32), np.fromiter(columns, np.int32, len(columns))),
            ),
            shape=(1, len(self._vocabulary)),
        )
        return Features(counts, FEATURE_TYPE_SENTENCE, TEXT, self._config[FEATURIZER_CLASS_ALIAS])

    def _vectorizer(self) -> CountVectorizer:
        return CountVectorizer(
            analyzer=self._config["analyzer"],
            ngram_range=(self._config["min_ngram"], self._config["max_ngram"]),
            token_pattern=r"(?u)\b\w+\b",
            min_df=self._config["min_df"],
        )

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration; wrong values fail in training."""


def _text(message: Message) -> str:
    text: str = message.get(CORRECTED_TEXT) or message.get(TEXT)
    return _DIGIT.sub("0", text)
