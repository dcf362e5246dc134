"""Messages that the engine has not answered: kept in the outbox, to be asked again for a few minutes.

The engine answers an id that it knows with the replies that it gave, so a message is asked again under the
id it was first asked as. An item of kind ``late_answer`` has the payload ``{"conversation_id", "message_id",
"asked_as", "payload"}``: whose message it is, which one gets the replies, the id that the engine knows it
by, and for a pressed button what it stands for. What a person typed stays in the message alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import outbox
from clinic.database.models import Message, OutboxItem

# Built once, as it is asked with each message.
_WAITING = (
    select(OutboxItem)
    .where(OutboxItem.conversation_id == bindparam("conversation"), OutboxItem.kind == "late_answer")
    .order_by(OutboxItem.id)
)


@dataclass(frozen=True)
class Question:
    """What is asked of the engine: a typed text or a payload of ours, under the id that it knows it by."""

    asked_as: str
    text: str | None
    payload: str | None


@dataclass(frozen=True)
class Late:
    """A question that waits for its answer, and the message that the answer is given to."""

    item: OutboxItem
    message_id: str
    question: Question


def add(session: AsyncSession, conversation_id: str, message_id: str, question: Question) -> None:
    """Ask it again later."""
    payload = {
        "conversation_id": conversation_id,
        "message_id": message_id,
        "asked_as": question.asked_as,
        "payload": question.payload,
    }
    outbox.add(session, "late_answer", payload, conversation_id=conversation_id)


async def waiting(session: AsyncSession, conversation_id: str) -> list[Late]:
    """The conversation's questions without an answer, in the order they were asked."""
    items = await session.scalars(_WAITING, {"conversation": conversation_id})
    return [await _late(session, item) for item in items]


async def settle(session: AsyncSession, missed: Late) -> bool:
    """Ask it no more; False if somebody else has settled it. The conversation must be held for writing."""
    item = await outbox.current(session, missed.item)
    if item is None:
        return False
    await session.delete(item)
    await session.flush()
    return True


async def has_spoken(session: AsyncSession, conversation_id: str) -> bool:
    """Whether the person has said anything."""
    query = select(Message.id).where(Message.conversation_id == conversation_id, Message.direction == "in")
    return await session.scalar(query.limit(1)) is not None


async def _late(session: AsyncSession, item: OutboxItem) -> Late:
    message_id, payload = str(item.payload["message_id"]), item.payload["payload"]
    text = None
    if payload is None:
        text = await session.scalar(
            select(Message.text).where(
                Message.conversation_id == item.conversation_id,
                Message.client_id == message_id,
                Message.direction == "in",
            )
        )
    return Late(item, message_id, Question(str(item.payload["asked_as"]), text, payload))
