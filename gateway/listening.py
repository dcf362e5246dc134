"""Hearing of changed conversations from other processes: the other gateways and the command line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.engine import make_url

from clinic.announcements import CHANNEL, redis_client
from clinic.database.models import Message
from clinic.database.session import CONNECT_TIMEOUT, Database
from clinic.settings import Settings
from gateway.hub import Hub

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.5
"""Between two looks at SQLite, while anybody listens."""
PROBE_SECONDS: Final = 30.0
"""Silence after which the other side is asked whether it is still there."""
_LATEST: Final = 50
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 15.0

Heard = Callable[[], None]


class Listening:
    """Wakes the streams of ``hub`` from ``start`` to ``stop``, by the means that the settings allow."""

    def __init__(self, settings: Settings, database: Database, hub: Hub) -> None:
        self._hub = hub
        self._task: asyncio.Task[None] | None = None
        self._source: tuple[str, Callable[[Heard], Awaitable[None]]]
        if settings.redis_url:
            self._source = "Redis", _redis(settings.redis_url, hub)
        elif database.engine.dialect.name == "postgresql":
            self._source = "PostgreSQL", _postgres(settings.database_url, hub)
        else:
            self._source = "the database", _sqlite(database, hub)

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        name, listen = self._source
        pause = _FIRST_PAUSE

        def heard() -> None:
            nonlocal pause
            pause = _FIRST_PAUSE
            # What was announced while nobody listened is read now.
            self._hub.wake_all()

        while True:
            try:
                await listen(heard)
            except Exception as error:
                # The words of a driver's error may hold a password.
                kind = type(error).__name__
                logger.warning("news from other processes: %s cannot be used (%s)", name, kind)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _postgres(url: str, hub: Hub) -> Callable[[Heard], Awaitable[None]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    async def listen(heard: Heard) -> None:
        connection = await psycopg.AsyncConnection.connect(
            plain, autocommit=True, connect_timeout=CONNECT_TIMEOUT
        )
        async with connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            heard()
            while True:
                async with aclosing(connection.notifies(timeout=PROBE_SECONDS)) as notifications:
                    async for notification in notifications:
                        hub.wake(notification.payload)
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    await connection.execute("SELECT 1")

    return listen


def _redis(url: str, hub: Hub) -> Callable[[Heard], Awaitable[None]]:
    async def listen(heard: Heard) -> None:
        client = redis_client(url)
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(CHANNEL)
                heard()
                silent = 0.0
                while True:
                    message = await subscription.get_message(timeout=1.0)
                    silent = 0.0 if message else silent + 1.0
                    if message and message["type"] == "message":
                        hub.wake(message["data"].decode())
                    elif silent >= PROBE_SECONDS:
                        await subscription.ping()
                        silent = 0.0
        finally:
            await client.aclose()

    return listen


def _sqlite(database: Database, hub: Hub) -> Callable[[Heard], Awaitable[None]]:
    # The ids of erased rows are given out again, so the highest id alone would not show every news.
    query = select(Message.id, Message.conversation_id, Message.created_at)
    query = query.order_by(Message.id.desc()).limit(_LATEST)

    async def latest() -> set[tuple[int, str, datetime]]:
        async with database.session(read_only=True) as session:
            return {(row.id, row.conversation_id, row.created_at) for row in await session.execute(query)}

    async def listen(heard: Heard) -> None:
        while True:
            await hub.heard.wait()
            seen = await latest()
            heard()
            while hub.heard.is_set():
                await asyncio.sleep(POLL_SECONDS)
                found = await latest()
                new = found - seen
                if len(new) == _LATEST:
                    hub.wake_all()
                for conversation_id in {row[1] for row in new}:
                    hub.wake(conversation_id)
                seen = found

    return listen
