"""Counted questions of a form tell where they stand in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered

from engine.connector import replies_to, reply
from engine.progress import form_progress
from tests.engine.conftest import tracker_with, user

ROOT = Path(__file__).parents[2]


def test_counted_questions_know_their_place_in_the_form() -> None:
    def question(**metadata: Any) -> list[dict[str, Any]]:
        return [{"text": "?", "metadata": metadata}]

    domain = Domain.from_dict(
        {
            "slots": {
                name: {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}
                for name in ("a", "b", "note", "c")
            },
            "forms": {"check": {"required_slots": ["a", "note", "b", "c"]}},
            "responses": {
                "utter_ask_check_a": question(counted=True),
                "utter_ask_check_b": question(counted=True),
                "utter_ask_check_note": question(kind="question"),
            },
        }
    )
    assert form_progress(domain) == {
        "utter_ask_check_a": {"step": 1, "total": 2},
        "utter_ask_check_b": {"step": 2, "total": 2},
    }


def test_the_screening_is_counted_from_its_first_question_to_its_last() -> None:
    progress = form_progress(Domain.load([str(ROOT / "domain.yml"), str(ROOT / "data")]))
    steps = [place for name, place in progress.items() if "screening_form" in name]
    assert [place["step"] for place in steps] == list(range(1, len(steps) + 1))
    assert {place["total"] for place in steps} == {len(steps)}


def test_a_reply_carries_its_place_also_when_it_is_given_again() -> None:
    progress = {"utter_ask_check_a": {"step": 1, "total": 2}}
    said = {"utter_action": "utter_ask_check_a", "metadata": {"kind": "question"}}
    assert reply("?", None, said, progress)["metadata"] == {
        "kind": "question",
        "progress": progress["utter_ask_check_a"],
    }
    tracker = tracker_with(user("start", "start_screening"), BotUttered("?", metadata=said))
    message_id = tracker.events[-2].message_id
    again = replies_to(tracker, message_id, progress)
    assert again is not None
    assert again[0]["metadata"]["progress"] == {"step": 1, "total": 2}
