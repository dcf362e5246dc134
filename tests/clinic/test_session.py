"""A transaction is all or nothing, and a database in trouble is told in plain words."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from clinic import conversations, questions
from clinic.database.migrate import upgrade
from clinic.database.models import Conversation, Receipt, UnansweredQuestion
from clinic.database.session import Database, DatabaseUnavailable


async def count(database: Database, model: type) -> int:
    async with database.session(read_only=True) as session:
        return (await session.execute(select(func.count()).select_from(model))).scalar_one()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path / 'app.db'}"
    upgrade(url)
    return url


async def test_what_is_done_in_a_session_is_kept(database: Database) -> None:
    async with database.session() as session:
        await conversations.ensure(session, "c")
    assert await count(database, Conversation) == 1


async def test_an_error_in_a_session_undoes_all_of_it(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.session() as session:
            await conversations.ensure(session, "c")
            raise RuntimeError
    assert await count(database, Conversation) == 0


async def test_rows_that_point_nowhere_are_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.session() as session:
            await questions.record_unanswered(session, "nobody", "why?")


async def test_the_same_message_id_is_received_once(database: Database) -> None:
    async with database.session() as session:
        await conversations.ensure(session, "c")
        session.add(Receipt(conversation_id="c", message_id="m", body_hash="h"))
    with pytest.raises(IntegrityError):
        async with database.session() as session:
            session.add(Receipt(conversation_id="c", message_id="m", body_hash="h"))


async def test_times_come_back_in_utc(database: Database) -> None:
    there = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=-8)))
    async with database.session() as session:
        (await conversations.ensure(session, "c")).created_at = there
    async with database.session() as session:
        found = await session.get_one(Conversation, "c")
    assert found.created_at == there
    assert found.created_at.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs its zone"):
        async with database.session() as session:
            (await conversations.ensure(session, "c")).created_at = datetime(2026, 11, 20)


async def test_nothing_can_be_written_while_only_reading_postgresql(postgres_url: str) -> None:
    await asyncio.to_thread(upgrade, postgres_url)
    database = Database(postgres_url)
    with pytest.raises(Exception, match="read-only"):
        async with database.session(read_only=True) as session:
            await conversations.ensure(session, "c")
    await database.dispose()


async def test_a_locked_database_is_told_and_nothing_is_lost(sqlite_url: str) -> None:
    mine, other = Database(sqlite_url, busy_timeout=0.2), Database(sqlite_url)
    async with other.session() as theirs:
        await conversations.ensure(theirs, "theirs")
        with pytest.raises(DatabaseUnavailable, match="locked by another process") as caught:
            async with mine.session() as session:
                await conversations.ensure(session, "mine")
        assert caught.value.reason == "locked"
        await mine.ping()
    async with mine.session() as session:
        await conversations.ensure(session, "mine")
    assert await count(mine, Conversation) == 2
    await mine.dispose()
    await other.dispose()


async def test_a_writer_waits_for_its_turn(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    async def write(number: int) -> None:
        async with database.session() as session:
            # Reading first would make a transaction without the write lock fail at once.
            await session.execute(select(func.count()).select_from(Conversation))
            await conversations.ensure(session, f"c{number}")

    await asyncio.gather(*(write(number) for number in range(12)))
    assert await count(database, Conversation) == 12
    await database.dispose()


async def test_a_locked_table_in_postgresql_is_told(postgres_url: str) -> None:
    await asyncio.to_thread(upgrade, postgres_url)
    mine, other = Database(postgres_url), Database(postgres_url)
    async with other.session() as theirs:
        await theirs.execute(text("LOCK TABLE conversations"))
        with pytest.raises(DatabaseUnavailable) as caught:
            async with mine.session() as session:
                await session.execute(text("SET LOCAL lock_timeout = '100ms'"))
                await conversations.ensure(session, "mine")
    assert caught.value.reason == "locked"
    await mine.dispose()
    await other.dispose()


async def test_a_full_disk_is_told_and_nothing_is_lost(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.session() as session:
        await conversations.ensure(session, "c")
        await questions.record_unanswered(session, "c", "kept")
    with pytest.raises(DatabaseUnavailable, match="disk of the database is full") as caught:
        async with database.session() as session:
            pages = (await session.execute(text("PRAGMA page_count"))).scalar_one()
            await session.execute(text(f"PRAGMA max_page_count={pages}"))
            await questions.record_unanswered(session, "c", "x" * 100_000)
    assert caught.value.reason == "full"
    assert await count(database, UnansweredQuestion) == 1
    await database.dispose()


async def test_a_database_that_is_away_is_told() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable, match="cannot be reached") as caught:
        await database.ping()
    assert caught.value.reason == "away"


async def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'missing' / 'app.db'}")
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        await database.ping()


async def test_a_database_without_tables_says_what_to_run(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(DatabaseUnavailable, match="python -m clinic migrate") as caught:
        async with database.session() as session:
            await conversations.ensure(session, "c")
    assert caught.value.reason == "missing"
    await database.dispose()


async def test_an_error_never_repeats_what_a_patient_wrote(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        async with database.session() as session:
            await questions.record_unanswered(session, "nobody", "my secret illness")
    assert "secret" not in str(caught.value)


async def test_erased_text_is_overwritten_in_the_file(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.session() as session:
        await conversations.ensure(session, "c")
        await questions.record_unanswered(session, "c", "a very particular question")
    async with database.session() as session:
        await conversations.erase(session, "c")
    async with database.session() as session:
        await session.execute(text("COMMIT"))
        await session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    await database.dispose()
    folder = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///")).parent
    assert all(b"particular" not in (folder / name).read_bytes() for name in os.listdir(folder))
