"""Responses are filled from slots, from the action's values and from the clinic's profile."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from engine.nlg import ProfileNLG, ProfileValuesError, fill, load_profile_values

DOMAIN = Domain.from_dict(
    {
        "slots": {
            "guest": {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}
        },
        "responses": {
            "utter_call": [{"text": "{guest}, call [{clinic_phone}]({clinic_phone_link}). Ref {reference}."}],
            "utter_buttons": [
                {
                    "text": "Choose",
                    "buttons": [{"title": "Day 0", "payload": '/report_symptom{"day": "{clinic_phone}"}'}],
                    "metadata": {"kind": "question", "topic": "{clinic_phone}"},
                }
            ],
            "utter_missing": [{"text": "Hello {stranger}, from {clinic_phone}"}],
            "utter_braces": [{"text": "Not placeholders: {} {A} { clinic_phone } {0}"}],
        },
    }
)
VALUES = {"clinic_phone": "+1 415-555-0132", "clinic_phone_link": "tel:+14155550132"}


@pytest.fixture
def nlg(tmp_path: Path) -> ProfileNLG:
    """The generator, made by Rasa from a section of `endpoints.yml`."""
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(VALUES))
    found = NaturalLanguageGenerator.create(
        EndpointConfig(type="engine.nlg.ProfileNLG", values=str(path)), DOMAIN
    )
    assert isinstance(found, ProfileNLG)
    return found


def say(nlg: ProfileNLG, response: str, guest: str | None = "Ana", **values: Any) -> dict[str, Any]:
    tracker = DialogueStateTracker.from_events("someone", [SlotSet("guest", guest)], slots=DOMAIN.slots)
    said = asyncio.run(nlg.generate(response, tracker, "needlewise", **values))
    assert said is not None
    return said


def test_placeholders_come_from_slots_values_and_profile(nlg: ProfileNLG) -> None:
    text = say(nlg, "utter_call", reference="NW-3")["text"]
    assert text == "Ana, call [+1 415-555-0132](tel:+14155550132). Ref NW-3."


def test_a_response_is_filled_anew_each_time(nlg: ProfileNLG) -> None:
    assert say(nlg, "utter_call", reference="NW-3")["text"].endswith("Ref NW-3.")
    assert say(nlg, "utter_call", reference="NW-4")["text"].endswith("Ref NW-4.")


def test_a_payloads_braces_are_no_placeholders(nlg: ProfileNLG) -> None:
    said = say(nlg, "utter_buttons")
    assert said["buttons"][0]["payload"] == '/report_symptom{"day": "{clinic_phone}"}'
    assert said["metadata"] == {"kind": "question", "topic": "{clinic_phone}"}


def test_a_value_with_braces_is_not_filled_again(nlg: ProfileNLG) -> None:
    text = say(nlg, "utter_call", guest="{reference} {clinic_phone}", reference="{guest}")["text"]
    assert text.startswith("{reference} {clinic_phone}, call")
    assert text.endswith("Ref {guest}.")


def test_other_braces_stay(nlg: ProfileNLG) -> None:
    assert say(nlg, "utter_braces")["text"] == "Not placeholders: {} {A} { clinic_phone } {0}"


def test_a_missing_value_stays_visible_and_is_logged_by_name_alone(
    nlg: ProfileNLG, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    text = say(nlg, "utter_missing", guest="my secret rash", detail="another secret")["text"]
    assert text == "Hello {stranger}, from +1 415-555-0132"
    assert "{stranger}" in caplog.text
    assert "secret" not in caplog.text


def test_an_unset_slot_counts_as_missing(caplog: pytest.LogCaptureFixture) -> None:
    assert fill("Hello {guest}", {"guest": None}) == "Hello {guest}"
    assert "{guest}" in caplog.text
    assert fill("{count} left", {"count": 0}) == "0 left"


def test_an_unknown_response_gives_nothing(nlg: ProfileNLG) -> None:
    tracker = DialogueStateTracker.from_events("someone", [], slots=DOMAIN.slots)
    assert asyncio.run(nlg.generate("utter_nothing", tracker, "needlewise")) is None


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff", b"[]", b'{"clinic_phone": 5}', b'{"a": null}'])
def test_a_broken_values_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "profile.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProfileValuesError, match=r"profile\.json"):
        load_profile_values(path)
