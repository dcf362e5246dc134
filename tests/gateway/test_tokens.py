"""Who may speak in a conversation."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from gateway.api.tokens import TokenError, TokenExpired, Tokens
from tests.gateway.chat import Chat, Gateway, assert_problem

KEY = b"0123456789abcdef0123456789abcdef"


def signed(gateway: Gateway, key: bytes | None = None, **claims: Any) -> str:
    now = datetime.now(UTC)
    values = {"iat": now, "exp": now + timedelta(hours=1)} | claims
    values = {name: value for name, value in values.items() if value is not None}
    return jwt.encode(values, key or gateway.settings.secret("signing"), "HS256")


def unsigned(conversation_id: str) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"sub": conversation_id, "iat": 0, "exp": 99999999999}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def everything(chat: Chat) -> list[Any]:
    """Each call that needs a token, made with the chat's."""
    return [
        chat.send("hello"),
        chat.http.get("/api/messages", headers=chat.headers),
        chat.http.get("/api/transcript", headers=chat.headers),
        chat.http.delete("/api/conversation", headers=chat.headers),
    ]


def test_without_a_token_nothing_is_said_or_shown(chat: Chat) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}, {"Authorization": "x"}):
        response = chat.http.get("/api/messages", headers=headers)
        assert_problem(response, 401)
    assert_problem(chat.http.post("/api/token"), 401, "token-missing")


def test_a_forged_token_is_refused(gateway: Gateway, chat: Chat) -> None:
    header, claims, signature = chat.token.split(".")
    forged = [
        "nonsense",
        "a.b.c",
        unsigned(chat.id),
        signed(gateway, b"another key of the same length, yes", sub=chat.id),
        signed(gateway, sub=None),
        signed(gateway, sub=chat.id, exp=None),
        f"{header}.{claims}.{signature[::-1]}",
        f"{header}.{claims}x.{signature}",
    ]
    for token in forged:
        chat.token = token
        for response in everything(chat):
            assert_problem(response, 401, "token-invalid")
        assert_problem(chat.http.post("/api/token", headers=chat.headers), 401, "token-invalid")
    assert gateway.count("conversations") == 1


def test_an_expired_token_is_refused_and_can_be_renewed(gateway: Gateway, chat: Chat) -> None:
    past = datetime.now(UTC) - timedelta(days=3)
    chat.token = signed(gateway, sub=chat.id, iat=past, exp=past + timedelta(hours=1))
    for response in everything(chat):
        assert_problem(response, 401, "token-expired")
    renewed = chat.http.post("/api/token", headers=chat.headers)
    assert renewed.status_code == 200
    chat.token = renewed.json()["token"]
    assert datetime.fromisoformat(renewed.json()["expires_at"]) > datetime.now(UTC)
    assert chat.send("hello again").status_code == 200


def test_a_token_older_than_the_retention_time_is_not_renewed(run: Callable[..., Gateway]) -> None:
    gateway = run(retention_days=2)
    chat = gateway.chat()
    past = datetime.now(UTC) - timedelta(days=2, hours=2)
    chat.token = signed(gateway, sub=chat.id, iat=past, exp=past + timedelta(hours=1))
    assert_problem(chat.http.post("/api/token", headers=chat.headers), 401, "token-invalid")


def test_a_token_of_no_conversation_is_refused(gateway: Gateway, chat: Chat) -> None:
    chat.token = signed(gateway, sub="0" * 32)
    for response in everything(chat):
        assert_problem(response, 401, "conversation-gone")
    assert_problem(chat.http.post("/api/token", headers=chat.headers), 401, "conversation-gone")


def test_a_token_opens_its_own_conversation_only(gateway: Gateway) -> None:
    one, two = gateway.chat(), gateway.chat()
    one.send("mine alone")
    one.token = two.token
    assert "mine alone" not in str(one.history())


def test_claims_are_subject_issue_and_end() -> None:
    tokens = Tokens(KEY, lifetime=timedelta(minutes=5), renewal=timedelta(days=1))
    token = tokens.issue("abc")
    claims = jwt.decode(token.value, KEY, ["HS256"])
    assert set(claims) == {"sub", "iat", "exp"}
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("abc", 300)
    assert tokens.conversation(token.value) == "abc"


def test_expired_and_forged_are_told_apart() -> None:
    tokens = Tokens(KEY, lifetime=timedelta(seconds=-1), renewal=timedelta(days=1))
    token = tokens.issue("abc").value
    with pytest.raises(TokenExpired):
        tokens.conversation(token)
    assert tokens.renewable_conversation(token) == "abc"
    with pytest.raises(TokenError):
        Tokens(KEY[::-1], lifetime=timedelta(1), renewal=timedelta(1)).renewable_conversation(token)
