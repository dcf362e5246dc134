"""Sending what is in the queue: one person's messages in order, each once as far as that can be known."""

from __future__ import annotations

import logging
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.crypto import DecryptionError
from clinic.database.models import ChannelContact, ChannelOutbound, utc_now
from clinic.database.session import Database
from gateway.channels import queues
from gateway.channels.adapter import Adapter
from gateway.channels.answers import Answers
from gateway.channels.capabilities import Channel
from gateway.channels.intake import mark_sent
from gateway.channels.types import (
    Inbound,
    Outbound,
    SendError,
    SendResult,
    Temporary,
    Unknown,
)
from gateway.channels.vault import Vault
from gateway.logs import describe

logger = logging.getLogger(__name__)

FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=10)
CREDENTIALS_PAUSE: Final = timedelta(minutes=2)
GIVE_UP: Final = timedelta(hours=24)
"""After which a message that cannot be sent is a dead letter."""
ASK_FOR: Final = timedelta(seconds=10)
"""For how long a platform that can be asked may say that it has no such message."""
HEAR_FOR: Final = timedelta(seconds=20)
"""How long we wait to be told that a message went out, where the platform tells and cannot be asked."""
_ASK_AGAIN: Final = timedelta(seconds=3)
_FINDING: Final = "perhaps sent"


class Delivery:
    """Takes one step at a time for one person; the caller holds their lease."""

    def __init__(self, database: Database, client: httpx.AsyncClient, vault: Vault, answers: Answers) -> None:
        self._database = database
        self._client = client
        self._vault = vault
        self._answers = answers
        self._paused: dict[Channel, datetime] = {}

    async def step(self, adapter: Adapter, conversation_id: str, owner: str) -> bool:
        """Do what is next for the person's first unsent message; False if there is nothing to do now.

        Raises DatabaseUnavailable or queues.LeaseLost.
        """
        async with self._database.session() as session:
            contact = await queues.locked(session, conversation_id, owner)
            row = await queues.next_outbound(session, conversation_id)
            if row is None or row.next_attempt_at > utc_now():
                return False
            state = row.state
            outbound: Outbound | None = None
            try:
                outbound = Outbound.from_dict(self._vault.unseal(row.payload_encrypted or ""))
                ready = self._prepare(adapter, contact, row, outbound)
            except DecryptionError as error:
                _bury(row, str(error))
                ready = None
            await queues.set_due(session, contact)
        if state != "pending" and outbound is not None:
            await self._resolve(adapter, row, outbound, owner)
        elif ready is not None:
            await self._send(adapter, contact, row, ready)
        return True

    async def acknowledge(self, adapter: Adapter, inbound: Inbound) -> None:
        """Tell the platform that a pressed button was seen. Never raises."""
        await adapter.acknowledge(self._client, inbound)

    def _prepare(
        self, adapter: Adapter, contact: ChannelContact, row: ChannelOutbound, outbound: Outbound
    ) -> Outbound | None:
        """The message to send now, noted as being sent; None if it is not to be sent, or not now."""
        now = utc_now()
        if row.state != "pending":
            return None
        if contact.opted_out_at is not None and not row.always:
            _drop(row, "opted_out")
            return None
        paused = self._paused.get(adapter.channel)
        if paused is not None and paused > now:
            row.next_attempt_at = paused + timedelta(seconds=random.uniform(0, 1))
            return None
        if not outbound.template and _window_closed(adapter, contact, now):
            late = self._late(adapter, contact, row)
            if late is None:
                return None
            outbound = late
        row.state, row.sending_at = "sending", now
        row.attempts += 1
        return outbound

    def _late(self, adapter: Adapter, contact: ChannelContact, row: ChannelOutbound) -> Outbound | None:
        """What is sent in place of an answer after the window; None if nothing is."""
        if not adapter.can_send_template:
            _bury(row, "window_expired")
            return None
        if contact.template_at is not None and contact.template_at > contact.last_inbound_at:
            _drop(row, "window_expired")
            return None
        contact.template_at = utc_now()
        template = replace(adapter.renderer.template(self._answers.address(contact)), id=row.outbound_id)
        row.payload_encrypted = self._vault.seal(template.as_dict())
        return template

    async def _send(
        self, adapter: Adapter, contact: ChannelContact, row: ChannelOutbound, outbound: Outbound
    ) -> None:
        try:
            result = await adapter.send(self._client, outbound)
        except SendError as error:
            await self._failed(adapter, row, error)
        except Exception as fault:
            logger.error("a message was perhaps not sent: %s", describe(fault))
            await self._failed(adapter, row, Unknown("unknown", type(fault).__name__))
        else:
            await self._sent(adapter, row, result)
        if contact.is_group:
            address = outbound.recipient
            await adapter.leave(
                self._client, Inbound(adapter.channel, adapter.account, address, "leave", "group")
            )

    async def _sent(self, adapter: Adapter, row: ChannelOutbound, result: SendResult) -> None:
        async with self._database.session() as session:
            contact = await queues.locked(session, row.conversation_id)
            stored = await self._stored(session, row)
            if stored is not None and stored.state in queues.UNFINISHED:
                mark_sent(stored, self._provider_hash(adapter, result))
            await queues.set_due(session, contact)

    async def _failed(self, adapter: Adapter, row: ChannelOutbound, error: SendError) -> None:
        async with self._database.session() as session:
            contact = await queues.locked(session, row.conversation_id)
            stored = await self._stored(session, row)
            if stored is not None and stored.state == "sending":
                self._note(adapter, contact, stored, error)
            await queues.set_due(session, contact)

    def _note(
        self, adapter: Adapter, contact: ChannelContact, row: ChannelOutbound, error: SendError
    ) -> None:
        now = utc_now()
        reason = str(error)
        logger.warning("%s: not sent, attempt %d: %s", adapter.channel, row.attempts, reason)
        if isinstance(error, Unknown):
            row.state, row.reason, row.next_attempt_at = "unknown", reason[:200], now
        elif isinstance(error, Temporary):
            if now - row.created_at > GIVE_UP:
                _bury(row, reason)
                return
            row.state, row.reason = "pending", reason[:200]
            pause = _pause(row.attempts, error)
            row.next_attempt_at = now + pause
            if error.reason == "rate_limit":
                self._paused[adapter.channel] = now + pause
        elif error.reason == "opted_out":
            # The platform remembers it, so it need not outlive the conversation here.
            contact.opted_out_at = contact.opted_out_at or now
            _drop(row, "opted_out")
        elif error.reason == "window_closed" and adapter.can_send_template:
            # The platform's clock is what counts: the next try sends the template.
            window = timedelta(hours=adapter.capability.window_hours or 0)
            contact.last_inbound_at = min(contact.last_inbound_at, now - window)
            row.state, row.reason, row.next_attempt_at = "pending", reason[:200], now
        elif error.reason == "window_closed":
            _bury(row, "window_expired")
        else:
            _bury(row, reason)

    async def _resolve(self, adapter: Adapter, row: ChannelOutbound, outbound: Outbound, owner: str) -> None:
        """Find out whether a message went out; where nobody knows, it is sent again rather than lost."""
        since = row.sending_at or row.created_at
        again_at: datetime | None = None
        result: SendResult | None = None
        if type(adapter).find is not Adapter.find:
            try:
                result = await adapter.find(self._client, outbound, since)
            except SendError as error:
                logger.warning("%s: cannot ask for a message: %s", adapter.channel, error)
                again_at = utc_now() + _pause(row.attempts, error)
            if result is None and again_at is None and utc_now() - since < ASK_FOR:
                again_at = utc_now() + _ASK_AGAIN
        elif adapter.capability.statuses and not adapter.idempotent and utc_now() - since < HEAR_FOR:
            again_at = since + HEAR_FOR
        async with self._database.session() as session:
            contact = await queues.locked(session, row.conversation_id, owner)
            stored = await self._stored(session, row)
            if stored is None or stored.state not in ("sending", "unknown"):
                return
            found = self._provider_hash(adapter, result) if result else None
            if found and await session.scalar(
                select(ChannelOutbound.id).where(ChannelOutbound.provider_hash == found).limit(1)
            ):
                # The newest with these words is one that was sent before.
                found = None
            if found:
                mark_sent(stored, found)
            elif again_at is not None:
                stored.state, stored.reason, stored.next_attempt_at = "unknown", _FINDING, again_at
            else:
                stored.state, stored.next_attempt_at = "pending", utc_now()
            await queues.set_due(session, contact)

    def _provider_hash(self, adapter: Adapter, result: SendResult | None) -> str | None:
        if result is None or result.message_id is None:
            return None
        return self._vault.hash("sent", adapter.channel, result.message_id)

    async def _stored(self, session: AsyncSession, row: ChannelOutbound) -> ChannelOutbound | None:
        return await session.scalar(
            select(ChannelOutbound).where(ChannelOutbound.outbound_id == row.outbound_id)
        )


def _window_closed(adapter: Adapter, contact: ChannelContact, now: datetime) -> bool:
    hours = adapter.capability.window_hours
    return hours is not None and now - contact.last_inbound_at >= timedelta(hours=hours)


def _pause(attempts: int, error: SendError) -> timedelta:
    first = CREDENTIALS_PAUSE if error.reason == "credentials" else FIRST_PAUSE
    pause = min(first * 2 ** min(max(attempts - 1, 0), 12), LONGEST_PAUSE)
    pause *= random.uniform(0.75, 1.25)
    asked = error.retry_after if isinstance(error, Temporary) else None
    # Not all at the very moment that the platform names.
    return max(pause, timedelta(seconds=asked + random.uniform(0, 1))) if asked is not None else pause


def _bury(row: ChannelOutbound, reason: str) -> None:
    row.state, row.reason = "dead", reason[:200]


def _drop(row: ChannelOutbound, reason: str) -> None:
    row.state, row.reason, row.payload_encrypted = "dropped", reason, None
