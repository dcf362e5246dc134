"""Conversations: made once, read back, erased with everything that hangs off them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import outbox
from clinic.database.models import Conversation, Message, utc_now

# Built once: putting a statement together takes longer than SQLite takes to answer it.
_ENSURE = {
    dialect.__name__.rpartition(".")[2]: statement.on_conflict_do_update(
        index_elements=[Conversation.id], set_={"last_active_at": statement.excluded.last_active_at}
    ).returning(Conversation)
    for dialect, statement in ((d, d.insert(Conversation)) for d in (sqlite, postgresql))
}

_HOLD = select(Conversation.id).where(Conversation.id == bindparam("id")).with_for_update(key_share=True)


async def ensure(
    session: AsyncSession, conversation_id: str, channel: str = "web", *, consent: bool = False
) -> Conversation:
    """The conversation, made if there is none, marked as active now.

    ``consent`` is whether the person agreed, before the first word, that the conversation is kept; the
    time is stored when it is made. Two processes may call it at the same moment: one makes it and both
    get it.
    """
    now = utc_now()
    values = {"id": conversation_id, "channel": channel, "created_at": now, "last_active_at": now}
    values["consent_at"] = now if consent else None
    statement = _ENSURE[session.get_bind().dialect.name]
    return (await session.scalars(statement, values, execution_options={"populate_existing": True})).one()


async def find(session: AsyncSession, conversation_id: str, *, to_write: bool = False) -> Conversation | None:
    """The conversation, or None; ``to_write`` holds it as `hold` does."""
    lock = {"key_share": True} if to_write else None
    return await session.get(Conversation, conversation_id, with_for_update=lock)


async def hold(session: AsyncSession, conversation_id: str) -> bool:
    """Make others who hold the conversation wait until this transaction ends; False if there is none.

    Whoever adds messages holds it: then no reader of the conversation sees a later message before an
    earlier one. (PostgreSQL gives out ids before the commit; SQLite has one writer anyway.)
    """
    return await session.scalar(_HOLD, {"id": conversation_id}) is not None


async def transcript(
    session: AsyncSession, conversation_id: str, *, after: int | None = None, limit: int | None = None
) -> list[Message]:
    """The messages in order; only those with an id above ``after``, and at most ``limit``."""
    query = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id)
    if after is not None:
        query = query.where(Message.id > after)
    if limit is not None:
        query = query.limit(limit)
    return list(await session.scalars(query))


async def erase(session: AsyncSession, conversation_id: str) -> bool:
    """Erase the conversation and all that hangs off it; False when there is none.

    The engine's tracker lives in another database, so its erasure is put into the outbox in the
    same transaction: it happens even if the engine is away now.
    """
    gone = await session.scalar(
        delete(Conversation).where(Conversation.id == conversation_id).returning(Conversation.id)
    )
    if gone is None:
        return False
    outbox.add(session, "erase_tracker", {"conversation_id": conversation_id})
    return True


async def expire(session: AsyncSession, days: int, *, now: datetime | None = None) -> list[str]:
    """Erase the conversations without activity for ``days`` days; returns their ids."""
    limit = (now or utc_now()) - timedelta(days=days)
    stale = list(await session.scalars(select(Conversation.id).where(Conversation.last_active_at < limit)))
    return [conversation_id for conversation_id in stale if await erase(session, conversation_id)]
