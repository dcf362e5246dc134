"""Conditions are found by meaning in sentences where no known word of one stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu.clinical_extractor import ClinicalExtractor
from engine.nlu.condition_detector import ConditionDetector
from engine.nlu.minilm_featurizer import MiniLMFeaturizer

KNOWLEDGE = {"knowledge": "knowledge"}
CONTEXT = ExecutionContext(GraphSchema({}), node_name="run")
RESOURCE = Resource("condition_detector")
DESCRIBED = {
    "keloid": [
        "a shaving nick on my chin turned into a hard shiny lump that kept on growing",
        "where my ears were pierced there are now rubbery balls bigger than the holes",
        "every cut of mine heals up thick, raised and wider than the cut ever was",
        "the mark of my jab became a firm pink ridge that gets larger each year",
    ],
    "bleeding_disorder": [
        "a small cut keeps running for an hour and the nurses always worry",
        "i lack one of the factors that make blood clot, since birth",
        "my blood will not clot properly, it runs in the men of our family",
        "after a tooth came out they could not get the blood to stop for two days",
    ],
}
PLAIN = [
    "how much is one session",
    "does the cream take the sting away",
    "when can i put my make up on",
    "i would like to come in next week",
    "old dents on my cheeks from when i was a teenager",
    "what time do you close",
]


def example(text: str, condition: str | None = None) -> Message:
    if condition is None:
        return Message({"text": text, "intent": "ask_cost"})
    return Message(
        {"text": text, "intent": "ask_condition", "metadata": {"intent": {"condition": condition}}}
    )


@pytest.fixture(scope="module")
def featurizer(tmp_path_factory: pytest.TempPathFactory) -> MiniLMFeaturizer:
    storage = LocalModelStorage.create(Path(tmp_path_factory.mktemp("featurizer")))
    return MiniLMFeaturizer.create({"alias": "minilm"}, storage, Resource("featurizer"), CONTEXT)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> ModelStorage:
    return LocalModelStorage.create(Path(tmp_path_factory.mktemp("detector")))


@pytest.fixture(scope="module")
def detector(featurizer: MiniLMFeaturizer, storage: ModelStorage) -> ConditionDetector:
    examples = [example(text, key) for key, texts in DESCRIBED.items() for text in texts]
    data = featurizer.process_training_data(TrainingData([*examples, *map(example, PLAIN * 2)]))
    config = {**ConditionDetector.get_default_config(), "likelihood": 0.2}
    ConditionDetector.create(config, storage, RESOURCE, CONTEXT).train(data)
    return ConditionDetector.load(config, storage, RESOURCE, CONTEXT)


@pytest.fixture
def found(featurizer: MiniLMFeaturizer, detector: ConditionDetector) -> Any:
    extractor = ClinicalExtractor(KNOWLEDGE)

    def find(text: str) -> list[tuple[str, str]]:
        """Conditions that the detector adds to what the words say."""
        [message] = featurizer.process([Message({"text": text})])
        detector.process(extractor.process([message]))
        return [
            (entity["value"], entity["assertion"])
            for entity in message.get("entities") or []
            if entity.get("extractor") == "ConditionDetector"
        ]

    return find


def test_a_description_is_found_though_nobody_named_it(found: Any) -> None:
    told = "rubbery balls are growing where they pierced my ears, far bigger than the holes"
    assert found(told) == [("keloid", "present")]


def test_it_stands_where_its_sentence_does(featurizer: MiniLMFeaturizer, detector: ConditionDetector) -> None:
    text = "Hello there. A tiny cut on me runs and runs because my blood does not clot. What does it cost?"
    [message] = featurizer.process([Message({"text": text})])
    detector.process([message])
    [entity] = message.get("entities")
    assert entity["value"] == "bleeding_disorder"
    assert text[entity["start"] : entity["end"]].startswith("A tiny cut")
    assert entity["end"] <= text.index(" What")


def test_whose_it_is_is_read(found: Any) -> None:
    assert found("my sister has rubbery balls that keep growing where her ears were pierced") == [
        ("keloid", "other_person")
    ]


def test_a_not_is_a_part_of_what_is_described(found: Any) -> None:
    assert found("a small cut of mine will not clot and the nurses always worry") == [
        ("bleeding_disorder", "present")
    ]


@pytest.mark.parametrize("text", [*PLAIN, "i have never had rubbery balls where my ears were pierced", ""])
def test_other_things_are_none(found: Any, text: str) -> None:
    assert found(text) == []


def test_a_sentence_whose_words_are_known_is_left(found: Any) -> None:
    assert found("i get keloids, every cut heals up raised and wider than the cut") == []


def test_a_report_of_the_treatment_is_left(found: Any) -> None:
    assert (
        found("since my treatment on friday there is a hard shiny lump that is sore and keeps growing") == []
    )


def test_what_hangs_on_a_number_is_not_learnt(featurizer: MiniLMFeaturizer, tmp_path: Path) -> None:
    data = featurizer.process_training_data(
        TrainingData([example("i am still at school", "under_18"), *map(example, PLAIN)])
    )
    detector = ConditionDetector.create(
        ConditionDetector.get_default_config(), LocalModelStorage.create(tmp_path), RESOURCE, CONTEXT
    )
    with pytest.raises(ValueError, match="needs examples of conditions"):
        detector.train(data)


def test_an_untrained_one_says_so(tmp_path: Path) -> None:
    detector = ConditionDetector.create(
        ConditionDetector.get_default_config(), LocalModelStorage.create(tmp_path), RESOURCE, CONTEXT
    )
    with pytest.raises(ValueError, match="not trained"):
        detector.process([Message({"text": "hi"})])
