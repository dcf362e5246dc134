"""SQLite runs in the event loop's own thread and yet never holds the loop up."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from clinic import conversations
from clinic.database.migrate import upgrade
from clinic.database.session import Database, DatabaseUnavailable


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A database with its tables."""
    file = tmp_path / "app.db"
    await asyncio.to_thread(upgrade, f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    """The app's side of it."""
    database = Database(f"sqlite+aiosqlite:///{file}", busy_timeout=0.5)
    yield database
    await database.dispose()


async def longest_gap(done: asyncio.Event) -> float:
    """Return the longest time in seconds that the loop ran nothing else."""
    longest, last = 0.0, time.monotonic()
    while not done.is_set():
        await asyncio.sleep(0)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


async def test_the_loop_goes_on_while_a_lock_is_waited_for(database: Database, file: Path) -> None:
    done = asyncio.Event()
    gap = asyncio.create_task(longest_gap(done))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable) as caught:
        async with database.session() as session:
            await conversations.ensure(session, "c")
    done.set()
    assert caught.value.reason == "locked"
    assert await gap < 0.3
    other.execute("COMMIT")
    other.close()
    async with database.session() as session:
        await conversations.ensure(session, "c")


async def test_a_lock_that_goes_is_waited_for(database: Database, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(0.1, other.execute, "COMMIT")
    async with database.session() as session:
        await conversations.ensure(session, "c")
    other.close()


async def test_what_was_committed_is_there_for_another_process(database: Database, file: Path) -> None:
    async with database.session() as session:
        await conversations.ensure(session, "c")
    other = sqlite3.connect(file)
    assert other.execute("SELECT id FROM conversations").fetchall() == [("c",)]
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    async with database.session(read_only=True) as session:
        assert (await session.execute(text("PRAGMA synchronous"))).scalar_one() == 2


async def test_a_cancelled_transaction_leaves_nothing_and_its_connection_is_usable(
    database: Database, file: Path
) -> None:
    async def write() -> None:
        async with database.session() as session:
            await conversations.ensure(session, "c")
            await asyncio.sleep(10)

    task = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.session() as session:
        assert await conversations.find(session, "c") is None


async def test_a_long_transaction_lets_others_have_their_turn(database: Database) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await asyncio.sleep(0)
    async with database.session(read_only=True) as session:
        before = turns
        for _ in range(500):
            await session.execute(text("SELECT 1"))
        assert turns - before >= 4
    task.cancel()
