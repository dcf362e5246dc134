"""The rows of one person: who works for them, what comes next, and what is to be sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import (
    ChannelContact,
    ChannelInbound,
    ChannelOptOut,
    ChannelOutbound,
    Message,
    utc_now,
)
from gateway.channels.types import Outbound
from gateway.channels.vault import Vault

LEASE: Final = timedelta(seconds=30)
"""After which a person is another process's, if the one that works for them does not renew it."""
UNFINISHED: Final = ("pending", "sending", "unknown")


class LeaseLost(Exception):
    """The person was erased, or another process works for them now."""


async def locked(session: AsyncSession, conversation_id: str, owner: str | None = None) -> ChannelContact:
    """The contact, held until the end of the transaction. Raises LeaseLost, if ``owner`` has no lease."""
    contact = await session.get(ChannelContact, conversation_id, with_for_update=True)
    if contact is None or (owner is not None and contact.lease_owner != owner):
        raise LeaseLost
    return contact


async def opt_out(session: AsyncSession, contact: ChannelContact) -> None:
    """No more messages to this person, even after the conversation is erased; `opt_in` takes it back."""
    contact.opted_out_at = utc_now()
    await session.merge(ChannelOptOut(external_hash=contact.external_hash, opted_out_at=contact.opted_out_at))


async def opt_in(session: AsyncSession, contact: ChannelContact) -> None:
    """The person has the messages again."""
    contact.opted_out_at = None
    await session.execute(delete(ChannelOptOut).where(ChannelOptOut.external_hash == contact.external_hash))


async def next_inbound(session: AsyncSession, conversation_id: str) -> ChannelInbound | None:
    """The first thing that was not worked on yet."""
    return await session.scalar(
        select(ChannelInbound)
        .where(ChannelInbound.conversation_id == conversation_id, ChannelInbound.state == "pending")
        .order_by(ChannelInbound.id)
        .limit(1)
    )


async def next_outbound(session: AsyncSession, conversation_id: str) -> ChannelOutbound | None:
    """The first message that was not sent yet: no later one is sent before it."""
    return await session.scalar(
        select(ChannelOutbound)
        .where(ChannelOutbound.conversation_id == conversation_id, ChannelOutbound.state.in_(UNFINISHED))
        .order_by(ChannelOutbound.id)
        .limit(1)
    )


async def has_news(session: AsyncSession, contact: ChannelContact) -> bool:
    """Whether the conversation has replies that are not in the queue yet."""
    query = select(
        exists().where(
            Message.conversation_id == contact.conversation_id,
            Message.direction == "out",
            Message.id > contact.answered_to,
        )
    )
    return bool(await session.scalar(query))


async def set_due(session: AsyncSession, contact: ChannelContact) -> None:
    """Note when there is something to do for the contact, which is held."""
    await session.flush()
    moments: list[datetime] = []
    if await has_news(session, contact):
        moments.append(utc_now())
    heads = (
        await next_inbound(session, contact.conversation_id),
        await next_outbound(session, contact.conversation_id),
    )
    moments += [head.next_attempt_at for head in heads if head is not None]
    contact.due_at = min(moments, default=None)


def add_outbound(
    session: AsyncSession,
    vault: Vault,
    contact: ChannelContact,
    messages: Iterable[Outbound],
    *,
    always: bool = False,
) -> None:
    """Put messages to the contact into the queue, in this order."""
    session.add_all(
        ChannelOutbound(
            conversation_id=contact.conversation_id,
            outbound_id=message.id,
            payload_encrypted=vault.seal(message.as_dict()),
            always=always,
        )
        for message in messages
    )
