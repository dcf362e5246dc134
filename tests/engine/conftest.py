"""Helpers for tests that run in the engine's environment."""

from __future__ import annotations

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

DOMAIN = Domain.from_dict(
    {
        "intents": ["ask_pain", "ask_condition", "ask_scars", "affirm", "deny", "stop", "report_symptom"],
        "entities": ["condition", "symptom", "answer"],
        "slots": {
            "requested_slot": {"type": "text", "mappings": [{"type": "custom"}]},
            "note": {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]},
        },
        "forms": {
            "consultation_form": {"required_slots": ["note"]},
            "screening_form": {"required_slots": ["note"]},
        },
        "responses": {"utter_ask_pain": [{"text": "A little."}]},
        "actions": ["action_assess_symptom", "action_flag_disclosure", "action_answer_condition"],
    }
)


def entity(name: str, value: str, **more: Any) -> dict[str, Any]:
    """Return an entity as the extractors give it."""
    return {"entity": name, "value": value, "assertion": "present", **more}


def user(text: str, intent: str, *entities: dict[str, Any], message_id: str | None = None) -> UserUttered:
    """Return a user message with its parse."""
    parse_data = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": list(entities)}
    return UserUttered(
        text,
        parse_data["intent"],
        list(entities),
        parse_data=parse_data,
        message_id=message_id,  # type: ignore[arg-type]
    )


def tracker_with(
    *events: Event, form: str | None = None, requested: str | None = None
) -> DialogueStateTracker:
    """Return a tracker in a form or not, listening, that then saw `events`."""
    past: list[Event] = [ActionExecuted("action_listen")]
    if form:
        past = [
            user("start", "ask_pain"),
            ActionExecuted(form),
            ActiveLoop(form),
            SlotSet("requested_slot", requested),
        ]
        past.append(ActionExecuted("action_listen"))
    return DialogueStateTracker.from_events("someone", [*past, *events], slots=DOMAIN.slots)
