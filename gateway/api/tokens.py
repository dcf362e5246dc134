"""Signed tokens: who holds one speaks in its conversation (JWT, RFC 7519, HS256)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

_ALGORITHM: Final = "HS256"


class TokenError(Exception):
    """The token is not one of ours, or too old."""


class TokenExpired(TokenError):
    """The token was good and can be renewed."""


@dataclass(frozen=True)
class Token:
    """A signed token and when it ends (UTC)."""

    value: str
    expires_at: datetime


class Tokens:
    """Issues and checks tokens; they live for ``lifetime`` and can be renewed for ``renewal`` after."""

    def __init__(self, key: bytes, *, lifetime: timedelta, renewal: timedelta) -> None:
        self._key = key
        self._lifetime = lifetime
        self._renewal = renewal

    def issue(self, conversation_id: str) -> Token:
        """A fresh token of the conversation."""
        issued_at = datetime.now(UTC).replace(microsecond=0)
        expires_at = issued_at + self._lifetime
        claims = {"sub": conversation_id, "iat": issued_at, "exp": expires_at}
        return Token(jwt.encode(claims, self._key, _ALGORITHM), expires_at)

    def conversation(self, token: str) -> str:
        """The conversation of a token that is good now. Raises TokenExpired or TokenError."""
        return self._decode(token, leeway=timedelta())

    def ends(self, token: str) -> datetime:
        """When a token that is good now ends (UTC). Raises TokenExpired or TokenError."""
        return datetime.fromtimestamp(self._claims(token, leeway=timedelta())["exp"], UTC)

    def renewable_conversation(self, token: str) -> str:
        """The conversation of a token that is good or ended not too long ago. Raises TokenError."""
        return self._decode(token, leeway=self._renewal)

    def _decode(self, token: str, *, leeway: timedelta) -> str:
        return str(self._claims(token, leeway=leeway)["sub"])

    def _claims(self, token: str, *, leeway: timedelta) -> dict[str, Any]:
        options: jwt.types.Options = {"require": ["sub", "iat", "exp"], "verify_iat": False}
        try:
            return jwt.decode(token, self._key, [_ALGORITHM], options=options, leeway=leeway)
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except jwt.PyJWTError:
            raise TokenError from None
