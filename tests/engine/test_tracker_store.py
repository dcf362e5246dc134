"""The tracker store keeps a conversation whole and its cost flat."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from engine import tracker_store
from engine.tracker_store import COMPACT_ABOVE, CompactingTrackerStore
from tests.engine.conftest import DOMAIN, entity, user


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


def other_engine(store: CompactingTrackerStore) -> CompactingTrackerStore:
    """Another engine's store of the same database, with a memory of its own."""
    return CompactingTrackerStore(str(store.engine.url), domain=DOMAIN)


def all_of(tracker: DialogueStateTracker) -> dict[str, object]:
    state = tracker.current_state(EventVerbosity.ALL)
    return {**state, "loop": tracker.active_loop, "said": tracker.latest_bot_utterance.as_dict()}


def reads(store: CompactingTrackerStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note whose conversations are read whole from now on."""
    read: list[str] = []
    load_from_database = store._load
    monkeypatch.setattr(store, "_load", lambda sender: read.append(sender) or load_from_database(sender))
    return read


def test_a_tracker_from_memory_is_the_tracker_of_the_database(store: CompactingTrackerStore) -> None:
    async def turn(number: int) -> None:
        tracker = await store.get_or_create_tracker("a")
        if number % 20 == 0:
            tracker.update(ActionExecuted("action_session_start"))
            tracker.update(SessionStarted())
            tracker.update(ActionExecuted("action_listen"))
        sign = entity("symptom", "fever", tier="emergency", start=1, end=6)
        tracker.update(user(f"é {number}", "report_symptom", sign, message_id=str(number)))
        tracker.update(SlotSet("note", [number, {"a": None, "b": 0.1}]))
        tracker.update(ActionExecuted("consultation_form", policy="RulePolicy", confidence=1.0))
        tracker.update(ActiveLoop("consultation_form" if number % 3 else None))
        tracker.update(BotUttered("reply", {"buttons": [{"title": "t", "payload": "/p"}]}, {"kind": "x"}))
        tracker.update(ActionReverted() if number % 7 == 1 else ActionExecuted("action_listen"))
        await store.save(tracker)

    for number in range(90):
        asyncio.run(turn(number))
        assert all_of(load(store, "a")) == all_of(load(other_engine(store), "a"))


def test_a_conversation_that_goes_on_is_not_read_again(
    store: CompactingTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_turn(store, "a", 0)
    read = reads(store, monkeypatch)
    for number in range(1, 100):
        take_turn(store, "a", number)
    assert rows(store, "tracker_checkpoints") == 1
    assert read == []


def test_what_another_engine_stores_is_seen(store: CompactingTrackerStore) -> None:
    other = other_engine(store)
    for number in range(100):
        take_turn((store, other)[number % 2], "a", number)
        texts = [event.text for event in load(store, "a").events if isinstance(event, UserUttered)]
        assert texts[-1] == f"message {number}"
    assert rows(store) == 1 + 100 * 4


def test_events_that_come_between_two_looks_are_seen(store: CompactingTrackerStore) -> None:
    take_turn(store, "a", 1)
    slow = load(store, "a")
    take_turn(other_engine(store), "a", 2)
    slow.update(user("message 3", "ask_pain"))
    asyncio.run(store.save(slow))
    texts = [event.text for event in load(store, "a").events if isinstance(event, UserUttered)]
    assert texts == ["message 1", "message 2", "message 3"]


def test_what_another_engine_erased_is_not_remembered(store: CompactingTrackerStore) -> None:
    take_turn(store, "a", 1)
    other = other_engine(store)
    asyncio.run(other.delete("a"))
    assert asyncio.run(store.retrieve("a")) is None
    # The new rows get the ids of the erased ones.
    take_turn(store, "a", 2)
    asyncio.run(other.delete("a"))
    take_turn(other, "a", 3)
    assert load(store, "a").latest_message.text == "message 3"


def test_an_erased_conversation_is_not_in_memory(store: CompactingTrackerStore) -> None:
    take_turn(store, "a", 1)
    asyncio.run(store.delete("a"))
    assert not store._held


def test_a_failed_turn_leaves_nothing_behind(
    store: CompactingTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_turn(store, "a", 1)
    before = all_of(load(store, "a"))
    given_up = load(store, "a")
    given_up.update(user("message 2", "ask_pain"))
    given_up.update(SlotSet("note", "lost"))
    assert all_of(load(store, "a")) == before

    def fail(_: object) -> None:
        raise ConnectionError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(store, "_store", fail)
        with pytest.raises(ConnectionError):
            asyncio.run(store.save(given_up))
    assert all_of(load(store, "a")) == before


def test_memory_holds_few_conversations_and_not_for_long(
    store: CompactingTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_store, "HELD_CONVERSATIONS", 2)
    for sender in "abac":
        take_turn(store, sender, 1)
    assert list(store._held) == ["a", "c"]
    monkeypatch.setattr(tracker_store, "HELD_SECONDS", -1.0)
    take_turn(store, "a", 2)
    read = reads(store, monkeypatch)
    assert load(store, "a").latest_message.text == "message 2"
    assert read == ["a"]
