"""The intent classifier, trained, stored and loaded as Rasa does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.linear_classifier import LinearIntentClassifier, LinearModel

EXAMPLES = {
    "ask_pain": ["does it hurt", "is it painful", "how much pain", "will it hurt a lot", "painful or not"],
    "ask_cost": ["what does it cost", "the price please", "how much money", "is it expensive", "price list"],
    "ask_sun": ["can i go in the sun", "sun after it", "do i need sunscreen", "is the sun bad", "suntan ok"],
}
WORDS = sorted({word for texts in EXAMPLES.values() for text in texts for word in text.split()})
CONTEXT = ExecutionContext(GraphSchema({}))


def message(text: str, intent: str | None = None, *, dense: bool = True) -> Message:
    """Return a message with a sparse block of word counts and, if wanted, a dense one."""
    counts = [[float(text.split().count(word)) for word in WORDS]]
    found = Message({"text": text, **({"intent": intent} if intent else {})})
    found.add_features(Features(scipy.sparse.csr_matrix(counts), "sentence", "text", "words"))
    found.add_features(Features(scipy.sparse.csr_matrix([[9.0]]), "sequence", "text", "words"))
    if dense:
        vector = np.random.default_rng(len(text)).normal(size=(1, 8)) + np.sum(counts)
        found.add_features(Features(vector, "sentence", "text", "vector"))
    return found


def data(examples: dict[str, list[str]] = EXAMPLES, *, dense: bool = True) -> TrainingData:
    return TrainingData(
        [message(text, intent, dense=dense) for intent, texts in examples.items() for text in texts]
    )


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    return LocalModelStorage.create(tmp_path)


def train(storage: LocalModelStorage, examples: TrainingData, **config: Any) -> LinearIntentClassifier:
    classifier = LinearIntentClassifier.create(config, storage, Resource("classifier"), CONTEXT)
    classifier.train(examples)
    return classifier


def ranking(classifier: LinearIntentClassifier, text: str, *, dense: bool = True) -> list[dict[str, Any]]:
    [parsed] = classifier.process([message(text, dense=dense)])
    assert parsed.get("intent") == parsed.get("intent_ranking")[0]
    return list(parsed.get("intent_ranking"))


def test_it_understands_what_it_was_trained_on(storage: LocalModelStorage) -> None:
    classifier = train(storage, data(dense=False))
    for intent, texts in EXAMPLES.items():
        for text in texts:
            assert ranking(classifier, text, dense=False)[0]["name"] == intent


@pytest.mark.parametrize("text", ["does the sun hurt", "price", "painful", "unheard of"])
def test_a_loaded_classifier_predicts_as_the_trained_one(storage: LocalModelStorage, text: str) -> None:
    trained = train(storage, data())
    loaded = LinearIntentClassifier.load({}, storage, Resource("classifier"), CONTEXT)
    assert ranking(loaded, text) == ranking(trained, text)


def test_training_twice_gives_the_same_classifier(tmp_path: Path) -> None:
    rankings = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        rankings.append(ranking(train(LocalModelStorage.create(tmp_path / name), data()), "sun price"))
    assert rankings[0] == rankings[1]


def test_confidences_are_probabilities_in_falling_order(storage: LocalModelStorage) -> None:
    confidences = [entry["confidence"] for entry in ranking(train(storage, data()), "does the sun hurt")]
    assert sum(confidences) == pytest.approx(1)
    assert confidences == sorted(confidences, reverse=True)


def test_the_ranking_is_as_long_as_it_is_set(storage: LocalModelStorage) -> None:
    assert len(ranking(train(storage, data(), ranking_length=2), "sun")) == 2


def test_unknown_words_alone_still_get_a_ranking(storage: LocalModelStorage) -> None:
    classifier = train(storage, data(dense=False))
    entries = ranking(classifier, "xylophone", dense=False)
    assert {entry["name"] for entry in entries} == set(EXAMPLES)
    assert all(np.isfinite(entry["confidence"]) for entry in entries)
    assert entries[0]["confidence"] < 0.9


def test_a_message_without_a_block_is_classified_by_the_others(storage: LocalModelStorage) -> None:
    assert len(ranking(train(storage, data()), "does it hurt", dense=False)) == len(EXAMPLES)


def test_a_repeated_word_counts_little_more_than_once(storage: LocalModelStorage) -> None:
    classifier = train(storage, data(dense=False))
    once, often = (ranking(classifier, text, dense=False)[0] for text in ("sun", "sun sun sun sun"))
    assert once["name"] == often["name"] == "ask_sun"
    assert often["confidence"] == pytest.approx(once["confidence"])


def test_a_message_without_text_is_left_alone(storage: LocalModelStorage) -> None:
    [silent] = train(storage, data()).process([Message({"intent": "greet"})])
    assert silent.get("intent_ranking") is None


def test_two_intents_are_enough(storage: LocalModelStorage) -> None:
    classifier = train(storage, data({name: EXAMPLES[name] for name in ("ask_pain", "ask_sun")}, dense=False))
    assert ranking(classifier, "is it painful", dense=False)[0]["name"] == "ask_pain"
    assert ranking(classifier, "is the sun bad", dense=False)[0]["name"] == "ask_sun"
    assert sum(entry["confidence"] for entry in ranking(classifier, "sun", dense=False)) == pytest.approx(1)


def test_one_intent_is_too_few(storage: LocalModelStorage) -> None:
    with pytest.raises(ValueError, match="at least two intents"):
        train(storage, data({"ask_pain": EXAMPLES["ask_pain"]}))


def test_an_untrained_classifier_says_so(storage: LocalModelStorage) -> None:
    classifier = LinearIntentClassifier.create({}, storage, Resource("classifier"), CONTEXT)
    with pytest.raises(ValueError, match="not trained"):
        classifier.process([message("hi")])


def test_a_stored_model_holds_arrays_and_no_code(storage: LocalModelStorage) -> None:
    train(storage, data())
    with storage.read_from(Resource("classifier")) as directory:
        assert [path.name for path in directory.iterdir()] == ["classifier.npz"]
        with np.load(directory / "classifier.npz", allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays.files)
        assert LinearModel.load(directory / "classifier.npz").labels == sorted(EXAMPLES)
