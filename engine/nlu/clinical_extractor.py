"""Rasa component that adds conditions, signs, days and trends to a message's entities."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.clinical_analyser import ClinicalAnalyser
from engine.nlu.lexicon import load_knowledge
from engine.nlu.plain_report import explains_itself

PLAIN_REPORT = "plain_report"
FOLDER_VARIABLE = "NEEDLEWISE_KNOWLEDGE_DIR"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClinicalExtractor(GraphComponent, EntityExtractorMixin):
    """Adds an entity for each condition and sign, with its assertion, and for days and trends.

    The knowledge is read when the component loads, from the folder in NEEDLEWISE_KNOWLEDGE_DIR or else the
    configured one, relative to the working directory. Raises KnowledgeError when a file there is wrong.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """No other component has to come first."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: knowledge is the folder of conditions.yml and symptoms.yml."""
        return {"knowledge": "knowledge"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ClinicalExtractor:
        """Create the component (see parent class)."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        """Read the knowledge."""
        self._analyser = ClinicalAnalyser.of(load_knowledge(knowledge_folder(config)))

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities found in the text of each message."""
        for message in messages:
            text: str | None = message.get(TEXT)
            if text:
                message.set(ENTITIES, [*message.get(ENTITIES, []), *self.extract(text)], add_to_output=True)
        return messages

    def extract(self, text: str) -> list[dict[str, Any]]:
        """Return the entities of a text as dictionaries, `plain_report` if it says nothing beside them."""
        found = [mention.as_dict() for mention in self._analyser.analyse(text)]
        if explains_itself(text, found):
            found.append({"entity": PLAIN_REPORT, "value": "yes", "start": 0, "end": len(text)})
        return self.add_extractor_name(found)

    @staticmethod
    def validate_config(config: dict[str, Any]) -> None:
        """Anything that is wrong shows when the knowledge is read."""


def knowledge_folder(config: dict[str, Any]) -> Path:
    """Return the folder in NEEDLEWISE_KNOWLEDGE_DIR, or else a component's configured one."""
    return Path(os.environ.get(FOLDER_VARIABLE) or config["knowledge"])
