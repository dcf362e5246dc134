"""Work for other systems, tried again when it fails: erasures, e-mails to the clinic, late answers."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, select, update

from clinic import outbox
from clinic.database.models import OutboxItem, utc_now
from clinic.database.session import Database, DatabaseUnavailable
from clinic.outbox import Kind
from gateway.logs import describe

logger = logging.getLogger(__name__)

AT_ONCE: Final = 3.0
"""Seconds that a first try may take while somebody waits for it."""
_LEASE: Final = timedelta(minutes=2)
_JITTER: Final = 10.0
_AT_A_TIME: Final = 5

Payload = Mapping[str, Any]
Handler = Callable[[Payload], Awaitable[None]]


class DeliveryError(Exception):
    """The work was not done and is to be tried again. The message is kept, so it names no person."""


class Outbox:
    """Hands each kind of item to its handler and notes how it went."""

    def __init__(self, database: Database, handlers: Mapping[Kind, Handler]) -> None:
        self._database = database
        self._handlers: dict[str, Handler] = {str(kind): handler for kind, handler in handlers.items()}

    def handle(self, kind: Kind, handler: Handler) -> None:
        """Hand items of this kind to ``handler`` too."""
        self._handlers[kind] = handler

    async def work(self) -> None:
        """Try every item that is due, once. Raises DatabaseUnavailable."""
        async with self._database.session(read_only=True) as session:
            due = await outbox.due(session)
        # Beside each other, so that a slow engine does not hold up the mail.
        places = asyncio.Semaphore(_AT_A_TIME)

        async def handle(item: OutboxItem) -> None:
            async with places:
                if await self._claim(item):
                    await self._attempt(item)

        for result in await asyncio.gather(*map(handle, due), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def try_now(self, kind: Kind, payload: dict[str, Any]) -> None:
        """Try a stored item at once, for a few seconds; if it fails, it stays for ``work``."""
        try:
            async with asyncio.timeout(AT_ONCE):
                async with self._database.session(read_only=True) as session:
                    items = await session.scalars(
                        select(OutboxItem).where(OutboxItem.kind == kind, OutboxItem.done_at.is_(None))
                    )
                    found = [item for item in items if item.payload == payload]
                for item in found:
                    if await self._claim(item):
                        await self._attempt(item)
        except (TimeoutError, DatabaseUnavailable) as error:
            logger.warning("%s is left for later: %s", kind, type(error).__name__)

    async def _claim(self, item: OutboxItem) -> bool:
        # Of two gateways on one database only one gets the item; if it dies, the lease runs out.
        async with self._database.session() as session:
            result = await session.execute(
                update(OutboxItem)
                .where(OutboxItem.id == item.id, OutboxItem.next_attempt_at == item.next_attempt_at)
                .values(next_attempt_at=utc_now() + _LEASE)
            )
        assert isinstance(result, CursorResult)
        return result.rowcount == 1

    async def _attempt(self, item: OutboxItem) -> None:
        error: str | None = None
        try:
            await self._handlers[item.kind](item.payload)
        except DeliveryError as reason:
            error = str(reason)
        except DatabaseUnavailable:
            raise
        except Exception as fault:
            # One item that cannot be handled must not hold up the others.
            error = describe(fault)
        if error is not None:
            logger.warning("%s failed, attempt %d: %s", item.kind, item.attempts + 1, error)
        async with self._database.session() as session:
            if error is None:
                await outbox.done(session, item)
            else:
                # Spread, so that items that failed together are not tried together.
                spread = 0.0 if item.kind == "late_answer" else random.uniform(0, _JITTER)
                await outbox.failed(session, item, error, now=utc_now() + timedelta(seconds=spread))
