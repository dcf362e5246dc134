"""Slips of the finger are undone before a message is understood."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.correcting_tokenizer import CORRECTED_TEXT, CorrectingTokenizer, Corrector, word_counts

COUNTS = {
    "does": 30,
    "face": 40,
    "hurt": 30,
    "numbing": 25,
    "cream": 30,
    "microneedling": 50,
    "dermapen": 9,
    "u": 20,
}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("does my fsce hurt", "does my face hurt"),
        ("microneedlng", "microneedling"),
        ("micronedling hurt", "microneedling hurt"),
        ("NUMBIMG crem?", "numbing cream?"),
        ("numbingcream", "numbing cream"),
        ("does it hurt", "does it hurt"),
        ("a fierce place", "a fierce place"),
        ("Dermapen", "Dermapen"),
        ("zzzzzzzz 123 \u00e9t\u00e9", "zzzzzzzz 123 \u00e9t\u00e9"),
        ("", ""),
    ],
)
def test_only_unknown_words_are_corrected(written: str, meant: str) -> None:
    assert Corrector(COUNTS).correct(written) == meant


def test_words_are_counted_without_case() -> None:
    assert word_counts(["Does it hurt?", "it DOES"]) == {"does": 2, "it": 2, "hurt": 1}


def test_a_trained_tokenizer_corrects_and_leaves_the_message_as_it_was(tmp_path: Path) -> None:
    storage, resource = LocalModelStorage(tmp_path), Resource("tokenizer")
    context = ExecutionContext(GraphSchema({}), node_name="tokenizer")
    untrained = CorrectingTokenizer.create({}, storage, resource, context)
    examples = TrainingData([Message({TEXT: f"does the cream hurt my face {number}"}) for number in range(6)])
    untrained.process_training_data(examples)
    assert [token.text for token in examples.training_examples[0].get("text_tokens")][:3] == [
        "does",
        "the",
        "cream",
    ]
    untrained.train(examples)

    message = Message({TEXT: "does the craem hurt?"})
    CorrectingTokenizer.load({}, storage, resource, context).process([message])
    assert message.get(TEXT) == "does the craem hurt?"
    assert message.get(CORRECTED_TEXT) == "does the cream hurt?"
    assert [token.text for token in message.get("text_tokens")] == ["does", "the", "cream", "hurt"]
