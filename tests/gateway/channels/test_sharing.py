"""Several gateways: on PostgreSQL they share the work, on SQLite one works; and answers that come late."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from clinic.database.migrate import upgrade
from clinic.settings import Settings
from gateway.channels.capabilities import CHANNELS, Channel
from tests.clinic.conftest import postgres_server, postgres_url  # noqa: F401
from tests.gateway.channels.talks import Talk, gateway_with, other, said
from tests.gateway.channels.test_conversations import words
from tests.gateway.chat import wait_until
from tests.gateway.servers import FakeEngine
from tests.platforms.server import Platform


@pytest.fixture
def stop_all() -> Iterator[list[Any]]:
    started: list[Any] = []
    yield started
    for gateway in started:
        gateway.stop()


def test_two_gateways_on_postgresql_share_the_work(
    make_settings: Callable[..., Settings],
    postgres_url: str,  # noqa: F811
    platforms: dict[Channel, Platform],
    engine: FakeEngine,
    stop_all: list[Any],
) -> None:
    played = platforms["telegram"]
    played.reset()
    engine.delay = 0.05
    settings = make_settings(database_url=postgres_url)
    upgrade(settings.database_url)
    talks = []
    for _ in range(2):
        gateway = gateway_with("telegram", played, settings)
        stop_all.append(gateway.start())
        talks.append(Talk("telegram", played, gateway))
    people = [other("telegram", number) for number in range(8)]
    for turn in range(4):
        for number, who in enumerate(people):
            # The same event at both, as when a platform repeats itself.
            event = said("telegram", played, f"{who} asks {turn}", who)
            assert talks[(turn + number) % 2].post(event).status_code == 200
            assert talks[(turn + number + 1) % 2].post(event).status_code == 200
    wait_until(lambda: sum("You said" in text for text in talks[0].texts()) >= 32, 30)
    url = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        left = "SELECT count(*) FROM channel_outbound WHERE state != 'sent'"
        wait_until(lambda: connection.execute(left).fetchall() == [(0,)], 10)
    assert engine.overlaps == 0
    assert len(words(engine)) == 32
    for who in people:
        mine = [text for text in talks[0].texts(who) if "You said" in text]
        assert [f"asks {turn}" in text for turn, text in enumerate(mine)] == [True] * 4


def test_of_two_gateways_on_sqlite_one_works(
    make_settings: Callable[..., Settings],
    empty_database: Path,
    platforms: dict[Channel, Platform],
    engine: FakeEngine,
    stop_all: list[Any],
) -> None:
    played = platforms["telegram"]
    played.reset()
    settings = make_settings()
    talks = []
    for _ in range(2):
        gateway = gateway_with("telegram", played, settings)
        if not gateway.file.exists():
            shutil.copy(empty_database, gateway.file)
        stop_all.append(gateway.start())
        talks.append(Talk("telegram", played, gateway))
    talks[1].say("does it hurt?")
    talks[1].wait_for("You said: does it hurt?")
    # When the one that works is gone, the other takes over.
    stop_all.pop(0).stop()
    talks[1].say("how long does it take?")
    talks[1].wait_for("You said: how long does it take?")
    assert len(words(engine)) == 2


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_late_answer_goes_to_the_persons_channel(
    start: Callable[..., Talk],
    channel: Channel,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.background.OUTBOX_SECONDS", 0.2)
    talk = start(channel)
    engine.mode = "error"
    talk.say("does it hurt?")
    talk.wait_for("answer right now")
    engine.mode = "ok"
    talk.sql("UPDATE outbox SET next_attempt_at = '2020-01-01 00:00:00.000000'")
    talk.wait_for("You said: does it hurt?")
    assert words(engine) == ["does it hurt?"]
    assert sum("You said" in text for text in talk.texts()) == 1
