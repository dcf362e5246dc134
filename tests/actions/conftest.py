"""Services on a database of each test's own, with the knowledge files that the assistant uses."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import pytest

import actions.services
from actions.services import services
from clinic.database.migrate import upgrade
from clinic.database.session import Database
from clinic.settings import PREFIX, get_settings
from tests.actions.helpers import ROOT

# Each file is read once for all tests, as it is once in the life of the process.
LOADERS = {
    name: cache(getattr(actions.services, name))
    for name in ("load_conditions", "load_profile", "load_screening", "load_symptoms", "load_topics")
}


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its tables, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "app.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(autouse=True)
async def database(
    migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """The database that actions write to in this test."""
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEEDLEWISE_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("NEEDLEWISE_KNOWLEDGE_DIR", str(ROOT / "knowledge"))
    for name, loader in LOADERS.items():
        monkeypatch.setattr(actions.services, name, loader)
    get_settings.cache_clear()
    services.cache_clear()
    get_settings()
    shutil.copy(migrated_file, tmp_path / "var" / "needlewise.db")
    yield services().database
    await services().database.dispose()
    get_settings.cache_clear()
    services.cache_clear()
