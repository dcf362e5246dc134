"""The worker of a process: finds people for whom there is something to do, many at a time.

A person belongs to one worker at a time, by a lease in the database: their messages are worked on and
answered in order, whichever process does it. On SQLite one process works, which a lock on a file sees to.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update

from clinic.crypto import DecryptionError
from clinic.database.models import ChannelContact, ChannelInbound, utc_now
from clinic.database.session import Database, DatabaseUnavailable
from gateway.channels import queues
from gateway.channels.adapter import Adapter
from gateway.channels.answers import Answers
from gateway.channels.delivery import Delivery
from gateway.channels.desk import Desk
from gateway.logs import describe

logger = logging.getLogger(__name__)

PLACES: Final = 16
"""People that one process works for at a time."""
POLL_SECONDS: Final = 1.0
"""How long something that another process stored may wait to be noticed."""
_RENEW_SECONDS: Final = queues.LEASE.total_seconds() / 3
_STEPS: Final = 20
"""After so many steps for one person, it is the others' turn."""


class Worker:
    """Works between ``start`` and ``stop``."""

    def __init__(
        self,
        database: Database,
        adapters: Mapping[str, Adapter],
        desk: Desk,
        delivery: Delivery,
        answers: Answers,
        lock_file: Path,
    ) -> None:
        self._database = database
        self._adapters = adapters
        self._desk = desk
        self._delivery = delivery
        self._answers = answers
        self._lock_file = lock_file
        self._owner = uuid.uuid4().hex
        self._news = asyncio.Event()
        self._stopping = False
        self._main: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock: int | None = None

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._main = asyncio.create_task(self._run())

    def wake(self) -> None:
        """There is something new."""
        self._news.set()

    async def stop(self, seconds: float) -> None:
        """Finish what was begun, ``seconds`` at most, then cancel the rest: it is durable."""
        self._stopping = True
        self._news.set()
        tasks = {*self._tasks, *([self._main] if self._main else [])}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _run(self) -> None:
        while not self._stopping:
            try:
                if self._lock is None and not await self._may_work():
                    await self._pause()
                    continue
                self._news.clear()
                if await self._claim() == 0:
                    await self._pause()
            except DatabaseUnavailable as error:
                logger.warning("the channels wait for the database (%s)", error.reason)
                await asyncio.sleep(POLL_SECONDS)
            except Exception as error:
                logger.error("the channels' worker failed: %s", describe(error))
                await asyncio.sleep(POLL_SECONDS)

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._news.wait()

    async def _may_work(self) -> bool:
        """On SQLite, whether this is the one process that works; then no lease of another one counts."""
        if self._database.engine.dialect.name != "sqlite":
            return True
        file = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        try:
            async with self._database.session() as session:
                await session.execute(update(ChannelContact).values(lease_until=None, lease_owner=None))
        except BaseException:
            os.close(file)
            raise
        self._lock = file
        return True

    def _due(self) -> ColumnElement[bool]:
        now = utc_now()
        return (
            ChannelContact.channel.in_(list(self._adapters))
            & (ChannelContact.due_at <= now)
            & or_(ChannelContact.lease_until.is_(None), ChannelContact.lease_until < now)
        )

    async def _claim(self) -> int:
        """Begin to work for people, as many as there are places for; returns how many."""
        places = PLACES - len(self._tasks)
        if places <= 0:
            return 0
        async with self._database.session(read_only=True) as session:
            if not await session.scalar(select(ChannelContact.conversation_id).where(self._due()).limit(1)):
                return 0
        async with self._database.session() as session:
            found = await session.scalars(
                select(ChannelContact)
                .where(self._due())
                .order_by(ChannelContact.due_at)
                .limit(places)
                .with_for_update(skip_locked=True)
            )
            claimed = list(found)
            for contact in claimed:
                contact.lease_owner = self._owner
                contact.lease_until = utc_now() + queues.LEASE
        for contact in claimed:
            task = asyncio.create_task(self._serve(contact.conversation_id, contact.channel))
            self._tasks.add(task)
            task.add_done_callback(self._served)
        return len(claimed)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._news.set()

    async def _serve(self, conversation_id: str, channel: str) -> None:
        renewing = asyncio.create_task(self._renew(conversation_id))
        try:
            for _ in range(_STEPS):
                if self._stopping or not await self._step(self._adapters[channel], conversation_id):
                    break
        except queues.LeaseLost:
            return
        except DatabaseUnavailable as error:
            logger.warning("%s waits for the database (%s)", channel, error.reason)
            await asyncio.sleep(POLL_SECONDS)
        except Exception as error:
            logger.error("%s: a person's messages wait: %s", channel, describe(error))
            await asyncio.sleep(POLL_SECONDS)
        finally:
            renewing.cancel()
            await self._release(conversation_id)

    async def _step(self, adapter: Adapter, conversation_id: str) -> bool:
        """Do one thing for the person; False if there is nothing to do now."""
        await self._put_news(adapter, conversation_id)
        if await self._delivery.step(adapter, conversation_id, self._owner):
            return True
        async with self._database.session(read_only=True) as session:
            contact = await session.get(ChannelContact, conversation_id)
            row = await queues.next_inbound(session, conversation_id)
        if contact is None or contact.lease_owner != self._owner:
            raise queues.LeaseLost
        if row is None or row.next_attempt_at > utc_now():
            return False
        await self._acknowledge(adapter, row)
        await self._desk.work(adapter, contact, row, self._owner)
        return True

    async def _put_news(self, adapter: Adapter, conversation_id: str) -> None:
        """Put what the staff said, and late answers, into the queue."""
        async with self._database.session(read_only=True) as session:
            contact = await session.get(ChannelContact, conversation_id)
            if contact is None:
                raise queues.LeaseLost
            if not await queues.has_news(session, contact):
                return
        async with self._database.session() as session:
            contact = await queues.locked(session, conversation_id, self._owner)
            await self._answers.put(session, adapter, contact, [])
            await queues.set_due(session, contact)

    async def _acknowledge(self, adapter: Adapter, row: ChannelInbound) -> None:
        with contextlib.suppress(DecryptionError):
            inbound = self._desk.read(row)
            if inbound.interaction is not None:
                task = asyncio.create_task(self._delivery.acknowledge(adapter, inbound))
                self._tasks.add(task)
                task.add_done_callback(self._served)

    async def _renew(self, conversation_id: str) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with contextlib.suppress(DatabaseUnavailable):
                async with self._database.session() as session:
                    await session.execute(
                        update(ChannelContact)
                        .where(
                            ChannelContact.conversation_id == conversation_id,
                            ChannelContact.lease_owner == self._owner,
                        )
                        .values(lease_until=utc_now() + queues.LEASE)
                    )

    async def _release(self, conversation_id: str) -> None:
        with contextlib.suppress(DatabaseUnavailable, queues.LeaseLost):
            async with self._database.session() as session:
                contact = await queues.locked(session, conversation_id, self._owner)
                contact.lease_until = contact.lease_owner = None
                await queues.set_due(session, contact)
