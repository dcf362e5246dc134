"""The migrations make the tables that the models describe."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from clinic.database.migrate import MigrationError, downgrade, upgrade
from clinic.database.models import Base
from clinic.database.session import Database, DatabaseUnavailable


async def table_names(url: str) -> set[str]:
    database = Database(url)
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await database.dispose()
    return set(names)


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


async def test_the_migrations_and_the_models_agree(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_url)
    before = await table_names(empty_url)
    await asyncio.to_thread(upgrade, empty_url)
    assert await table_names(empty_url) == before == {*Base.metadata.tables, "alembic_version"}


async def test_the_migrations_can_be_taken_back(empty_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_url)
    await asyncio.to_thread(downgrade, empty_url)
    assert await table_names(empty_url) == {"alembic_version"}


async def test_two_processes_may_migrate_at_the_same_moment(empty_url: str, tmp_path: Path) -> None:
    environment = {**os.environ, "NEEDLEWISE_DATABASE_URL": empty_url, "NEEDLEWISE_VAR_DIR": str(tmp_path)}
    running = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "clinic", "migrate", env=environment)
        for _ in range(2)
    ]
    assert [await process.wait() for process in running] == [0, 0]
    assert "conversations" in await table_names(empty_url)


async def test_a_database_of_a_newer_version_is_refused(database: Database, empty_url: str) -> None:
    async with database.session() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(MigrationError, match="9999"):
        await asyncio.to_thread(upgrade, empty_url)


def test_a_database_that_is_away_cannot_be_migrated() -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
        upgrade("postgresql+psycopg://nobody@127.0.0.1:1/none")
