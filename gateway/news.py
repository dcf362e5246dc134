"""Telling everybody who listens, in this process and in others, that a conversation has changed."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from clinic.announcements import Announcer
from gateway.hub import Hub


class News:
    """Around each transaction that changes a conversation: ``within`` before its end, ``after`` after it."""

    def __init__(self, hub: Hub, announcer: Announcer) -> None:
        self._hub = hub
        self._announcer = announcer

    async def within(self, session: AsyncSession, conversation_id: str) -> None:
        """Announce the change together with the commit of this transaction, where that can be done."""
        await self._announcer.within(session, conversation_id)

    async def after(self, conversation_id: str) -> None:
        """Announce the change that was committed."""
        self._hub.wake(conversation_id)
        await self._announcer.after(conversation_id)

    async def close(self) -> None:
        """Close the connections."""
        await self._announcer.close()
