"""Receipts of inbound ids: an id is worked on once, and a repeat gets the replies it got before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import Receipt


class IdReused(Exception):
    """The id was sent before with something else."""


@dataclass(frozen=True)
class Inbound:
    """A message of a person: what they typed or the token of a button they pressed."""

    id: str
    text: str | None = None
    button: str | None = None

    @property
    def body_hash(self) -> str:
        """SHA-256 of what was sent, to tell a repeat from another message under the same id."""
        body = f"button\0{self.button}" if self.text is None else f"text\0{self.text}"
        return hashlib.sha256(body.encode()).hexdigest()


async def status(
    session: AsyncSession, conversation_id: str, inbound: Inbound
) -> Literal["new", "pending", "done"]:
    """How far the message has come. Raises IdReused."""
    receipt = await session.scalar(
        select(Receipt).where(Receipt.conversation_id == conversation_id, Receipt.message_id == inbound.id)
    )
    if receipt is None:
        return "new"
    if receipt.body_hash != inbound.body_hash:
        raise IdReused
    return "done" if receipt.status == "done" else "pending"


async def is_known(session: AsyncSession, conversation_id: str, message_id: str) -> bool:
    """Whether a message was accepted under this id."""
    query = select(Receipt.id).where(
        Receipt.conversation_id == conversation_id, Receipt.message_id == message_id
    )
    return await session.scalar(query) is not None


def accept(session: AsyncSession, conversation_id: str, inbound: Inbound) -> None:
    """Note that the message is being worked on."""
    session.add(Receipt(conversation_id=conversation_id, message_id=inbound.id, body_hash=inbound.body_hash))


async def finish(session: AsyncSession, conversation_id: str, message_id: str) -> bool:
    """Note that the message is answered; False if somebody else has noted it (or erased it)."""
    result = await session.execute(
        update(Receipt)
        .where(
            Receipt.conversation_id == conversation_id,
            Receipt.message_id == message_id,
            Receipt.status == "pending",
        )
        .values(status="done")
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
