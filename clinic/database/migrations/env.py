"""How Alembic connects: through the app's own async engine."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, Literal

from alembic import context
from sqlalchemy import Connection, text

from clinic.database.models import Base, UtcDateTime
from clinic.database.session import create_engine
from clinic.settings import get_settings

MIGRATION_LOCK: Final = 0x6E65_6564
"""Key of the PostgreSQL lock that makes two processes migrate one after the other."""


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Name our own type in a new migration by the column type it is, so that old ones never need us."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def migrate(connection: Connection) -> None:
    """Run the migrations that the database lacks, all or none."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite's DDL is transactional too, once the driver no longer begins transactions itself.
        transactional_ddl=True,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()


async def run() -> None:
    """Connect and migrate."""
    engine = create_engine(context.config.attributes.get("url") or get_settings().database_url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
    finally:
        await engine.dispose()


logging.getLogger("alembic").setLevel(logging.WARNING)
asyncio.run(run())
