"""SQLite under SQLAlchemy's asyncio without a thread between them.

`aiosqlite` sends each step of each statement to a thread and back, three or four times a statement, though a
statement takes SQLite microseconds. Here statements run where they are called. What may take longer never
holds up the event loop: waiting for another process's lock is done asleep, and a commit, which waits for the
disk, is done in a thread. One disclosure stored: 5.7 ms of CPU with `aiosqlite`, 2.4 so.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import URL, AsyncAdaptedQueuePool, Pool, StaticPool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util.concurrency import await_

DRIVER: Final = "sqlite+needlewise"
_STATEMENTS_AT_A_STRETCH: Final = 100
"""After so many in one transaction, others in the process get their turn."""
_PAUSE: Final = 0.002
_LONGEST_PAUSE: Final = 0.02


class Cursor(sqlite3.Cursor):
    """A cursor that waits for a lock without holding up the event loop."""

    connection: Connection

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        """Run a statement. Raises sqlite3.Error, for a lock after `Connection.busy_timeout`."""
        self.connection.statements += 1
        if self.connection.statements % _STATEMENTS_AT_A_STRETCH == 0:
            await_(asyncio.sleep(0))
        try:
            return super().execute(sql, parameters)
        except sqlite3.OperationalError as error:
            if not _is_locked(error):
                raise
        return self._execute_when_free(lambda: super(Cursor, self).execute(sql, parameters))

    def _execute_when_free(self, execute: Callable[[], Cursor]) -> Cursor:
        end = time.monotonic() + self.connection.busy_timeout
        pause = _PAUSE
        while True:
            await_(asyncio.sleep(pause))
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                return execute()
            except sqlite3.OperationalError as error:
                if not _is_locked(error) or time.monotonic() > end:
                    raise

    async def _async_soft_close(self) -> None:
        """Do nothing: SQLAlchemy reads the rows from here, as there is nothing to wait for."""


class Connection(sqlite3.Connection):
    """A connection whose commit waits for the disk in a thread."""

    busy_timeout = 0.0
    """Seconds that a statement waits for another process's transaction."""
    statements = 0
    """Statements since the last commit."""
    _changes = 0

    def cursor(self, factory: Any = Cursor) -> Any:
        """Return a new cursor."""
        return super().cursor(factory)

    def commit(self) -> None:
        """Commit; when it returns, what was written is on the disk."""
        self.statements = 0
        if self.total_changes == self._changes:
            super().commit()
        else:
            await_(asyncio.to_thread(super().commit))
            self._changes = self.total_changes


class Dialect(SQLiteDialect_pysqlite):
    """Tells SQLAlchemy that the connections above may be used by its asyncio extension.

    `AsyncConnection.execute` refuses a driver that does not wait; `AsyncSession` and `run_sync` do not.
    """

    driver = "needlewise"
    is_async = True
    has_terminate = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        """Return the pool for a URL: a database in memory has one connection."""
        return AsyncAdaptedQueuePool if cls._is_url_file_db(url) else StaticPool

    def create_connect_args(self, url: URL) -> Any:
        """Return what `sqlite3.connect` is called with."""
        positional, named = super().create_connect_args(url)
        # A commit runs in another thread than the rest, though never at the same time.
        return positional, {**named, "check_same_thread": False, "factory": Connection, "timeout": 0}

    def do_terminate(self, dbapi_connection: Any) -> None:
        """Close a connection that is given up."""
        dbapi_connection.close()


def _is_locked(error: sqlite3.Error) -> bool:
    # By the primary code: a snapshot that is out of date (517) stays so, however long one waits.
    code = getattr(error, "sqlite_errorcode", None)
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY)


registry.register("sqlite.needlewise", __name__, "Dialect")
