"""The tracker store keeps a conversation whole and its cost flat."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from engine.tracker_store import COMPACT_ABOVE, CompactingTrackerStore
from tests.engine.conftest import DOMAIN, user


@pytest.fixture
def store(tmp_path: Path) -> CompactingTrackerStore:
    return CompactingTrackerStore(f"sqlite:///{tmp_path / 'tracker.db'}", domain=DOMAIN)


def take_turn(store: CompactingTrackerStore, sender: str, number: int) -> DialogueStateTracker:
    """Take one turn as Rasa's processor does: retrieve, update, save."""

    async def turn() -> DialogueStateTracker:
        tracker = await store.get_or_create_tracker(sender)
        tracker.update(user(f"message {number}", "ask_pain", message_id=str(number)))
        tracker.update(ActionExecuted("utter_ask_pain"))
        tracker.update(BotUttered(f"reply {number}"))
        tracker.update(ActionExecuted("action_listen"))
        await store.save(tracker)
        return tracker

    return asyncio.run(turn())


def rows(store: CompactingTrackerStore, table: str = "events") -> int:
    with store.engine.connect() as connection:
        return int(connection.execute(sa.text(f"SELECT COUNT(*) FROM {table}")).scalar_one())


def load(store: CompactingTrackerStore, sender: str) -> DialogueStateTracker:
    tracker = asyncio.run(store.retrieve(sender))
    assert tracker is not None
    return tracker


def test_an_unknown_conversation_is_none(store: CompactingTrackerStore) -> None:
    assert asyncio.run(store.retrieve("nobody")) is None


def test_every_event_is_stored_once(store: CompactingTrackerStore) -> None:
    for number in range(100):
        take_turn(store, "a", number)
    assert rows(store) == 1 + 100 * 4


def test_a_tracker_saved_twice_is_stored_once(store: CompactingTrackerStore) -> None:
    tracker = take_turn(store, "a", 1)
    asyncio.run(store.save(tracker))
    assert rows(store) == 5


def test_a_long_conversation_reads_a_bounded_number_of_events(store: CompactingTrackerStore) -> None:
    lengths = [len(take_turn(store, "a", number).events) for number in range(250)]
    assert max(lengths) <= COMPACT_ABOVE + 10
    assert load(store, "a").latest_message.text == "message 249"


def test_slots_and_active_form_survive_compaction(store: CompactingTrackerStore) -> None:
    async def open_form() -> None:
        tracker = await store.get_or_create_tracker("a")
        tracker.update(SlotSet("note", "kept"))
        tracker.update(ActiveLoop("consultation_form"))
        tracker.update(SlotSet("requested_slot", "note"))
        await store.save(tracker)

    asyncio.run(open_form())
    for number in range(120):
        take_turn(store, "a", number)
    tracker = load(store, "a")
    assert rows(store, "tracker_checkpoints") == 1
    assert tracker.get_slot("note") == "kept"
    assert tracker.active_loop_name == "consultation_form"
    assert tracker.get_slot("requested_slot") == "note"
    assert tracker.latest_action_name == "action_listen"


def test_a_new_session_hides_the_one_before(store: CompactingTrackerStore) -> None:
    take_turn(store, "a", 1)

    async def new_session() -> None:
        tracker = await store.get_or_create_tracker("a")
        tracker.update(ActionExecuted("action_session_start"))
        tracker.update(SessionStarted())
        tracker.update(ActionExecuted("action_listen"))
        await store.save(tracker)

    asyncio.run(new_session())
    take_turn(store, "a", 2)
    texts = [event.text for event in load(store, "a").events if isinstance(event, type(user("", "ask_pain")))]
    assert texts == ["message 2"]
    assert rows(store) == 5 + 3 + 4


def test_conversations_do_not_mix(store: CompactingTrackerStore) -> None:
    for number in range(60):
        take_turn(store, "a", number)
        take_turn(store, "b", 1000 + number)
    assert load(store, "a").latest_message.text == "message 59"
    assert load(store, "b").latest_message.text == "message 1059"


def test_erasing_leaves_no_row_of_that_conversation(store: CompactingTrackerStore) -> None:
    for number in range(60):
        take_turn(store, "a", number)
        take_turn(store, "b", number)
    kept = rows(store) // 2
    asyncio.run(store.delete("a"))
    assert rows(store) == kept
    assert rows(store, "tracker_checkpoints") == 1
    assert asyncio.run(store.retrieve("a")) is None


def test_an_index_serves_the_reading_of_one_conversation(store: CompactingTrackerStore) -> None:
    take_turn(store, "a", 1)
    with store.engine.connect() as connection:
        plan = connection.execute(
            sa.text("EXPLAIN QUERY PLAN SELECT * FROM events WHERE sender_id = 'a' AND id > 3 ORDER BY id")
        ).fetchall()
    # SQLite keeps the row id in every index, so that Rasa's own on sender_id serves as well as ours.
    assert "SEARCH events USING INDEX ix_events_sender_id" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
