"""Rasa component around the clinical analyser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Text, Type

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.clinical_analyser import ClinicalAnalyser
from engine.nlu.lexicon import KnowledgeError


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClinicalExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the entities `condition`, `symptom`, `trend` and `day`; needs no training.

    The knowledge is read when the component is made, so a changed word list is in force after a
    restart.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        """No other component has to come first."""
        return []

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults: the folder with `conditions.yml` and `symptoms.yml`."""
        return {"knowledge": "knowledge"}

    def __init__(self, config: Dict[Text, Any]) -> None:
        """Read the knowledge.

        Raises:
            engine.nlu.lexicon.KnowledgeError: If a file is missing or malformed.
        """
        folder = Path(os.environ.get("NEEDLEWISE_KNOWLEDGE_DIR") or config["knowledge"])
        self._analyser = ClinicalAnalyser(_read(folder / "conditions.yml"), _read(folder / "symptoms.yml"))

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ClinicalExtractor:
        """Create the component (see parent class)."""
        return cls({**cls.get_default_config(), **config})

    def process(self, messages: List[Message]) -> List[Message]:
        """Add what each message mentions."""
        for message in messages:
            found = self._analyser.analyse(message.get(TEXT) or "")
            entities = [{**mention.as_dict(), "extractor": type(self).__name__} for mention in found]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *entities], add_to_output=True)
        return messages


def _read(path: Path) -> Dict[Text, Any]:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise KnowledgeError(f"{path}: cannot be read as YAML") from error
