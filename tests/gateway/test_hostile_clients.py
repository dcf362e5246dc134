"""Clients that are slow, greedy or many, at a real socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.gateway.chat import Gateway, assert_problem, wait_until
from tests.gateway.streams import Stream


class Wire:
    """A connection, byte by byte."""

    def __init__(self, gateway: Gateway) -> None:
        port = int(gateway.url.rpartition(":")[2])
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def send(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def rest(self) -> str:
        """All that comes until the other side closes."""
        parts = []
        try:
            while part := self.socket.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts).decode()

    def close(self) -> None:
        self.socket.close()


@contextmanager
def wire(gateway: Gateway) -> Iterator[Wire]:
    opened = Wire(gateway)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has little patience."""
    monkeypatch.setattr("gateway.server.HEAD_SECONDS", 0.6)
    monkeypatch.setattr("gateway.middleware.BODY_SECONDS", 0.6)


def test_a_head_that_trickles_is_cut(hurried: None, gateway: Gateway) -> None:
    with wire(gateway) as slow:
        begun = time.monotonic()
        slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\n")
        with pytest.raises(OSError):
            for number in range(100):
                slow.send(f"X-{number}: x\r\n")
                time.sleep(0.05)
        assert 0.5 < time.monotonic() - begun < 3


def test_a_slow_head_is_told_so(hurried: None, gateway: Gateway) -> None:
    with wire(gateway) as slow:
        slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert slow.rest().startswith("HTTP/1.1 408 ")


def test_a_connection_that_says_nothing_is_closed(hurried: None, gateway: Gateway) -> None:
    with wire(gateway) as silent:
        begun = time.monotonic()
        assert silent.rest() == ""
        assert time.monotonic() - begun < 3


def test_line_ends_alone_keep_no_connection_open(hurried: None, gateway: Gateway) -> None:
    with wire(gateway) as slow:
        slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert slow.socket.recv(4096).startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError):
            for _ in range(100):
                slow.send("\r\n")
                time.sleep(0.05)


@pytest.mark.parametrize("path", ["/api/conversations", "/", "/nothing"])
def test_a_body_that_trickles_is_cut(hurried: None, gateway: Gateway, path: str) -> None:
    with wire(gateway) as slow:
        begun = time.monotonic()
        slow.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        slow.send("Content-Length: 1000\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(100):
                slow.send(" ")
                time.sleep(0.05)
        assert time.monotonic() - begun < 4


def test_many_slow_connections_do_not_keep_others_out(hurried: None, run: Callable[..., Gateway]) -> None:
    gateway = run(connections=40, streams=10)
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(wire(gateway)).send("GET / HTTP/1.1\r\nHost: x\r\n")
        client = gateway.client()
        response = client.get("/healthz")
        if response.status_code == 503:
            assert_problem(response, 503, "busy")
        wait_until(lambda: gateway.client().get("/healthz").status_code == 200)


def test_too_many_connections_are_refused_with_a_time_to_come_back(run: Callable[..., Gateway]) -> None:
    gateway = run(connections=12, streams=10, streams_per_address=0)
    with ExitStack() as stack:
        for _ in range(10):
            chat = gateway.chat()
            chat.http.close()
            stack.enter_context(Stream(chat, url=gateway.url))
        first, second, third = gateway.client(), gateway.client(), gateway.client()
        assert first.get("/healthz").status_code == 200
        assert second.get("/healthz").status_code == 200
        assert_problem(third.get("/healthz"), 503, "busy")
        second.close()
        wait_until(lambda: gateway.client().get("/healthz").status_code == 200)


def test_headers_have_a_limit_in_bytes_and_in_number(gateway: Gateway) -> None:
    client = gateway.client()
    assert client.get("/healthz", headers={"X-Long": "x" * 12_000}).status_code == 200
    for headers in ({"X-Long": "x" * 17_000}, {f"X-{n}": "x" for n in range(65)}):
        assert_problem(gateway.client().get("/healthz", headers=headers), 431, "headers-too-large")
    assert client.get("/healthz").status_code == 200
    assert_problem(gateway.client().get("/healthz?" + "x" * 17_000), 431)


def test_headers_without_end_are_cut(gateway: Gateway) -> None:
    with wire(gateway) as greedy:
        greedy.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX: ")
        sent = 0
        with pytest.raises(OSError):
            while sent < 50_000_000:
                greedy.send("x" * 50_000)
                sent += 50_000
        assert sent < 20_000_000


def test_a_reader_that_does_not_read_is_cut(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.server.STALL_SECONDS", 0.5)
    chat = gateway.chat()
    connection = gateway.connect()
    row = (chat.id, "out", "long " * 200_000, "[]", "2026-01-01 00:00:00.000000")
    for number in range(24):
        connection.execute(
            "INSERT INTO messages (conversation_id, direction, text, buttons, created_at, reply_id) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (*row, str(number)),
        )
    connection.close()
    with wire(gateway) as lazy:
        head = f"GET /api/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {chat.token}\r\n\r\n"
        lazy.send(head)
        time.sleep(2)
        # What the kernels hold, and no more.
        assert len(lazy.rest()) < 20_000_000


def test_nonsense_is_refused(gateway: Gateway) -> None:
    for nonsense in ("\x16\x03\x01", "HELO there\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"):
        with wire(gateway) as odd:
            odd.send(nonsense + "\r\n" * 3)
            assert odd.rest().startswith("HTTP/1.1 400 ")


def test_two_lengths_or_a_length_and_chunks_are_refused(gateway: Gateway) -> None:
    for fields in (
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
    ):
        with wire(gateway) as odd:
            odd.send(f"POST /api/conversations HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n{{}}")
            assert odd.rest().startswith("HTTP/1.1 400 ")


def test_an_upgrade_to_websockets_is_not_taken(gateway: Gateway) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x" * 22 + "=="}
    assert gateway.client().get("/healthz", headers=headers).status_code == 200


def test_every_answer_carries_safety_headers(gateway: Gateway) -> None:
    client = gateway.client()
    for path in ("/", "/clinic.css", "/healthz", "/api/openapi.json", "/nothing", "/widget/x.js"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers
        assert "server" not in headers


def test_browsers_are_told_to_keep_to_https_where_it_is_used(run: Callable[..., Gateway]) -> None:
    proxied = run().client().get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert proxied.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" in run(hsts=True).client().get("/").headers
