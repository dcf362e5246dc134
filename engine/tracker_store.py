"""Tracker store whose cost does not grow with the length of a conversation.

Rasa's `SQLTrackerStore` reads and counts every event of the session on each turn. This one remembers how
much of a tracker is stored, keeps a checkpoint of slots and active loop, so that it reads the last few turns
only, and holds the events of recent conversations in memory. The events table is Rasa's own and keeps the
whole conversation; what is in memory is used only while the table holds the same.

A turn reads its conversation twice and saves once. With SQLite that took 9.5 ms of CPU when all was read and
each event inserted by itself, and takes 3 ms so.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

Result = TypeVar("Result")

COMPACT_ABOVE = 150
KEEP_TURNS = 12
HELD_CONVERSATIONS = 100
HELD_SECONDS = 600.0
_STORED = "_needlewise_stored"
_EVENTS = SQLTrackerStore.SQLEvent.__table__
_EVENTS_BY_SENDER = sa.Index("ix_events_sender_id_id", _EVENTS.c.sender_id, _EVENTS.c.id)
_OF_SENDER = _EVENTS.c.sender_id == sa.bindparam("sender")
_IS_AFTER = _EVENTS.c.id > sa.bindparam("after")
# Built once: putting a statement together takes longer than SQLite takes to answer it.
_ROWS_AFTER = sa.select(_EVENTS.c.id, _EVENTS.c.timestamp, _EVENTS.c.data).where(_OF_SENDER, _IS_AFTER)
_ROWS_AFTER = _ROWS_AFTER.order_by(_EVENTS.c.id)
_LATEST = sa.select(
    _EVENTS.c.id,
    _EVENTS.c.timestamp,
    sa.select(sa.func.count()).select_from(_EVENTS).where(_OF_SENDER, _IS_AFTER).scalar_subquery(),
)
_LATEST = _LATEST.where(_OF_SENDER).order_by(_EVENTS.c.id.desc()).limit(1)
_NTH_LAST = sa.select(_EVENTS.c.id).where(_OF_SENDER, _EVENTS.c.id <= sa.bindparam("last"))
_NTH_LAST = _NTH_LAST.order_by(_EVENTS.c.id.desc()).limit(1).offset(sa.bindparam("skipped"))


@dataclass(frozen=True)
class _Stored:
    """What is known of the stored part of a tracker.

    Attributes:
        events: How many of the tracker's events are stored.
        checkpoint: How many of these stand for all rows up to the id `after`.
        after: Id of the last row that the checkpoint stands for; 0 without one.
        latest: Id and time of the conversation's last row, and how many rows come after `after`.
    """

    events: int
    checkpoint: int
    after: int
    latest: tuple[int, float, int] | None


@dataclass(frozen=True)
class _Held:
    """The events of a conversation as they are stored, and the time until which they may be used."""

    events: list[Event]
    stored: _Stored
    until: float


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
        self._held: OrderedDict[str, _Held] = OrderedDict()
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
        held = self._held.get(sender_id)
        if held is not None:
            latest = await self._read(self._latest, sender_id, held.stored.after)
            if latest == held.stored.latest and time.monotonic() < held.until:
                return self._tracker(sender_id, held.events, held.stored)
        self._held.pop(sender_id, None)
        loaded = await self._read(self._load, sender_id)
        return self._tracker(sender_id, *loaded) if loaded else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that the tracker gained since it was retrieved or saved."""
        await self.stream_events(tracker)
        self._held.pop(tracker.sender_id, None)
        if tracker.events:
            self._hold(tracker.sender_id, *await asyncio.to_thread(self._store, tracker))

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        return await self._read(self._sender_ids)

    async def delete(self, sender_id: str) -> None:
        """Erase a conversation; does nothing if there is none."""
        self._held.pop(sender_id, None)
        await asyncio.to_thread(self._erase, sender_id)

    async def _read(self, query: Callable[..., Result], *arguments: Any) -> Result:
        """Run a query where it disturbs others least.

        A reader of an SQLite file waits for nobody, and is done sooner than a thread has begun.
        """
        if self.engine.dialect.name == "sqlite":
            return query(*arguments)
        return await asyncio.to_thread(query, *arguments)

    def _hold(self, sender_id: str, events: list[Event], stored: _Stored) -> None:
        """Keep a conversation's events in memory, and drop those that were kept for long."""
        now = time.monotonic()
        self._held[sender_id] = _Held(events, stored, now + HELD_SECONDS)
        while len(self._held) > HELD_CONVERSATIONS or next(iter(self._held.values())).until < now:
            self._held.popitem(last=False)

    def _tracker(self, sender_id: str, events: list[Event], stored: _Stored) -> DialogueStateTracker:
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        setattr(tracker, _STORED, stored)
        return tracker

    def _latest(self, sender_id: str, after: int) -> tuple[int, float, int] | None:
        """Return what tells whether a conversation has changed (see `_Stored.latest`).

        The time is among it because SQLite gives the ids of erased rows to new ones.
        """
        with self.engine.connect() as connection:
            row = connection.execute(_LATEST, {"sender": sender_id, "after": after}).first()
        return tuple(row) if row else None

    def _load(self, sender_id: str) -> tuple[list[Event], _Stored] | None:
        with self.session_scope() as session:
            checkpoint = session.get(self.Checkpoint, sender_id)
            after = checkpoint.event_id if checkpoint else 0
            rows = session.execute(_ROWS_AFTER, {"sender": sender_id, "after": after}).all()
            past: list[dict[str, Any]] = json.loads(checkpoint.data) if checkpoint else []
        if not past and not rows:
            return None
        latest = (rows[-1].id, rows[-1].timestamp, len(rows)) if rows else None
        events = deserialise_events([*past, *(json.loads(row.data) for row in rows)])
        return _latest_session(events, _Stored(len(events), len(past), after, latest))

    def _store(self, tracker: DialogueStateTracker) -> tuple[list[Event], _Stored]:
        """Store new events; return those that the next turn needs, and what is stored of them."""
        sender_id, events = tracker.sender_id, list(tracker.events)
        with self.engine.begin() as connection:
            stored = getattr(tracker, _STORED, None) or self._known(connection, sender_id)
            rows = [_row(sender_id, event) for event in events[stored.events :]]
            latest = stored.latest
            if rows:
                if rows[:-1]:
                    connection.execute(_EVENTS.insert(), rows[:-1])
                (last,) = connection.execute(_EVENTS.insert(), rows[-1]).inserted_primary_key
                latest = (last, rows[-1]["timestamp"], len(rows) + (latest[2] if latest else 0))
            stored = _Stored(len(events), stored.checkpoint, stored.after, latest)
            kept = (events, stored)
            if len(events) > COMPACT_ABOVE:
                kept = self._compacted(connection, sender_id, events, stored)
        setattr(tracker, _STORED, stored)
        return _latest_session(*kept)

    def _known(self, connection: sa.engine.Connection, sender_id: str) -> _Stored:
        """Return what is stored of a tracker that was not retrieved from here."""
        row = connection.execute(_LATEST, {"sender": sender_id, "after": 0}).first()
        return _Stored(row[2], 0, 0, tuple(row)) if row else _Stored(0, 0, 0, None)

    def _compacted(
        self, connection: sa.engine.Connection, sender_id: str, events: list[Event], stored: _Stored
    ) -> tuple[list[Event], _Stored]:
        """Write a checkpoint and return what it leaves of the events."""
        turns = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
        cut = turns[-KEEP_TURNS] if len(turns) > KEEP_TURNS else 0
        if cut <= stored.checkpoint or stored.latest is None:
            return events, stored
        last, timestamp, _ = stored.latest
        skipped = {"sender": sender_id, "last": last, "skipped": len(events) - cut}
        after = connection.execute(_NTH_LAST, skipped).scalar_one()
        summary = _summary(DialogueStateTracker.from_events(sender_id, events[:cut], self.domain.slots))
        checkpoints = self.Checkpoint.__table__
        connection.execute(checkpoints.delete().where(checkpoints.c.sender_id == sender_id))
        data = json.dumps([event.as_dict() for event in summary])
        connection.execute(checkpoints.insert(), {"sender_id": sender_id, "event_id": after, "data": data})
        left = [*summary, *events[cut:]]
        return left, _Stored(len(left), len(summary), after, (last, timestamp, len(events) - cut))

    def _sender_ids(self) -> list[str]:
        with self.session_scope() as session:
            return [sender_id for (sender_id,) in session.query(self.SQLEvent.sender_id).distinct()]

    def _erase(self, sender_id: str) -> None:
        with self.session_scope() as session:
            session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id).delete()
            session.query(self.Checkpoint).filter(self.Checkpoint.sender_id == sender_id).delete()
            session.commit()


def _latest_session(events: list[Event], stored: _Stored) -> tuple[list[Event], _Stored]:
    """Return the events of the latest session only.

    The listen before a session's first event belongs to the session before it.
    """
    start = max((i for i, event in enumerate(events) if isinstance(event, SessionStarted)), default=0)
    if not start:
        return events, stored
    checkpoint = max(0, stored.checkpoint - start)
    return events[start:], replace(stored, events=stored.events - start, checkpoint=checkpoint)


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    """Return an event as a row of Rasa's table, as Rasa's own store writes it."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


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
