"""Sending a message and reading the conversation back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query

from clinic import conversations
from gateway import messages
from gateway.api.dependencies import ConversationId, Parts, count_address, json_body
from gateway.api.models import History, InboundMessage, Replies, TextMessage, UuidText
from gateway.api.openapi import problems
from gateway.api.problems import ProblemError, conversation_gone, unknown_message
from gateway.messages import UnknownButton
from gateway.receipts import IdReused, Inbound
from gateway.turns import ConversationGone

router = APIRouter(prefix="/api", tags=["messages"])


@router.post(
    "/messages",
    summary="Send a message",
    responses=problems(400, 401, 404, 408, 409, 413, 415, 422, 429, 503),
    dependencies=[Depends(json_body), Depends(count_address)],
)
async def say(
    services: Parts, conversation_id: ConversationId, message: Annotated[InboundMessage, Body()]
) -> Replies:
    """Sends what the person typed, or the token of the button they pressed, and answers with the replies.

    The `id` is the client's own. The same id again gives the same replies and does nothing twice, so a
    message whose answer did not arrive is simply sent again. Two messages of one conversation are
    answered one after the other. While the engine is away or slow, the answer is one reply of kind
    `notice`; the message is kept.
    """
    services.limits.count_conversation(conversation_id)
    if isinstance(message, TextMessage):
        inbound = Inbound(id=message.id, text=message.text)
    else:
        inbound = Inbound(id=message.id, button=message.button)
    try:
        return Replies(replies=await services.turns.say(conversation_id, inbound))
    except ConversationGone:
        raise conversation_gone() from None
    except UnknownButton:
        raise ProblemError(404, "This conversation has no such button.", kind="unknown-button") from None
    except IdReused:
        raise ProblemError(
            409, "This id was used for another message. Send a new message under a new id."
        ) from None


@router.get(
    "/messages",
    summary="Read the conversation so far",
    responses=problems(401, 404, 408, 413, 422, 503),
)
async def history(
    services: Parts,
    conversation_id: ConversationId,
    after: Annotated[
        UuidText | None,
        Query(description="The id of a message or a reply: only what came after it is returned."),
    ] = None,
) -> History:
    """Returns what both sides said, oldest first, for a page that was loaded again."""
    async with services.database.session(read_only=True) as session:
        if await conversations.find(session, conversation_id) is None:
            raise conversation_gone()
        position = None
        if after is not None:
            position = await messages.position(session, conversation_id, after)
            if position is None:
                raise unknown_message()
        shown = await messages.shown(session, conversation_id, after=position)
    return History(messages=[message for _, message in shown])
