"""The webhooks: ``/channels/<name>`` for each channel that is on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request
from starlette.responses import PlainTextResponse, Response

from gateway.api.openapi import problems
from gateway.api.problems import ProblemError
from gateway.channels.adapter import Adapter
from gateway.channels.intake import Intake
from gateway.channels.types import BadPayload, Forged
from gateway.channels.webhook import WebhookEvent

logger = logging.getLogger(__name__)

MAX_BODY: Final = 3 * 1024 * 1024
"""Bytes of what a platform posts: Meta puts up to 1,000 events and 3 MB into a request."""
_EMPTY_TWIML: Final = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def path_of(adapter: Adapter) -> str:
    """Where the channel's platform calls us."""
    return f"/channels/{adapter.channel}"


def build_routes(adapters: Iterable[Adapter], intake: Intake, wake: Callable[[], None]) -> APIRouter:
    """The routes of these channels; ``wake`` is called when something was stored."""
    router = APIRouter()
    for adapter in adapters:
        _add(router, adapter, intake, wake)
    return router


def _add(router: APIRouter, adapter: Adapter, intake: Intake, wake: Callable[[], None]) -> None:
    async def take(request: Request) -> Response:
        body = await request.body()
        try:
            adapter.verify(_headers(request), body, _address(adapter, request))
        except Forged as error:
            raise _forged(adapter, error) from None
        try:
            events = adapter.parse(body)
        except BadPayload as error:
            logger.warning("%s: not in the documented form: %s", adapter.channel, error)
            raise ProblemError(400, f"Not in the documented form: {error}") from None
        await intake.take(events)
        wake()
        if adapter.channel.startswith("twilio"):
            return Response(_EMPTY_TWIML, media_type="text/xml")
        return Response(status_code=HTTPStatus.OK)

    async def handshake(request: Request) -> Response:
        try:
            return PlainTextResponse(adapter.handshake(dict(request.query_params)))
        except Forged as error:
            raise _forged(adapter, error) from None

    path = path_of(adapter)
    if adapter.channel == "webhook":
        _add_documented(router, path, take)
        return
    router.add_api_route(path, take, methods=["POST"], include_in_schema=False)
    if adapter.handshakes:
        router.add_api_route(path, handshake, methods=["GET"], include_in_schema=False)


def _add_documented(router: APIRouter, path: str, take: Any) -> None:
    """The generic webhook, whose signed body is checked before it is read."""

    async def post_event(
        request: Request,
        webhook_id: Annotated[str | None, Header(description="Standard Webhooks 1.0.0.")] = None,
        webhook_timestamp: Annotated[str | None, Header(description="Seconds since 1970.")] = None,
        webhook_signature: Annotated[
            str | None, Header(description="`v1,` and HMAC-SHA256 in base 64 of id, time and body.")
        ] = None,
    ) -> Response:
        """Post what a person wrote elsewhere; answers are posted to the clinic's own address."""
        answer: Response = await take(request)
        return answer

    schema = WebhookEvent.model_json_schema()
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    router.add_api_route(
        path,
        post_event,
        methods=["POST"],
        response_class=Response,
        responses={200: {"description": "Stored.", "content": {}}, **problems(400, 403, 408, 413, 503)},
        openapi_extra={"requestBody": body},
    )


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _address(adapter: Adapter, request: Request) -> str:
    # Never what a proxy says: that is as easily forged as the rest.
    query = request.scope["query_string"].decode("latin-1")
    return f"{adapter.address}?{query}" if query else adapter.address


def _forged(adapter: Adapter, error: Forged) -> ProblemError:
    logger.warning("%s: a request was refused: %s", adapter.channel, error)
    return ProblemError(403, "This request does not prove that it is the platform's.")
