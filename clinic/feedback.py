"""Whether a reply helped: one word of the person's for each reply, counted by topic for the clinic."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import Feedback, Message


class UnknownReply(Exception):
    """The conversation has no such reply."""


@dataclass(frozen=True)
class Tally:
    """How often a topic's replies were called helpful, and how often not."""

    topic: str | None
    helpful: int
    not_helpful: int


async def give(session: AsyncSession, conversation_id: str, reply_id: str, helpful: bool | None) -> None:
    """Keep what the person says of the reply in place of what they said before; None takes it back.

    The conversation must be held for writing (`conversations.hold`). Raises UnknownReply, also for
    another conversation's reply or the person's own message.
    """
    topics = await session.execute(
        select(Message.topic).where(
            Message.conversation_id == conversation_id,
            Message.reply_id == reply_id,
            Message.direction == "out",
        )
    )
    found = topics.one_or_none()
    if found is None:
        raise UnknownReply
    await session.execute(
        delete(Feedback).where(Feedback.conversation_id == conversation_id, Feedback.reply_id == reply_id)
    )
    if helpful is not None:
        session.add(
            Feedback(conversation_id=conversation_id, reply_id=reply_id, topic=found.topic, helpful=helpful)
        )


async def by_reply(session: AsyncSession, conversation_id: str) -> dict[str, bool]:
    """What the person said of each reply that they said something of."""
    query = select(Feedback.reply_id, Feedback.helpful).where(Feedback.conversation_id == conversation_id)
    return {row.reply_id: row.helpful for row in await session.execute(query)}


async def tallies(session: AsyncSession) -> list[Tally]:
    """The counts by topic, the topic that was called not helpful most often first."""
    helpful = func.count().filter(Feedback.helpful)
    not_helpful = func.count().filter(~Feedback.helpful)
    query = (
        select(Feedback.topic, helpful, not_helpful)
        .group_by(Feedback.topic)
        .order_by(not_helpful.desc(), helpful.desc(), Feedback.topic)
    )
    return [Tally(*row) for row in await session.execute(query)]
