"""Engines and transactions on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from clinic.database import sqlite

BUSY_TIMEOUT: Final = 5.0
"""Seconds that SQLite waits for another process's transaction."""
CONNECT_TIMEOUT: Final = 5
"""Seconds that PostgreSQL has to accept a connection."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNDEFINED_TABLE: Final = "42P01"
_LOCK_NOT_AVAILABLE: Final = "55P03"
_DISK_FULL: Final = "53100"
_READ_ONLY: Final = "needlewise_read_only"


class DatabaseUnavailable(Exception):
    """The database is locked, full or away. Nothing of the transaction was stored.

    ``reason`` is ``locked``, ``full``, ``missing`` (not migrated) or ``away``.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def create_engine(url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> AsyncEngine:
    """An engine for an async SQLAlchemy URL (``sqlite+aiosqlite`` or ``postgresql+psycopg``).

    Its errors never carry the values of a statement, as these are patients' words.
    ``busy_timeout`` is in seconds and for SQLite alone.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(
            url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT}
        )
    engine = create_async_engine(make_url(url).set(drivername=sqlite.DRIVER), hide_parameters=True)
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, busy_timeout))
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


class Database:
    """The app database of one process.

    A transaction must not stay open while another process is waited for: on SQLite there is one
    writer at a time, and the other process would wait for this one.
    """

    def __init__(self, url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.engine = create_engine(url, busy_timeout=busy_timeout)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back when it raises.

        ``read_only`` needs no write lock, so it never waits for a writer. Raises
        DatabaseUnavailable when the database cannot be used.
        """
        try:
            async with self._sessions() as session, session.begin():
                if read_only:
                    await session.connection(execution_options=self._read_only_options())
                yield session
        except (DBAPIError, PoolTimeoutError) as error:
            cause = unavailable(error)
            if cause is None:
                raise
            raise cause from error

    async def ping(self) -> None:
        """Return when the database answers. Raises DatabaseUnavailable."""
        async with self.session(read_only=True) as session:
            await session.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    def _read_only_options(self) -> dict[str, Any]:
        if self.engine.dialect.name == "sqlite":
            return {_READ_ONLY: True}
        return {"postgresql_readonly": True}


def _prepare_sqlite(busy_timeout: float, connection: sqlite.Connection, _record: object) -> None:
    connection.busy_timeout = busy_timeout
    # The driver's own transactions begin late and skip DDL; _begin_sqlite begins them instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Erased rows are overwritten, not just unlinked.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once, without waiting, when somebody
    # wrote in between. Taking the write lock at the start makes it wait its turn.
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def unavailable(error: Exception) -> DatabaseUnavailable | None:
    """What a driver's error says about the database; None when the statement itself was wrong."""
    found = str(error).lower()
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state == _UNDEFINED_TABLE or "no such table" in found:
        return DatabaseUnavailable("missing", "the database has no tables; run: python -m clinic migrate")
    if not isinstance(error, OperationalError | InterfaceError | PoolTimeoutError):
        return None
    if state == _LOCK_NOT_AVAILABLE or "is locked" in found:
        return DatabaseUnavailable("locked", "the database is locked by another process; try again")
    if state == _DISK_FULL or "disk is full" in found:
        return DatabaseUnavailable("full", "the disk of the database is full")
    if "unable to open database file" in found or "readonly database" in found:
        return DatabaseUnavailable("away", "the database file cannot be opened; look at its folder's rights")
    return DatabaseUnavailable("away", "the database cannot be reached")
