"""Every error as ``application/problem+json`` (RFC 9457). None repeats what the person sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from clinic.database.session import DatabaseUnavailable
from gateway.locks import Busy

logger = logging.getLogger(__name__)

MESSAGE_SHAPES: Final = ("text", "button")
"""The two shapes of an inbound message, as errors name them."""
MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5
"""What a client is asked to wait when the database cannot be used."""

_TYPES: Final = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "body-timeout",
    409: "id-reused",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "rate-limited",
    500: "internal",
    503: "unavailable",
}


class FieldError(BaseModel):
    """What is wrong with one part of the request."""

    detail: str
    pointer: str = Field(description="Where: a JSON pointer into the body, or the name of a parameter.")


class Problem(BaseModel):
    """An error, as RFC 9457 has it. `type` tells errors of one status apart."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["urn:needlewise:problem:rate-limited"])
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = Field(default=None, description="Of an invalid request only.")
    missing: list[str] | None = Field(default=None, description="Of a service that is not ready only.")


class ProblemError(Exception):
    """Ends a request with a problem of ``status``; ``kind`` replaces the status's usual type."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] | None = None,
        missing: Sequence[str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        self.problem = Problem(
            type=f"urn:needlewise:problem:{kind or _TYPES.get(status, 'other')}",
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            errors=list(errors) if errors else None,
            missing=list(missing) if missing else None,
        )

    def response(self) -> Response:
        """The problem on the wire."""
        # Escaped, since a field's name may hold half a surrogate pair, which UTF-8 cannot.
        body = json.dumps(self.problem.model_dump(exclude_none=True), ensure_ascii=True)
        return Response(body, self.status, self.headers, MEDIA_TYPE)


def unauthorized(kind: str, detail: str) -> ProblemError:
    """A 401 problem with the challenge that RFC 6750 asks for."""
    challenge = "Bearer" if kind == "token-missing" else 'Bearer error="invalid_token"'
    return ProblemError(401, detail, kind=kind, headers={"WWW-Authenticate": challenge})


def conversation_gone() -> ProblemError:
    """The token is good, but its conversation was erased."""
    return unauthorized("conversation-gone", "This conversation was erased. Start a new one.")


def unknown_message() -> ProblemError:
    """The conversation has no message or reply with the id that was given."""
    return ProblemError(404, "This conversation has no message with that id.", kind="unknown-message")


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(DatabaseUnavailable, _on_database_unavailable)
    app.add_exception_handler(Busy, _on_busy)


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    match error.status_code:
        case 400:
            detail = "The body is not JSON."
        case 404:
            detail = "There is nothing at this address."
        case 405:
            allowed = _allowed(request, headers.get("Allow", "GET"))
            headers["Allow"] = ", ".join(allowed)
            detail = f"This address takes {' and '.join(allowed)} only."
        case status:
            detail = HTTPStatus(status).description or HTTPStatus(status).phrase
    return ProblemError(error.status_code, detail, headers=headers).response()


def _allowed(request: Request, told: str) -> list[str]:
    # A router names the methods of the first route it finds, not of all routes of the address.
    documented = request.app.openapi()["paths"].get(request.url.path, told.split(", "))
    return sorted(method.upper() for method in documented)


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return ProblemError(400, "The body is not JSON.").response()
    errors = [FieldError(detail=_reason(item), pointer=_pointer(item["loc"])) for item in found]
    return ProblemError(422, errors[0].detail, errors=errors).response()


def _reason(item: Mapping[str, Any]) -> str:
    match item["type"]:
        case "missing" if item["loc"] == ("body",):
            return "The body must be a JSON object."
        case "missing":
            return f"The field {item['loc'][-1]} is missing."
        case "extra_forbidden":
            return "There is a field that is not known here."
        case "string_pattern_mismatch" if item["loc"][-1] in ("id", "after", "reply"):
            return f"The {item['loc'][-1]} must be a UUID such as 6f1c1b1e-6a52-4c8e-9d0d-0a6c0f1f7b11."
        case "string_pattern_mismatch":
            return f"The {item['loc'][-1]} does not have the right form."
        case "bool_type" | "bool_parsing":
            return f"The {item['loc'][-1]} must be true or false."
        case "string_type":
            return f"The {item['loc'][-1]} must be a text."
        case "string_too_long":
            return f"The message is too long: at most {item['ctx']['max_length']} characters fit."
        case "string_too_short":
            return "The message is empty: write something before you send it."
        case "string_unicode":
            return "This is not valid Unicode text."
        case "model_attributes_type":
            return "The body must be a JSON object."
        case _:
            return f"{item['msg']}." if not str(item["msg"]).endswith(".") else str(item["msg"])


def _pointer(loc: Sequence[str | int]) -> str:
    where, *path = loc
    if where != "body":
        return str(path[0]) if path else str(where)
    if path and path[0] in MESSAGE_SHAPES:
        # Names the shape of the message that was tried, not a field.
        path = path[1:]
    steps = [str(step) for step in path]
    return "#/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps) if steps else "#"


async def _on_database_unavailable(_: Request, error: Exception) -> Response:
    assert isinstance(error, DatabaseUnavailable)
    logger.error("database %s: %s", error.reason, error)
    detail = "Nothing was lost: send the same message, with the same id, again in a few seconds."
    return ProblemError(
        503, detail, kind="database-unavailable", headers={"Retry-After": str(RETRY_SECONDS)}
    ).response()


async def _on_busy(_: Request, __: Exception) -> Response:
    detail = "Earlier messages of this conversation are still being answered. Send this one again."
    return ProblemError(503, detail, kind="busy", headers={"Retry-After": str(RETRY_SECONDS)}).response()
