"""Tracker store whose cost does not grow with the length of a conversation.

Rasa's `SQLTrackerStore` reads and counts every event of the session on each turn, on the event
loop's own thread. This one works in a thread, remembers how much of a tracker is stored, and keeps
a checkpoint of slots and active loop, so that a turn reads the last few turns only. The events
table is Rasa's own and keeps the whole conversation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

COMPACT_ABOVE = 150
KEEP_TURNS = 12
_STORED = "_needlewise_stored"
_EVENTS_BY_SENDER = sa.Index(
    "ix_events_sender_id_id", SQLTrackerStore.SQLEvent.sender_id, SQLTrackerStore.SQLEvent.id
)


@dataclass
class _Stored:
    """What is known of a tracker's stored part: `checkpoint` events, then a row for each id."""

    checkpoint: int = 0
    row_ids: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return self.checkpoint + len(self.row_ids)


class CompactingTrackerStore(SQLTrackerStore):
    """SQL tracker store with checkpoints (see the module's docstring)."""

    engine: sa.engine.Engine

    class Checkpoint(SQLTrackerStore.Base):  # type: ignore[misc, name-defined]
        """Events that stand for all events of a conversation up to `event_id`."""

        __tablename__ = "tracker_checkpoints"

        sender_id = sa.Column(sa.String(255), primary_key=True)
        event_id = sa.Column(sa.Integer, nullable=False)
        data = sa.Column(sa.Text, nullable=False)

    def __init__(
        self,
        host: str,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        """Connect and create missing tables and indexes.

        Args:
            host: SQLAlchemy 1.4 URL of the database (Rasa passes a store's `url` under this name).
            domain: The model's domain.
            event_broker: Receives each stored event, if given.
            **kwargs: Passed on to Rasa's store.
        """
        super().__init__(domain=domain, host=host, event_broker=event_broker, **kwargs)
        if self.engine.dialect.name == "sqlite":
            self._keep_connections()
            sa.event.listen(self.engine, "connect", _configure_sqlite)
        # A database that Rasa's own store made has the table already, without this index.
        _EVENTS_BY_SENDER.create(self.engine, checkfirst=True)

    def _keep_connections(self) -> None:
        """Use a pool of open connections for an SQLite file.

        SQLAlchemy 1.4 opens and closes one for each session, and whoever closes a file's last connection
        writes its whole log back and waits for the disk: reading and saving took 11.7 ms of each turn so,
        and take 7.7 ms with open ones.
        """
        url: sa.engine.URL = self.engine.url
        if url.database in (None, "", ":memory:"):
            return
        self.engine.dispose()
        self.engine = sa.create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False})
        self.sessionmaker = sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of the latest session, or `None` if there is none."""
        return await asyncio.to_thread(self._load, sender_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that the tracker gained since it was retrieved or saved."""
        await self.stream_events(tracker)
        await asyncio.to_thread(self._store, tracker)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        return await asyncio.to_thread(self._sender_ids)

    async def delete(self, sender_id: str) -> None:
        """Erase a conversation; does nothing if there is none."""
        await asyncio.to_thread(self._erase, sender_id)

    def _load(self, sender_id: str) -> DialogueStateTracker | None:
        with self.session_scope() as session:
            checkpoint = session.get(self.Checkpoint, sender_id)
            rows = self._rows_after(session, sender_id, checkpoint.event_id if checkpoint else 0)
            events: list[dict[str, Any]] = json.loads(checkpoint.data) if checkpoint else []
        stored = _Stored(checkpoint=len(events), row_ids=[row.id for row in rows])
        events += [json.loads(row.data) for row in rows]
        if not events:
            return None
        start = max(
            (i for i, event in enumerate(events) if event["event"] == SessionStarted.type_name), default=0
        )
        # The listen before a session's first event belongs to the session before it.
        if start:
            events = events[start:]
            stored = _Stored(
                max(0, stored.checkpoint - start), stored.row_ids[max(0, start - stored.checkpoint) :]
            )
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        setattr(tracker, _STORED, stored)
        return tracker

    def _store(self, tracker: DialogueStateTracker) -> None:
        with self.session_scope() as session:
            stored = getattr(tracker, _STORED, None)
            if stored is None:
                known = session.query(self.SQLEvent.id).filter(self.SQLEvent.sender_id == tracker.sender_id)
                stored = _Stored(row_ids=[row_id for (row_id,) in known.order_by(self.SQLEvent.id)])
            events = list(tracker.events)
            rows = [self._row(tracker.sender_id, event) for event in events[len(stored) :]]
            session.add_all(rows)
            session.flush()
            row_ids = stored.row_ids + [row.id for row in rows]
            if len(events) > COMPACT_ABOVE:
                self._write_checkpoint(session, tracker.sender_id, events, stored.checkpoint, row_ids)
            session.commit()
        setattr(tracker, _STORED, _Stored(stored.checkpoint, row_ids))

    def _write_checkpoint(
        self, session: Session, sender_id: str, events: list[Event], checkpoint: int, row_ids: list[int]
    ) -> None:
        turns = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
        if len(turns) <= KEEP_TURNS:
            return
        cut = turns[-KEEP_TURNS]
        if cut <= checkpoint:
            return
        past = DialogueStateTracker.from_events(sender_id, events[:cut], self.domain.slots)
        data = json.dumps([event.as_dict() for event in _summary(past)])
        session.merge(self.Checkpoint(sender_id=sender_id, event_id=row_ids[cut - checkpoint - 1], data=data))

    def _row(self, sender_id: str, event: Event) -> SQLTrackerStore.SQLEvent:
        data = event.as_dict()
        return self.SQLEvent(
            sender_id=sender_id,
            type_name=event.type_name,
            timestamp=data.get("timestamp"),
            intent_name=data.get("parse_data", {}).get("intent", {}).get("name"),
            action_name=data.get("name"),
            data=json.dumps(data),
        )

    def _rows_after(self, session: Session, sender_id: str, event_id: int) -> list[sa.engine.Row]:
        """Return id and data of each event after `event_id`; as whole objects they cost twice the time."""
        return (
            session.query(self.SQLEvent.id, self.SQLEvent.data)
            .filter(self.SQLEvent.sender_id == sender_id, self.SQLEvent.id > event_id)
            .order_by(self.SQLEvent.id)
            .all()
        )

    def _sender_ids(self) -> list[str]:
        with self.session_scope() as session:
            return [sender_id for (sender_id,) in session.query(self.SQLEvent.sender_id).distinct()]

    def _erase(self, sender_id: str) -> None:
        with self.session_scope() as session:
            session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id).delete()
            session.query(self.Checkpoint).filter(self.Checkpoint.sender_id == sender_id).delete()
            session.commit()


def _summary(tracker: DialogueStateTracker) -> list[Event]:
    """Return the fewest events that give a tracker the same slots and active loop."""
    events: list[Event] = [
        SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value != slot.initial_value
    ]
    if tracker.active_loop_name:
        events.append(ActiveLoop(tracker.active_loop_name))
    return [*events, ActionExecuted(ACTION_LISTEN_NAME)]


def _configure_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
