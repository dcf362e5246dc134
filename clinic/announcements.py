"""Telling every process that something new is in a conversation. Its id is all that is ever told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger(__name__)

CHANNEL: Final = "needlewise_conversations"
"""The channel of PostgreSQL's NOTIFY and of Redis's PUBLISH."""
REDIS_TIMEOUT: Final = 3.0
"""Seconds that Redis has to answer."""


class Announcer:
    """Announces changed conversations: through Redis where it is set, else through PostgreSQL.

    On SQLite nobody is told; who wants to know looks at the table now and then.
    """

    def __init__(self, settings: Settings) -> None:
        self._redis: Redis | None = redis_client(settings.redis_url) if settings.redis_url else None

    async def within(self, session: AsyncSession, conversation_id: str) -> None:
        """Announce together with the commit of this transaction, where the database can do that."""
        if self._redis is None and session.get_bind().dialect.name == "postgresql":
            await session.execute(
                text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": conversation_id}
            )

    async def after(self, conversation_id: str) -> None:
        """Announce after the commit, where the database cannot do it. A failure is logged, not raised."""
        if self._redis is None:
            return
        from redis.exceptions import RedisError

        try:
            await self._redis.publish(CHANNEL, conversation_id)
        except (RedisError, OSError, TimeoutError) as error:
            logger.warning(
                "Redis cannot be used (%s); other processes learn of news later", type(error).__name__
            )

    async def close(self) -> None:
        """Close the connections."""
        if self._redis is not None:
            await self._redis.aclose()


def redis_client(url: str) -> Redis:
    """A client of Redis or Valkey that gives up in time."""
    # Imported where it is used: few need it.
    from redis.asyncio import Redis

    client: Redis = Redis.from_url(url, socket_connect_timeout=REDIS_TIMEOUT, socket_timeout=REDIS_TIMEOUT)
    return client
