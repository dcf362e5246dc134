"""The outbox: work for other systems, stored with the change that asks for it, done until it succeeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import OutboxItem, utc_now

Kind = Literal["email", "erase_tracker", "late_answer"]


@dataclass(frozen=True)
class Schedule:
    """When a failed item is tried again: after ``first``, then after twice as long each time."""

    first: timedelta
    longest: timedelta
    tries: int | None = None
    """After so many the item is given up."""


_UNTIL_IT_SUCCEEDS: Final = Schedule(timedelta(seconds=15), timedelta(hours=1))
_SCHEDULES: Final[dict[str, Schedule]] = {
    # An answer after more than some five minutes would reach nobody.
    "late_answer": Schedule(timedelta(seconds=4), timedelta(minutes=1), tries=8),
}


def add(
    session: AsyncSession, kind: Kind, payload: dict[str, Any], *, conversation_id: str | None = None
) -> OutboxItem:
    """Put an item into the outbox of this transaction. The payload holds no health text."""
    item = OutboxItem(kind=kind, payload=payload, conversation_id=conversation_id)
    if kind == "late_answer":
        item.next_attempt_at = utc_now() + _SCHEDULES[kind].first
    session.add(item)
    return item


async def due(session: AsyncSession, *, now: datetime | None = None, limit: int = 20) -> list[OutboxItem]:
    """The items to try now, the longest waiting first."""
    query = (
        select(OutboxItem)
        .where(OutboxItem.done_at.is_(None), OutboxItem.next_attempt_at <= (now or utc_now()))
        .order_by(OutboxItem.next_attempt_at, OutboxItem.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def current(session: AsyncSession, item: OutboxItem) -> OutboxItem | None:
    """The item as it is stored now, or None if it is gone.

    SQLite gives the id of a row that is gone to the next one, so the id alone does not tell.
    """
    found = await session.get(OutboxItem, item.id, populate_existing=True)
    return found if found and (found.kind, found.payload) == (item.kind, item.payload) else None


async def done(session: AsyncSession, tried: OutboxItem) -> None:
    """The item succeeded. An erasure and an answer leave nothing behind, their own item included."""
    item = await current(session, tried)
    if item is None:
        return
    if item.kind in ("erase_tracker", "late_answer"):
        await session.delete(item)
    else:
        item.done_at = utc_now()


async def failed(
    session: AsyncSession, tried: OutboxItem, error: str, *, now: datetime | None = None
) -> None:
    """The item failed: try again after a delay that doubles each time, or give it up."""
    item = await current(session, tried)
    if item is None:
        return
    schedule = _SCHEDULES.get(item.kind, _UNTIL_IT_SUCCEEDS)
    delay = min(schedule.first * 2 ** min(item.attempts, 20), schedule.longest)
    item.attempts += 1
    if schedule.tries is not None and item.attempts >= schedule.tries:
        await session.delete(item)
        return
    item.last_error = error[:200]
    item.next_attempt_at = (now or utc_now()) + delay
