"""The Rasa component around the analyser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.clinical_extractor import FOLDER_VARIABLE, ClinicalExtractor
from engine.nlu.lexicon import KnowledgeError

KNOWLEDGE = str(Path(__file__).parents[3] / "knowledge")


@pytest.fixture(scope="module")
def extractor() -> ClinicalExtractor:
    """Return the component with the real knowledge."""
    return ClinicalExtractor({"knowledge": KNOWLEDGE})


def entities(extractor: ClinicalExtractor, text: str) -> list[dict[str, Any]]:
    """Return the entities that the component adds to a message."""
    (message,) = extractor.process([Message({TEXT: text})])
    return message.get(ENTITIES)


def test_a_condition_is_an_entity_with_its_assertion(extractor: ClinicalExtractor) -> None:
    (entity,) = entities(extractor, "my sister has eczema")
    assert entity == {
        "entity": "condition",
        "value": "eczema",
        "start": 14,
        "end": 20,
        "text": "eczema",
        "assertion": "other_person",
        "extractor": "ClinicalExtractor",
    }


def test_a_sign_carries_its_tier_and_a_course_its_day_and_trend(extractor: ClinicalExtractor) -> None:
    found = entities(extractor, "had it done 3 days ago, my cheek is oozing pus and it's getting worse")
    by_entity = {entity["entity"]: entity for entity in found}
    assert {entity["value"] for entity in found if entity["entity"] == "symptom"} >= {"pus"}
    assert by_entity["symptom"]["tier"] == "call_clinic"
    assert by_entity["day"]["value"] == "3"
    assert by_entity["trend"]["value"] == "worse"


def test_entities_of_other_components_stay(extractor: ClinicalExtractor) -> None:
    message = Message({TEXT: "i have eczema", ENTITIES: [{"entity": "answer", "value": "yes"}]})
    extractor.process([message])
    assert [entity["entity"] for entity in message.get(ENTITIES)] == ["answer", "condition"]


def test_a_message_without_text_is_left_alone(extractor: ClinicalExtractor) -> None:
    assert not extractor.process([Message({})])[0].get(ENTITIES)


def test_the_environment_may_name_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(KnowledgeError, match=r"conditions\.yml"):
        ClinicalExtractor({"knowledge": KNOWLEDGE})


def test_a_mention_at_the_start_of_a_message_has_its_place(extractor: ClinicalExtractor) -> None:
    (entity,) = entities(extractor, "eczema runs in my arms")
    assert (entity["start"], entity["end"]) == (0, 6)
    assert "hedged" not in entity
