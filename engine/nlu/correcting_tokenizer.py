"""Tokenizer that undoes slips of the finger before anything is understood.

Corrected are only words that are neither English nor in the training examples, and only towards words
of the training examples. The extractors read the message as it was written; they have a speller of
their own, towards the words of the knowledge.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.spelling import english_words

CORRECTED_TEXT = "corrected_text"

_WORD = re.compile(r"[A-Za-z']{4,}")
_LONG = 8
# A word is a target of corrections when it stands in so many examples, fewer if it is English.
_OFTEN, _OFTEN_ENGLISH = 5, 2
_USUAL = 20
_CANDIDATES = 8


class Corrector:
    """Corrects words that nobody knows, with one slip in 4-7 letters or two in 8 and more."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Prepare the targets.

        Args:
            counts: How often each lower-case word stands in the training examples.
        """
        self._counts = dict(counts)
        english = english_words()
        self._known = frozenset(self._counts) | frozenset(english)
        self._targets = sorted(
            word
            for word, count in self._counts.items()
            if len(word) >= 4 and (count >= _OFTEN or (count >= _OFTEN_ENGLISH and word in english))
        )
        self._corrected = lru_cache(maxsize=8192)(self._correct)

    def correct(self, text: str) -> str:
        """Return the text with its misspelt words corrected, everything else as it was."""

        def word(match: re.Match[str]) -> str:
            lower = match[0].lower()
            corrected = lower if lower in self._known else self._corrected(lower)
            return match[0] if corrected == lower else corrected

        return _WORD.sub(word, text)

    def _correct(self, word: str) -> str:
        allowed = 1 if len(word) < _LONG else 2
        found = process.extract(
            word, self._targets, scorer=OSA.distance, score_cutoff=allowed, limit=_CANDIDATES
        )
        likely = [
            (target, distance) for target, distance, _ in found if target[0] == word[0] or len(word) > 5
        ]
        if likely:
            # The nearest, one that starts alike, the most frequent.
            return min(likely, key=lambda one: (one[1], one[0][0] != word[0], -self._counts[one[0]]))[0]
        return self._split(word) or word

    def _split(self, word: str) -> str | None:
        """Return a word as the two usual words that it lacks a space between, if it is that."""
        for cut in range(2, len(word) - 1):
            if self._is_usual(word[:cut]) and self._is_usual(word[cut:]):
                return f"{word[:cut]} {word[cut:]}"
        return f"{word[0]} {word[1:]}" if word[0] in "aiu" and self._is_usual(word[1:]) else None

    def _is_usual(self, word: str) -> bool:
        return self._counts.get(word, 0) >= _USUAL


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class CorrectingTokenizer(WhitespaceTokenizer):
    """Rasa's whitespace tokenizer over the corrected text, which it also leaves for other featurizers."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        corrector: Corrector | None = None,
    ) -> None:
        """Keep the corrector; without one, nothing is corrected."""
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource
        self._corrector = corrector

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CorrectingTokenizer:
        """Create an untrained tokenizer (see parent class)."""
        return cls({**cls.get_default_config(), **config}, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Count the words of the examples and store the counts."""
        counts = word_counts(example.get(TEXT) or "" for example in training_data.training_examples)
        with self._model_storage.write_to(self._resource) as directory:
            (directory / "words.json").write_text(json.dumps(counts), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CorrectingTokenizer:
        """Load the trained tokenizer."""
        with model_storage.read_from(resource) as directory:
            counts = json.loads((directory / "words.json").read_text(encoding="utf-8"))
        return cls({**cls.get_default_config(), **config}, model_storage, resource, Corrector(counts))

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of an attribute; of a text, those of the corrected one."""
        if attribute != TEXT or self._corrector is None:
            return super().tokenize(message, attribute)
        corrected = self._corrector.correct(message.get(TEXT))
        message.set(CORRECTED_TEXT, corrected)
        return super().tokenize(Message({TEXT: corrected}), TEXT)


def word_counts(texts: Iterable[str]) -> dict[str, int]:
    """Return how often each lower-case word stands in texts."""
    return dict(Counter(word for text in texts for word in re.findall(r"[a-z']+", text.lower())))
