"""The gateway on PostgreSQL, where several of it may share a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from clinic.database.migrate import upgrade
from clinic.settings import Settings
from tests.clinic.conftest import postgres_server, postgres_url  # noqa: F401
from tests.gateway.chat import Chat, Gateway, assert_problem
from tests.gateway.servers import FakeEngine


@pytest.fixture
def two(make_settings: Callable[..., Settings], postgres_url: str) -> Iterator[tuple[Gateway, Gateway]]:  # noqa: F811
    """Two gateways on one database."""
    settings = make_settings(database_url=postgres_url)
    upgrade(settings.database_url)
    one, other = Gateway(settings).start(), Gateway(settings).start()
    yield one, other
    one.stop()
    other.stop()


def counts(gateway: Gateway, *tables: str) -> dict[str, int]:
    url = make_url(gateway.settings.database_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        return {
            table: len(
                connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()
            )
            for table in tables
        }


def test_a_whole_conversation(two: tuple[Gateway, Gateway], engine: FakeEngine) -> None:
    gateway, other = two
    chat = gateway.chat()
    message_id = str(uuid4())
    replies = chat.replies("هل هذا 😬 <b>'; --", message_id)
    assert chat.replies("هل هذا 😬 <b>'; --", message_id) == replies
    assert_problem(chat.send("other", message_id), 409, "id-reused")
    [button] = chat.started["replies"][0]["buttons"]
    assert chat.press(button["token"]).status_code == 200
    stranger = gateway.chat()
    assert_problem(stranger.press(button["token"]), 404, "unknown-button")
    # The other gateway knows it all.
    seen = chat.history()
    chat.http = other.client()
    assert chat.history() == seen
    assert chat.history(after=replies[-1]["id"]) == seen[4:]
    assert chat.replies("هل هذا 😬 <b>'; --", message_id) == replies
    assert chat.http.get("/readyz").status_code == 200
    assert chat.http.delete("/api/conversation", headers=chat.headers).status_code == 204
    assert stranger.http.delete("/api/conversation", headers=stranger.headers).status_code == 204
    assert sorted(engine.erased) == sorted([chat.id, stranger.id])
    tables = ("conversations", "messages", "button_tokens", "receipts", "outbox")
    assert counts(gateway, *tables) == dict.fromkeys(tables, 0)


def test_the_same_id_at_two_gateways_is_answered_once(
    two: tuple[Gateway, Gateway], engine: FakeEngine
) -> None:
    gateway, other = two
    chat = gateway.chat()
    twin = Chat(other.client())
    twin.id, twin.token = chat.id, chat.token
    engine.delay = 0.1
    message_id = str(uuid4())
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: (chat, twin)[n % 2].send("hello", message_id), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert [turn["text"] for turn in engine.turns if "text" in turn] == ["hello"]
    assert [m["text"] for m in chat.history()].count("hello") == 1


def test_a_server_that_is_away(make_settings: Callable[..., Settings]) -> None:
    gateway = Gateway(make_settings(database_url="postgresql://nobody@127.0.0.1:9/none")).start()
    try:
        assert_problem(gateway.client().post("/api/conversations"), 503, "database-unavailable")
        assert assert_problem(gateway.client().get("/readyz"), 503)["missing"] == ["database"]
    finally:
        gateway.stop()


def test_a_database_without_tables(
    make_settings: Callable[..., Settings],
    postgres_url: str,  # noqa: F811
) -> None:
    gateway = Gateway(make_settings(database_url=postgres_url)).start()
    try:
        assert_problem(gateway.client().post("/api/conversations"), 503, "database-unavailable")
        assert assert_problem(gateway.client().get("/readyz"), 503)["missing"] == ["database"]
    finally:
        gateway.stop()
