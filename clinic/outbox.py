"""The outbox: work for other systems, stored with the change that asks for it, done until it succeeds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import OutboxItem, utc_now

Kind = Literal["email", "erase_tracker"]

FIRST_DELAY: Final = timedelta(seconds=15)
LONGEST_DELAY: Final = timedelta(hours=1)


def add(
    session: AsyncSession, kind: Kind, payload: dict[str, Any], *, conversation_id: str | None = None
) -> OutboxItem:
    """Put an item into the outbox of this transaction. The payload holds no health text."""
    item = OutboxItem(kind=kind, payload=payload, conversation_id=conversation_id)
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


async def done(session: AsyncSession, item_id: int) -> None:
    """The item succeeded. An erasure leaves nothing behind, its own item included."""
    item = await session.get(OutboxItem, item_id)
    if item is None:
        return
    if item.kind == "erase_tracker":
        await session.delete(item)
    else:
        item.done_at = utc_now()


async def failed(session: AsyncSession, item_id: int, error: str, *, now: datetime | None = None) -> None:
    """The item failed: try again after a delay that doubles each time up to an hour."""
    item = await session.get(OutboxItem, item_id)
    if item is None:
        return
    delay = min(FIRST_DELAY * 2 ** min(item.attempts, 20), LONGEST_DELAY)
    item.attempts += 1
    item.last_error = error[:200]
    item.next_attempt_at = (now or utc_now()) + delay
