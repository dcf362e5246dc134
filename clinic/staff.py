"""What the clinic's staff do in a conversation: see who asked for a person, and answer."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import contacts, conversations
from clinic.database.models import ConsultationRequest, Conversation, Message, utc_now

KIND: Final = "handoff"
TOPIC: Final = "staff"
"""The topic that tells a person's reply from the assistant's own offer of one."""
MAX_REPLY: Final = 4000
"""Characters of one reply."""

_UNWANTED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class UnknownConversation(Exception):
    """There is no conversation, and no request, with this id."""


class UnusableReply(Exception):
    """The reply is empty or too long."""


@dataclass(frozen=True)
class Listed:
    """A conversation by its id and times (UTC); ``asked_at`` is when the person asked for a human."""

    id: str
    last_active_at: datetime
    asked_at: datetime | None


async def reply(session: AsyncSession, conversation_or_reference: str, text: str) -> str:
    """Add a staff member's reply to a conversation, given by its id or a request's reference.

    Returns the conversation's id. The text may hold what answers hold: paragraphs, "- " lists, **bold**
    and links. Raises UnknownConversation or UnusableReply.
    """
    said = _UNWANTED.sub("", text.replace("\r\n", "\n")).strip()
    if not said:
        raise UnusableReply("the reply is empty")
    if len(said) > MAX_REPLY:
        raise UnusableReply(f"the reply is too long: at most {MAX_REPLY} characters fit")
    conversation_id = await _find(session, conversation_or_reference.strip())
    conversation = await conversations.find(session, conversation_id, to_write=True)
    if conversation is None:
        raise UnknownConversation(f"there is no conversation {conversation_or_reference.strip()}")
    session.add(
        Message(
            conversation_id=conversation_id,
            direction="out",
            text=said,
            kind=KIND,
            topic=TOPIC,
            reply_id=str(uuid.uuid4()),
        )
    )
    conversation.last_active_at = utc_now()
    await session.flush()
    await contacts.wake(session, conversation_id)
    return conversation_id


async def waiting(session: AsyncSession) -> list[Listed]:
    """The conversations in which a person asked for a human and none has answered, the oldest first."""
    last = select(func.max(Message.id)).where(Message.kind == KIND).group_by(Message.conversation_id)
    query = (
        select(Conversation.id, Conversation.last_active_at, Message.created_at)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(Message.id.in_(last), func.coalesce(Message.topic, "") != TOPIC)
        .order_by(Message.created_at, Message.id)
    )
    return [Listed(*row) for row in await session.execute(query)]


async def latest(session: AsyncSession, limit: int) -> list[Listed]:
    """The conversations that were active last, the latest first."""
    query = (
        select(Conversation.id, Conversation.last_active_at)
        .order_by(Conversation.last_active_at.desc(), Conversation.id)
        .limit(limit)
    )
    return [Listed(row.id, row.last_active_at, None) for row in await session.execute(query)]


async def _find(session: AsyncSession, conversation_or_reference: str) -> str:
    found: str | None = await session.scalar(
        select(ConsultationRequest.conversation_id).where(
            ConsultationRequest.reference == conversation_or_reference.upper()
        )
    )
    return found or conversation_or_reference
