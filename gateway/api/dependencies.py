"""What routes ask for: the services, the conversation of the token, a share of the rate limits."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway.api.problems import ProblemError, unauthorized
from gateway.api.tokens import TokenError, TokenExpired
from gateway.services import Services

_bearer = HTTPBearer(
    scheme_name="conversation",
    bearerFormat="JWT",
    description="The token that starting the conversation gave.",
    auto_error=False,
)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def get_services(request: Request) -> Services:
    """The services of the app."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


Parts = Annotated[Services, Depends(get_services)]


def count_address(request: Request, services: Parts) -> None:
    """Count the call for its address. Raises ProblemError (429)."""
    services.limits.count_address(request.client.host if request.client else "unknown")


def bearer_token(credentials: Credentials) -> str:
    """The token as it was sent. Raises ProblemError (401) when there is none."""
    if credentials is None or not credentials.credentials:
        raise unauthorized("token-missing", "Send the conversation's token as a bearer token.")
    return credentials.credentials


def current_conversation(services: Parts, token: Annotated[str, Depends(bearer_token)]) -> str:
    """The id of the token's conversation. Raises ProblemError (401)."""
    try:
        return services.tokens.conversation(token)
    except TokenExpired:
        raise unauthorized("token-expired", "The token has expired: renew it with POST /api/token.") from None
    except TokenError:
        raise unauthorized("token-invalid", "The token is not valid. Start a new conversation.") from None


ConversationId = Annotated[str, Depends(current_conversation)]


async def json_body(request: Request) -> None:
    """Refuse a body that is not JSON in UTF-8. Raises ProblemError (400 or 415)."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ProblemError(415, "Send the message as application/json.")
    body = await request.body()
    # Python's JSON reader also takes UTF-16 and UTF-32, which hold zero bytes; RFC 8259 does not.
    if b"\0" in body:
        raise ProblemError(400, "The body is not JSON in UTF-8.")


async def json_body_if_any(request: Request) -> None:
    """Refuse a body that is not JSON in UTF-8; none at all is fine. Raises ProblemError (400 or 415)."""
    if await request.body():
        await json_body(request)
