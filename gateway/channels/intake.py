"""Storing what a platform told us: messages and their receipts, and what became of our own messages."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import (
    ChannelContact,
    ChannelInbound,
    ChannelOptOut,
    ChannelOutbound,
    Conversation,
    utc_now,
)
from clinic.database.session import Database
from gateway.channels import queues
from gateway.channels.types import Inbound, Status
from gateway.channels.vault import Vault

logger = logging.getLogger(__name__)

_RANK: Final[dict[Status | None, int]] = {
    None: 0,
    "queued": 1,
    "sent": 2,
    "delivered": 3,
    "read": 4,
    "failed": 5,
}
_TRIES: Final = 4


class Intake:
    """Stores each event once, however often it comes, in one transaction with the others of its request."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def take(self, events: Sequence[Inbound]) -> None:
        """Store the events. Raises DatabaseUnavailable; then nothing is stored."""
        wanted = [event for event in events if event.kind != "event"]
        if not wanted:
            return
        for remaining in reversed(range(_TRIES)):
            try:
                async with self._database.session() as session:
                    for event in wanted:
                        await self._one(session, event)
                return
            except (IntegrityError, queues.LeaseLost):
                # Another process stored the same event or met the same person at this moment.
                if not remaining:
                    raise

    async def _one(self, session: AsyncSession, event: Inbound) -> None:
        if event.kind in ("status", "echo"):
            await self._note(session, event)
        else:
            await self._store(session, event)

    async def _store(self, session: AsyncSession, event: Inbound) -> None:
        receipt = self.receipt(event, event.message_id)
        if await session.scalar(select(ChannelInbound.id).where(ChannelInbound.receipt == receipt)):
            return
        contact = await self._contact(session, event)
        session.add(
            ChannelInbound(
                conversation_id=contact.conversation_id,
                receipt=receipt,
                payload_encrypted=self._vault.seal_inbound(event),
            )
        )
        contact.due_at = contact.last_inbound_at = utc_now()
        await session.flush()

    def receipt(self, event: Inbound, message_id: str) -> str:
        """By what a message of the event's channel is known again."""
        return self._vault.hash("receipt", event.channel, event.account, message_id)

    async def _contact(self, session: AsyncSession, event: Inbound) -> ChannelContact:
        external = self._vault.hash("person", event.channel, event.account, event.person)
        contact = await session.scalar(
            select(ChannelContact).where(ChannelContact.external_hash == external).with_for_update()
        )
        address = self._vault.seal(event.sender)
        if contact is not None:
            contact.address_encrypted = address
            return contact
        conversation = Conversation(id=uuid.uuid4().hex, channel=event.channel, external_hash=external)
        session.add(conversation)
        await session.flush()
        contact = ChannelContact(
            conversation_id=conversation.id,
            channel=event.channel,
            external_hash=external,
            address_encrypted=address,
            is_group=event.kind == "group",
            opted_out_at=await session.scalar(
                select(ChannelOptOut.opted_out_at).where(ChannelOptOut.external_hash == external)
            ),
        )
        session.add(contact)
        await session.flush()
        return contact

    async def _note(self, session: AsyncSession, event: Inbound) -> None:
        """Note what became of a message of ours; nothing, if it is none of ours."""
        provider_id = event.message_id if event.kind == "echo" else event.refers_to
        provider_hash = self._vault.hash("sent", event.channel, provider_id or "")
        ours = (
            ChannelOutbound.outbound_id == event.outbound_id
            if event.outbound_id
            else ChannelOutbound.provider_hash == provider_hash
        )
        conversation_id = await session.scalar(select(ChannelOutbound.conversation_id).where(ours).limit(1))
        if conversation_id is None:
            return
        contact = await queues.locked(session, conversation_id)
        sent = await session.scalar(
            select(ChannelOutbound).where(ours).limit(1).execution_options(populate_existing=True)
        )
        if sent is None or contact.channel != event.channel:
            return
        if sent.state in ("sending", "unknown"):
            # It went out after all, though we were not told so when it was sent.
            mark_sent(sent, provider_hash)
            contact.due_at = utc_now()
        if _RANK[event.status] > _RANK[_status(sent.delivery)]:
            sent.delivery = event.status
        if event.status == "failed" and sent.state == "sent":
            sent.state, sent.reason = "dead", f"not delivered ({event.error or 'no code'})"
            logger.warning("%s: a message was not delivered (%s)", event.channel, event.error or "no code")


def mark_sent(sent: ChannelOutbound, provider_hash: str | None) -> None:
    """The platform has the message; its text is not needed any more."""
    sent.state, sent.sent_at, sent.reason = "sent", utc_now(), None
    sent.payload_encrypted = None
    sent.provider_hash = provider_hash


def _status(text: str | None) -> Status | None:
    return next((status for status in _RANK if status == text), None)
