"""Finds danger by meaning, where none of the known words stands.

The clinical extractor finds emergency signs by their words and knows who has them and when. People in
danger also write what no list foresees; the intent classifier has learnt what such messages mean.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.linear_classifier import INTENT_RANKING
from engine.nlu.plain_report import NOW, explains_itself

INTENT = "report_emergency"
CONDITION = "ask_condition"
OUT_OF_SCOPE = "out_of_scope"
SIGN = "general_emergency"
TIER = "emergency"
URGENT = "urgent"
USUAL = "expected"
WEAK_IMMUNITY = frozenset({"diabetes", "immunosuppression", "chemotherapy"})
INFECTION = frozenset({"pus", "oozing", "hot_skin", "looks_infected", "spreading_redness"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EmergencyDetector(GraphComponent, EntityExtractorMixin):
    """Adds the emergency sign `general_emergency` to messages that are likely to mean danger.

    A message with an emergency sign of its own is left as it is, so that "no trouble breathing" and
    "can my throat swell?" stay what they are.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs the classifier's ranking."""
        return [IntentClassifier]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults.

        `likelihood` is the confidence of the emergency intent from which a message counts; it is low,
        because a needless emergency line costs less than a missing one. Where a sign or a condition was
        recognised, `likelihood_if_known` is enough, as the message is about someone's health; where an
        urgent sign explains the message, such as a fever, only `likelihood_if_urgent` is. In between lies
        `likelihood_if_calm`: for a message that says in every clause how a known sign is and that none gets
        worse; and `likelihood_if_usual`: for one that names nothing but signs that are usual after a
        treatment. What only gets better needs `likelihood`, recognised or not, and so does a message without
        any sign whose most likely intent is a condition that it names. `likelihood_if_explained` is for
        signs of infection with weak immunity, which are urgent by themselves.
        """
        return {
            "likelihood": 0.25,
            "likelihood_if_known": 0.15,
            "likelihood_if_explained": 0.5,
            "likelihood_if_usual": 0.5,
            "likelihood_if_calm": 0.7,
            "likelihood_if_urgent": 0.8,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmergencyDetector:
        """Create the component (see parent class)."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        """Keep the threshold."""
        settings = {**self.get_default_config(), **config}
        self._likelihood = float(settings["likelihood"])
        self._if_known = float(settings["likelihood_if_known"])
        self._if_explained = float(settings["likelihood_if_explained"])
        self._if_usual = float(settings["likelihood_if_usual"])
        self._if_calm = float(settings["likelihood_if_calm"])
        self._if_urgent = float(settings["likelihood_if_urgent"])

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the sign to each message that is likely to mean danger."""
        for message in messages:
            text: str = message.get(TEXT) or ""
            entities = message.get(ENTITIES) or []
            named = any(entity.get("tier") == TIER for entity in entities)
            ranking = message.get(INTENT_RANKING) or []
            first = str(ranking[0]["name"]) if ranking else ""
            if not named and likelihood(ranking) >= self._needed(text, entities, first):
                sign = {
                    "entity": "symptom",
                    "value": SIGN,
                    "tier": TIER,
                    "assertion": "present",
                    "start": 0,
                    "end": len(text),
                    "extractor": type(self).__name__,
                }
                message.set(ENTITIES, [*entities, sign], add_to_output=True)
        return messages

    def _needed(self, text: str, entities: list[dict[str, Any]], first: str) -> float:
        """Return the confidence from which a message counts.

        text, entities: what it says. first: its most likely intent.
        """
        if any(entity.get("tier") == URGENT and entity.get("assertion") in NOW for entity in entities):
            return self._if_urgent
        trends = _trends(entities)
        if "worse" not in trends and explains_itself(text, entities, lasting=True):
            if trends:
                return self._if_calm
            if all(entity.get("tier") in (None, USUAL) for entity in entities):
                return self._if_usual
        told = {str(entity["value"]) for entity in entities if entity.get("assertion") in NOW}
        if WEAK_IMMUNITY & told and INFECTION & told and "worse" not in trends:
            return self._if_explained
        kinds = {entity.get("entity") for entity in entities}
        if "symptom" not in kinds and first in (OUT_OF_SCOPE, CONDITION):
            return self._likelihood
        known = not kinds.isdisjoint({"symptom", "condition"})
        return self._if_known if known and trends != {"better"} else self._likelihood


def _trends(entities: list[dict[str, Any]]) -> set[str]:
    return {str(entity["value"]) for entity in entities if entity.get("entity") == "trend"}


def likelihood(ranking: list[dict[str, Any]], intent: str = INTENT) -> float:
    """Return the confidence of an intent, of the emergency's by default, in a ranking; 0 if it is not in it."""
    return next((float(entry["confidence"]) for entry in ranking if entry["name"] == intent), 0.0)
