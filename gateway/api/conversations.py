"""Starting, renewing and erasing a conversation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from clinic import conversations
from gateway.api.dependencies import ConversationId, Parts, bearer_token, count_address, json_body_if_any
from gateway.api.models import NewConversation, Renewed, Started
from gateway.api.openapi import problems
from gateway.api.problems import conversation_gone, unauthorized
from gateway.api.tokens import TokenError
from gateway.turns import ConversationGone

router = APIRouter(prefix="/api", tags=["conversation"])


@router.post(
    "/conversations",
    status_code=201,
    summary="Start a conversation",
    responses=problems(400, 408, 413, 415, 422, 429, 503),
    dependencies=[Depends(json_body_if_any), Depends(count_address)],
)
async def start(services: Parts, new: Annotated[NewConversation | None, Body()] = None) -> Started:
    """Makes a conversation with a random id and greets the person.

    A body is optional. While the engine is away, the greeting is a reply of kind `notice` with the clinic's number.
    """
    conversation_id, replies = await services.turns.start(consent=new is not None and new.consent)
    token = services.tokens.issue(conversation_id)
    return Started(
        conversation_id=conversation_id, token=token.value, expires_at=token.expires_at, replies=replies
    )


@router.post(
    "/token",
    summary="Renew the token",
    responses=problems(401, 408, 413, 429, 503),
    dependencies=[Depends(count_address)],
)
async def renew(services: Parts, token: Annotated[str, Depends(bearer_token)]) -> Renewed:
    """Gives a fresh token of the same conversation.

    An expired token is taken too, for as long as conversations are kept.
    """
    try:
        conversation_id = services.tokens.renewable_conversation(token)
    except TokenError:
        raise unauthorized(
            "token-invalid", "The token cannot be renewed. Start a new conversation."
        ) from None
    async with services.database.session(read_only=True) as session:
        if await conversations.find(session, conversation_id) is None:
            raise conversation_gone()
    fresh = services.tokens.issue(conversation_id)
    return Renewed(token=fresh.value, expires_at=fresh.expires_at)


@router.delete(
    "/conversation",
    status_code=204,
    response_class=Response,
    summary="Erase the conversation",
    responses=problems(401, 408, 413, 503),
)
async def erase(services: Parts, conversation_id: ConversationId) -> None:
    """Erases everything that is stored about the conversation. It cannot be undone.

    Its tokens then answer 401 with the type `urn:needlewise:problem:conversation-gone`.
    """
    try:
        await services.turns.erase(conversation_id)
    except ConversationGone:
        raise conversation_gone() from None
