"""The OpenAPI document: FastAPI's own, with every error documented as a problem."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.api.problems import MEDIA_TYPE, Problem

URL: Final = "/api/openapi.json"

_DESCRIPTION: Final = """\
Needlewise answers questions about cosmetic microneedling, notices reasons to wait, and takes
consultation requests.

Start with `POST /api/conversations`, then send each message with `POST /api/messages` and the token as
a bearer token. Every error is `application/problem+json` (RFC 9457); its `type` tells errors of one
status apart. A 429 or 503 names the seconds to wait in `Retry-After`; the same request is then sent
again. Bodies hold 2,048 bytes at most; those of webhooks, which platforms call, 3 MiB."""

_REASONS: Final = {
    400: "The body is not JSON in UTF-8.",
    401: "The token is missing, forged or expired, or its conversation was erased; `type` tells which.",
    403: "The signature is missing or wrong, or its time is too far from ours.",
    404: "The conversation has no such button or message.",
    408: "The body took too long to arrive.",
    409: "The id was used before for something else.",
    413: "The body is larger than its limit: 2,048 bytes, of a webhook 3 MiB.",
    415: "The body is not declared as application/json.",
    422: "Something is wrong with the request; `errors` names each part.",
    429: "Too many messages in one minute.",
    503: "The service cannot take the request now, and has stored nothing of it that a repeat would double.",
}
_RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}
}
_CHALLENGE: Final = {
    "WWW-Authenticate": {"description": "RFC 6750.", "required": True, "schema": {"type": "string"}}
}
_HEADERS: Final = {401: _CHALLENGE, 429: _RETRY_AFTER, 503: _RETRY_AFTER}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may answer with these problems."""
    return {
        status: {
            "description": _REASONS[status],
            "headers": _HEADERS.get(status, {}),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def install(app: FastAPI, version: str) -> None:
    """Give ``app`` its OpenAPI document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title="Needlewise chat API", version=version, description=_DESCRIPTION, routes=app.routes
            )
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs", {}), Problem=problem)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
