"""People on messaging channels, as far as others than the channels' own worker need to know of them."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import ChannelContact, utc_now


async def wake(session: AsyncSession, conversation_id: str) -> None:
    """There is something new for the person of this conversation; nothing happens on the website.

    Whoever calls this and holds the conversation as well holds the conversation first.
    """
    await session.execute(
        update(ChannelContact)
        .where(ChannelContact.conversation_id == conversation_id)
        .values(due_at=utc_now())
    )
