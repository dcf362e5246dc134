"""Builds a tracker from keywords, runs an action, and gives what it said and did by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select

from actions.services import services
from clinic.database import models
from clinic.templates import placeholders

ROOT = Path(__file__).resolve().parents[2]
SENDER = "5d41402abc4b2a76b9719d911017c592"

Data = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What an action did: its events, and what it said in order."""

    events: list[Data]
    messages: list[Data]

    @property
    def responses(self) -> list[str]:
        """The names of the responses uttered."""
        return [message["response"] for message in self.messages if message["response"]]

    @property
    def said(self) -> list[tuple[str, str]]:
        """Kind and topic of each text that came from the knowledge files."""
        return [
            (message["metadata"]["kind"], message["metadata"]["topic"])
            for message in self.messages
            if message["text"]
        ]

    @property
    def text(self) -> str:
        """The texts that came from the knowledge files."""
        return "\n".join(message["text"] for message in self.messages if message["text"])

    @property
    def slots(self) -> Data:
        """The slots set, by name."""
        return {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}

    @property
    def other_events(self) -> list[Data]:
        """The events that set no slot."""
        return [event for event in self.events if event["event"] != "slot"]


def tracker(
    text: str = "",
    intent: str = "nlu_fallback",
    *entities: Data,
    form: str | None = None,
    asks: str | None = None,
    slots: Data | None = None,
    before: Sequence[Data] = (),
    since: Sequence[str] = (),
    ranking: Sequence[str] = (),
    message_id: str = "m1",
) -> Tracker:
    """Return a tracker as it reaches an action.

    Args:
        text: The latest message.
        intent: Its intent.
        *entities: Its entities.
        form: The active form.
        asks: The slot that the form asked for last.
        slots: Values of further slots.
        before: Events before the latest message.
        since: Names of the actions run since the latest message.
        ranking: The intents that the classifier ranked, the best first.
        message_id: Id of the latest message.
    """
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "entities": [{"start": 0, "end": len(text), **entity} for entity in entities],
        "intent_ranking": [{"name": name, "confidence": 0.5} for name in ranking],
    }
    events = [
        *before,
        action("action_listen"),
        {"event": "user", "text": text, "message_id": message_id, "parse_data": message},
        *(action(name) for name in since),
    ]
    return Tracker(
        sender_id=SENDER,
        slots={"requested_slot": asks, **(slots or {})},
        latest_message=message,
        events=events,
        paused=False,
        followup_action=None,
        active_loop={"name": form} if form else {},
        latest_action_name="action_listen",
    )


def action(name: str) -> Data:
    """Return the event of an action that ran."""
    return {"event": "action", "name": name}


def user(text: str = "hello") -> Data:
    """Return the event of an earlier message."""
    return {"event": "user", "text": text}


def bot(response: str) -> Data:
    """Return the event of a response that was said earlier, with the metadata that it has in `data/`."""
    metadata = responses()[response].get("metadata", {})
    return {"event": "bot", "text": "…", "metadata": {"utter_action": response, "metadata": metadata}}


def condition(key: str, assertion: str = "present") -> Data:
    """Return a condition as the engine finds it."""
    return {"entity": "condition", "value": key, "assertion": assertion}


def symptom(key: str, assertion: str = "present") -> Data:
    """Return a symptom as the engine finds it."""
    return {"entity": "symptom", "value": key, "assertion": assertion}


def fact(name: str, value: str) -> Data:
    """Return another entity: an answer, a day or a trend."""
    return {"entity": name, "value": value}


YES, NO, UNSURE = (fact("answer", value) for value in ("yes", "no", "unsure"))
QUESTION = fact("question", "yes")


async def run(action: Action, tracker: Tracker) -> Outcome:
    """Run an action and check that each response it names exists and gets its placeholders filled."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, tracker, {})
    outcome = Outcome(list(events), dispatcher.messages)
    slots = {**tracker.slots, **outcome.slots}
    for message in outcome.messages:
        if message["response"]:
            needed = placeholders(responses()[message["response"]]["text"])
            given = (
                services().values.keys() | message.keys() | {name for name, value in slots.items() if value}
            )
            assert not needed - given, f"{message['response']} lacks {needed - given}"
    return outcome


async def stored(model: type[models.Base]) -> list[Any]:
    """Return the rows of a table."""
    async with services().database.session(read_only=True) as session:
        return list(await session.scalars(select(model)))


async def disclosed() -> list[tuple[str, str]]:
    """Return the disclosures stored: key and assertion."""
    return [(row.condition_key, row.assertion) for row in await stored(models.Disclosure)]


@lru_cache(maxsize=1)
def responses() -> dict[str, Data]:
    """Return every response of `data/` by name."""
    found: dict[str, Data] = {}
    for path in sorted((ROOT / "data").rglob("*.yml")):
        document = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for name, variations in (document.get("responses") or {}).items():
            found[name] = variations[0]
    return found
