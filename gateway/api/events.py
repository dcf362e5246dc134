"""What comes into a conversation, pushed as it comes: server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request
from sqlalchemy import func, select
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from clinic import conversations
from clinic.database.models import Message
from clinic.database.session import DatabaseUnavailable
from gateway import messages
from gateway.api.dependencies import ConversationId, Parts, bearer_token
from gateway.api.limits import address_key
from gateway.api.openapi import problems
from gateway.api.problems import ProblemError, conversation_gone, unknown_message
from gateway.hub import Listener, TooManyStreams
from gateway.services import Services

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS: Final = 15.0
"""Of silence, after which a comment shows that the stream is alive."""
RECHECK_SECONDS: Final = 60.0
"""After which the database is looked at even though nothing was heard."""
RETRY_MILLISECONDS: Final = 2000
"""What a client waits before it comes back."""
AWAY_SECONDS: Final = 30
"""What a client waits when there are too many streams."""
_AT_A_TIME: Final = 50

router = APIRouter(prefix="/api", tags=["messages"])


async def _listen(
    request: Request, services: Parts, conversation_id: ConversationId
) -> AsyncIterator[Listener]:
    """A place among the open streams, kept until the response has ended. Raises ProblemError (429, 503)."""
    address = address_key(request.client.host if request.client else "unknown")
    try:
        with services.hub.listen(conversation_id, address) as listener:
            yield listener
    except TooManyStreams as error:
        raise _too_many(error.whose) from None


@router.get(
    "/events",
    response_class=Response,
    summary="Hear what comes",
    responses={
        **problems(401, 404, 408, 413, 422, 429, 503),
        200: {
            "description": "Events without end.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
)
async def events(
    services: Parts,
    conversation_id: ConversationId,
    token: Annotated[str, Depends(bearer_token)],
    listener: Annotated[Listener, Depends(_listen)],
    last_event_id: Annotated[
        str | None,
        Header(description="The id of a message or a reply: what came after it is sent first."),
    ] = None,
) -> Response:
    """Sends each message of the conversation, from both sides, as it comes.

    An event `message` has the id of the message or the reply and holds it as `GET /api/messages` gives
    it. An event `erased` says that the conversation was erased, and is the last one. A comment comes
    every 15 seconds. The stream ends when the token does. Read it with `fetch`, as the token is in a
    header.
    """
    async with services.database.session(read_only=True) as session:
        if await conversations.find(session, conversation_id) is None:
            raise conversation_gone()
        if last_event_id:
            position = await messages.position(session, conversation_id, last_event_id.lower())
            if position is None:
                raise unknown_message()
        else:
            newest = select(func.max(Message.id)).where(Message.conversation_id == conversation_id)
            position = await session.scalar(newest) or 0
    remaining = (services.tokens.ends(token) - datetime.now(UTC)).total_seconds()
    return EventStream(_events(services, conversation_id, listener, position, time.monotonic() + remaining))


class EventStream(Response):
    """Sends events until there are no more or the client leaves."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[str]) -> None:
        # For nginx, which would hold events back otherwise.
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = sending.done()
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
        if ended:
            sending.result()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._events) as events:
            async for event in events:
                await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _events(
    services: Services, conversation_id: str, listener: Listener, position: int, end: float
) -> AsyncGenerator[str]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    while not listener.closing and time.monotonic() < end:
        try:
            async with services.database.session(read_only=True) as session:
                there = await conversations.find(session, conversation_id) is not None
                shown = await messages.shown(session, conversation_id, after=position, limit=_AT_A_TIME)
        except DatabaseUnavailable as error:
            logger.warning("an event stream ends: database %s", error.reason)
            return
        if not there:
            yield "event: erased\ndata: {}\n\n"
            return
        for place, message in shown:
            position = place
            yield f"id: {message.id}\nevent: message\ndata: {message.model_dump_json()}\n\n"
        if len(shown) == _AT_A_TIME:
            continue
        looked = time.monotonic()
        while not await listener.wait(max(0.0, min(HEARTBEAT_SECONDS, end - time.monotonic()))):
            if time.monotonic() >= end:
                return
            yield ":\n\n"
            if time.monotonic() - looked >= RECHECK_SECONDS:
                break


def _too_many(whose: str) -> ProblemError:
    headers = {"Retry-After": str(AWAY_SECONDS)}
    if whose == "all":
        detail = "Too many pages listen at this moment. The chat works without it."
        return ProblemError(503, detail, kind="busy", headers=headers)
    detail = f"Too many pages of this {whose} listen at this moment."
    return ProblemError(429, detail, kind="rate-limited", headers=headers)
