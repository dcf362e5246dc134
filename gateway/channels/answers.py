"""Putting replies into the queue of a person's channel, in the way that the channel shows them.

What a conversation holds above a contact's mark ``answered_to`` is not in the queue yet: the answers of a
turn, late answers and what the staff said are all found there, whoever stored them.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import staff
from clinic.database.models import ChannelContact, Message, utc_now
from gateway import messages
from gateway.channels import queues
from gateway.channels.adapter import Adapter
from gateway.channels.choices import Offer
from gateway.channels.vault import Vault

EMERGENCY: Final = "emergency"


class Answers:
    """Renders for one channel and fills its queue."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def put(
        self, session: AsyncSession, adapter: Adapter, contact: ChannelContact, notices: list[str]
    ) -> None:
        """Put what is new into the queue, after ``notices`` (markup); the contact is held."""
        rows = list(
            await session.scalars(
                select(Message)
                .where(
                    Message.conversation_id == contact.conversation_id,
                    Message.direction == "out",
                    Message.id > contact.answered_to,
                )
                .order_by(Message.id)
            )
        )
        if rows:
            contact.answered_to = rows[-1].id
        if contact.opted_out_at is not None:
            if any(row.severity == EMERGENCY for row in rows):
                self.say(session, adapter, contact, adapter.texts.notices.emergency_while_opted_out)
            return
        turns = [list(turn) for _, turn in groupby(rows, key=lambda row: row.client_id)] or [[]]
        if not rows and not notices:
            return
        if contact.noticed_at is None:
            notices = [self._first_contact(adapter), *notices]
            contact.noticed_at = utc_now()
        for turn in turns:
            self._turn(session, adapter, contact, turn, "\n\n".join(notices))
            notices = []

    def say(self, session: AsyncSession, adapter: Adapter, contact: ChannelContact, text: str) -> None:
        """Put a text (markup) into the queue that is sent also to a person who ended the messages."""
        said = adapter.renderer.say(text, self.address(contact))
        queues.add_outbound(session, self._vault, contact, said, always=True)

    def address(self, contact: ChannelContact) -> str:
        """Where the contact's answers go. Raises DecryptionError."""
        return str(self._vault.unseal(contact.address_encrypted))

    def offer(self, contact: ChannelContact) -> Offer:
        """What the contact was offered last. Raises DecryptionError."""
        return (
            Offer.from_dict(self._vault.unseal(contact.offer_encrypted))
            if contact.offer_encrypted
            else Offer()
        )

    def _turn(
        self,
        session: AsyncSession,
        adapter: Adapter,
        contact: ChannelContact,
        turn: list[Message],
        notice: str,
    ) -> None:
        replies = [messages.as_reply(row) for row in turn]
        rendered = adapter.render(replies, self.address(contact), notice=notice or None)
        queues.add_outbound(session, self._vault, contact, rendered.messages)
        # What the staff says between two questions does not take back the choices of the first.
        by_staff = all(row.topic == staff.TOPIC for row in turn)
        if rendered.offer.choices or not by_staff:
            contact.offer_encrypted = (
                self._vault.seal(rendered.offer.as_dict()) if rendered.offer.choices else None
            )

    def _first_contact(self, adapter: Adapter) -> str:
        notices = adapter.texts.notices
        return notices.first_contact_sms if adapter.capability.opt_out_words else notices.first_contact
