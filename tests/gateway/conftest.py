"""A gateway on a real database, and an engine played by a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clinic.database.migrate import upgrade
from clinic.settings import PREFIX, Settings
from tests.gateway.chat import Chat, Gateway
from tests.gateway.servers import ENGINE_KEY, FakeEngine

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, as migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "needlewise.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


def settings_for(folder: Path, engine: FakeEngine, **changes: Any) -> Settings:
    """Settings of a folder and an engine, without rate limits unless ``changes`` has them."""
    values: dict[str, Any] = {
        "var_dir": folder,
        "knowledge_dir": KNOWLEDGE,
        "engine_url": engine.url,
        "engine_timeout": 1,
        "rate_per_conversation": 0,
        "rate_per_address": 0,
    }
    settings = Settings(**(values | changes))
    settings.prepare()
    (settings.var_dir / "secrets" / "engine.key").write_bytes(ENGINE_KEY)
    return settings


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """An engine that answers."""
    fake = FakeEngine().start()
    yield fake
    fake.stop()


@pytest.fixture
def make_settings(tmp_path: Path, engine: FakeEngine) -> Callable[..., Settings]:
    """Settings of this test's own folder and engine, with changes."""
    return lambda **changes: settings_for(tmp_path / "var", engine, **changes)


@pytest.fixture
def run(make_settings: Callable[..., Settings], empty_database: Path) -> Iterator[Callable[..., Gateway]]:
    """Starts a gateway with these changes to the settings, on a migrated database."""
    started: list[Gateway] = []

    def start(**changes: Any) -> Gateway:
        gateway = Gateway(make_settings(**changes))
        if not gateway.file.exists():
            shutil.copy(empty_database, gateway.file)
        started.append(gateway.start())
        return gateway

    yield start
    for gateway in started:
        gateway.stop()


@pytest.fixture
def gateway(run: Callable[..., Gateway]) -> Gateway:
    """A running gateway."""
    return run()


@pytest.fixture
def chat(gateway: Gateway) -> Chat:
    """A conversation that has begun."""
    return gateway.chat()
