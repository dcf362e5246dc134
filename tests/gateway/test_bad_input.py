"""What people, programs and attackers send that is not a proper message."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.middleware import MAX_BODY
from tests.gateway.chat import Chat, Gateway, assert_problem
from tests.gateway.conftest import settings_for
from tests.gateway.servers import FakeEngine

# One gateway for all: a hundred of these inputs must leave it as able to answer as before.


@pytest.fixture(scope="module")
def engine() -> Iterator[FakeEngine]:
    fake = FakeEngine().start()
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, engine: FakeEngine, empty_database: Path
) -> Iterator[Gateway]:
    gateway = Gateway(settings_for(tmp_path_factory.mktemp("var"), engine))
    shutil.copy(empty_database, gateway.file)
    yield gateway.start()
    gateway.stop()


@pytest.fixture(autouse=True)
def _still_answers(chat: Chat) -> Iterator[None]:
    yield
    assert chat.replies("are you there?")[0]["text"] == "You said: are you there?"


ID = "6f1c1b1e-6a52-4c8e-9d0d-0a6c0f1f7b11"


@pytest.mark.parametrize("text", ["", " ", " \t\n ", "\u200b\u200f", "\x00\x1b", "\u202e", "\u00a0\u3000"])
def test_nothing_visible_is_refused(chat: Chat, text: str) -> None:
    problem = assert_problem(chat.send(text), 422, "invalid")
    assert "empty" in problem["detail"]
    assert problem["errors"][0]["pointer"] == "#/text"


def test_1000_characters_fit_and_1001_do_not(chat: Chat, engine: FakeEngine) -> None:
    assert chat.send("a" * 1000).status_code == 200
    assert len(engine.turns[-1]["text"]) == 1000
    problem = assert_problem(chat.send("a" * 1001), 422, "invalid")
    assert "1000 characters" in problem["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "😬",
        "👩‍⚕️👍🏽",
        "هل العلاج مؤلم؟",
        "می‌خواهم بدانم",
        "זה כואב?",
        "ça va?\nmerci\tbien",
        "<b>hi</b>",
        "'; DROP TABLE messages;--",
    ],
)
def test_any_language_emoji_and_markup_arrive_unchanged(chat: Chat, engine: FakeEngine, text: str) -> None:
    assert chat.send(text).status_code == 200
    assert engine.turns[-1]["text"] == text
    assert chat.history()[1]["text"] == text


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ("a\x00b\x07c\x1b[31m\x7f\x9b", "abc[31m"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("pay \u202egnp.exe\u202c now", "pay gnp.exe now"),
        ("\u2067שלום\u2069", "שלום"),
        ("  hi \n", "hi"),
    ],
)
def test_control_characters_are_stripped(chat: Chat, engine: FakeEngine, sent: str, arrives: str) -> None:
    assert chat.send(sent).status_code == 200
    assert engine.turns[-1]["text"] == arrives


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"hello",
        b'{"id": "' + ID.encode() + b'", "text": "\xff\xfe"}',
        json.dumps({"id": ID, "text": "hi"}).encode("utf-16"),
        json.dumps({"id": ID, "text": "hi"}).encode("utf-16-le"),
        b"[" * 2000,
        b'{"id": "' + ID.encode() + b'", "text": NaN}nan',
    ],
)
def test_what_is_not_json_is_a_400(chat: Chat, body: bytes) -> None:
    response = chat.post_raw(body)
    if body:
        assert_problem(response, 400, "malformed")
    else:
        assert_problem(response, 422, "invalid")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], "#"),
        ("text", "#"),
        (None, "#"),
        (7, "#"),
        ({}, "#/id"),
        ({"id": ID}, "#/text"),
        ({"text": "hi"}, "#/id"),
        ({"id": "7", "text": "hi"}, "#/id"),
        ({"id": ID + "\n", "text": "hi"}, "#/id"),
        ({"id": 7, "text": "hi"}, "#/id"),
        ({"id": ID, "text": 7}, "#/text"),
        ({"id": ID, "text": None}, "#/text"),
        ({"id": ID, "text": ["hi"]}, "#/text"),
        ({"id": ID, "text": "hi", "button": "x"}, "#/button"),
        ({"id": ID, "text": "hi", "sender": "other"}, "#/sender"),
        ({"id": ID, "button": ""}, "#/button"),
        ({"id": ID, "button": "/start_screening{}"}, "#/button"),
        ({"id": ID, "button": None}, "#/button"),
        ({"id": {"$ne": ""}, "text": "hi"}, "#/id"),
    ],
)
def test_json_of_the_wrong_shape_is_a_422_that_points(chat: Chat, body: object, pointer: str) -> None:
    problem = assert_problem(chat.post_raw(json.dumps(body)), 422, "invalid")
    assert pointer in [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize("body", ['{"id":"%s","text":"\\ud800"}', '{"id":"%s","text":"hi","\\udfff":1}'])
def test_half_a_surrogate_pair_is_refused(chat: Chat, body: str) -> None:
    assert_problem(chat.post_raw(body % ID), 422, "invalid")


def test_a_problem_never_repeats_what_was_sent(chat: Chat) -> None:
    for body in ({"id": "my secret", "text": "hi"}, {"id": ID, "text": "my secret" * 150}):
        assert "my secret" not in chat.post(body).text


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_a_415(chat: Chat, content_type: str) -> None:
    body = json.dumps({"id": ID, "text": "hi"})
    assert_problem(chat.post_raw(body, content_type), 415, "unsupported-media-type")


def test_json_with_a_charset_is_taken(chat: Chat) -> None:
    body = json.dumps({"id": ID, "text": "hi"})
    assert chat.post_raw(body, "application/json; charset=utf-8").status_code == 200


def test_a_body_of_2048_bytes_fits_and_one_more_does_not(chat: Chat) -> None:
    body = json.dumps({"id": ID, "text": "hi"}).encode()
    assert chat.post_raw(body.ljust(MAX_BODY)).status_code == 200
    assert_problem(chat.post_raw(body.ljust(MAX_BODY + 1)), 413, "too-large")


def test_a_huge_body_is_a_413_whether_or_not_it_says_so(gateway: Gateway, chat: Chat) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 100

    response = chat.post_raw(chunks())
    assert "content-length" not in response.request.headers
    assert_problem(response, 413, "too-large")
    assert_problem(chat.post_raw(b" " * 2_000_000), 413, "too-large")
    assert_problem(gateway.client().post("/api/conversations", content=b"x" * 5000), 413, "too-large")
    assert chat.send("still fine").status_code == 200


def test_a_body_that_never_arrives_is_given_up(
    gateway: Gateway, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.middleware.BODY_SECONDS", 0.3)
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n"
        connection.sendall(f"{head}Authorization: Bearer {chat.token}\r\n\r\n{{".encode())
        begun = time.monotonic()
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - begun < 3


def test_html_and_sql_do_no_harm(gateway: Gateway, chat: Chat) -> None:
    for text in ("<script>alert(1)</script>", "Robert'); DROP TABLE conversations;--", "{{7*7}} ${x} %s"):
        assert chat.send(text, str(uuid4())).status_code == 200
    assert [m["sender"] for m in chat.history()].count("person") == 3
    assert gateway.rows("SELECT count(*) FROM conversations WHERE id = ?", chat.id) == [(1,)]
    assert "<script>alert(1)</script>" in chat.http.get("/api/transcript", headers=chat.headers).text
