"""Whether a message would be answered now."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from clinic.database.models import Conversation
from clinic.database.session import Database, DatabaseUnavailable
from gateway.engine import EngineClient

DATABASE_TIMEOUT: Final = 3.0
"""Seconds that the database has to answer."""

Part = Literal["engine", "actions", "database"]


async def missing(engine: EngineClient, database: Database) -> list[Part]:
    """The parts that do not answer; the actions are asked by the engine, so it must answer first."""
    health, stored = await asyncio.gather(engine.health(), _database_answers(database))
    found: list[Part] = []
    if not health.model:
        found.append("engine")
    if health.actions is False:
        found.append("actions")
    if not stored:
        found.append("database")
    return found


async def _database_answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT), database.session(read_only=True) as session:
            # A table of ours, so that a database without its tables is noticed too.
            await session.execute(select(Conversation.id).limit(1))
    except (DatabaseUnavailable, SQLAlchemyError, OSError, TimeoutError):
        return False
    return True
