"""What the gateway does by itself: the outbox, and erasing what is older than the retention time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from clinic import conversations
from clinic.database.session import Database, DatabaseUnavailable
from gateway.logs import describe
from gateway.news import News
from gateway.outbox import Outbox

logger = logging.getLogger(__name__)

OUTBOX_SECONDS: Final = 5.0
RETENTION_SECONDS: Final = 3600.0
_LONGEST_PAUSE: Final = 300.0


class Background:
    """The jobs that run between ``start`` and ``stop``."""

    def __init__(self, database: Database, outbox: Outbox, news: News, retention_days: int) -> None:
        self._database = database
        self._outbox = outbox
        self._news = news
        self._retention_days = retention_days
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._tasks = [
            asyncio.create_task(self._repeat("outbox", self._outbox.work, OUTBOX_SECONDS)),
            asyncio.create_task(self._repeat("retention", self.expire, RETENTION_SECONDS)),
        ]

    async def stop(self, seconds: float) -> None:
        """Let the jobs finish what they do, ``seconds`` at most."""
        self._stopping.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def expire(self) -> None:
        """Erase conversations without activity for the retention time. Raises DatabaseUnavailable."""
        async with self._database.session() as session:
            erased = await conversations.expire(session, self._retention_days)
            for conversation_id in erased:
                await self._news.within(session, conversation_id)
        for conversation_id in erased:
            await self._news.after(conversation_id)
        if erased:
            logger.info("retention: erased %d conversations", len(erased))

    async def _repeat(self, name: str, job: Callable[[], Awaitable[None]], every: float) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                await job()
                failures = 0
            except DatabaseUnavailable as error:
                failures += 1
                logger.warning("%s waits for the database (%s)", name, error.reason)
            except Exception as error:
                failures += 1
                logger.error("%s failed: %s", name, describe(error))
            pause = min(OUTBOX_SECONDS * 2**failures, _LONGEST_PAUSE) if failures else every
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            except TimeoutError:
                continue
