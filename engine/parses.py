"""Reads what Rasa understood of a text: its parse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Parse = dict[str, Any]
Parser = Callable[[str], Awaitable[Parse]]

CONDITION_INTENT = "ask_condition"
SYMPTOM_INTENT = "report_symptom"
FALLBACK_INTENT = "nlu_fallback"
FORM_INTENTS = frozenset({"book_consultation", "start_screening"})
_ALSO_ANSWERED = FORM_INTENTS | {"request_human", SYMPTOM_INTENT}


@dataclass(frozen=True)
class Part:
    """A message for Rasa: its text and its parse."""

    text: str
    parse: Parse


def intent_of(parsed: Parse) -> str:
    """Return the name of the intent, or an empty text."""
    return str((parsed.get("intent") or {}).get("name") or "")


def confidence_of(parsed: Parse) -> float:
    """Return the confidence of the best real intent, also where the fallback won."""
    ranking = [entry for entry in parsed.get("intent_ranking") or [] if entry["name"] != FALLBACK_INTENT]
    chosen = ranking[0] if ranking else parsed.get("intent") or {}
    return float(chosen.get("confidence") or 0.0)


def entities_of(parsed: Parse, name: str | None = None) -> list[Parse]:
    """Return the entities, or those of one name."""
    found: list[Parse] = parsed.get("entities") or []
    return [entity for entity in found if name in (None, entity.get("entity"))]


def conditions_of(parsed: Parse, assertion: str | None = None) -> list[Parse]:
    """Return the conditions, or those of one assertion."""
    return [
        entity for entity in entities_of(parsed, "condition") if assertion in (None, entity.get("assertion"))
    ]


def is_answered(name: str) -> bool:
    """Tell whether an intent gets an answer of its own, as against a greeting or a "yes"."""
    return name.startswith("ask_") or name in _ALSO_ANSWERED


def as_intent(parsed: Parse, name: str, found: list[Parse]) -> Parse:
    """Return a parse under a certain intent and with other entities."""
    named = {"name": name, "confidence": 1.0}
    return {**parsed, "intent": named, "intent_ranking": [named], "entities": found}
