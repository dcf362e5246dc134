"""Saying whether a reply helped."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from clinic import conversations
from clinic import feedback as kept
from gateway.api.dependencies import ConversationId, Parts, count_address, json_body
from gateway.api.models import Feedback
from gateway.api.openapi import problems
from gateway.api.problems import conversation_gone, unknown_message

router = APIRouter(prefix="/api", tags=["messages"])


@router.post(
    "/feedback",
    status_code=204,
    response_class=Response,
    summary="Say whether a reply helped",
    responses=problems(400, 401, 404, 408, 413, 415, 422, 429, 503),
    dependencies=[Depends(json_body), Depends(count_address)],
)
async def feedback(
    services: Parts, conversation_id: ConversationId, said: Annotated[Feedback, Body()]
) -> None:
    """Keeps what the person says of one reply, in place of what they said before.

    `null` takes it back. The reply is one of the assistant's in this conversation.
    """
    async with services.database.session() as session:
        if not await conversations.hold(session, conversation_id):
            raise conversation_gone()
        try:
            await kept.give(session, conversation_id, said.reply, said.helpful)
        except kept.UnknownReply:
            raise unknown_message() from None
