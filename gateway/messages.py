"""Messages and buttons as they are kept, and as the API shows them."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from typing import Final, Literal, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import conversations, feedback
from clinic.database import models
from gateway.api.models import (
    INPUTS,
    KINDS,
    ROLES,
    SEVERITIES,
    Button,
    Message,
    Progress,
    Reply,
    Role,
    Source,
)
from gateway.engine import EngineButton, EngineReply

NOTICE: Final = "notice"
GREETING_ID: Final = "greeting"
"""The id of the greeting's turn, which no person's message stands behind."""

_BACK_PAYLOAD: Final = "/go_back"
_TOKEN_BYTES: Final = 12

Label = TypeVar("Label", bound=str)


class UnknownButton(Exception):
    """The token is of no button of this conversation."""


async def find_button(session: AsyncSession, conversation_id: str, token: str) -> models.ButtonToken:
    """The button of a token. Raises UnknownButton, also for another conversation's token."""
    button = await session.get(models.ButtonToken, token)
    if button is None or button.conversation_id != conversation_id:
        raise UnknownButton
    return button


def add_inbound(session: AsyncSession, conversation_id: str, message_id: str, text: str) -> None:
    """Keep what the person said: the typed text, or the title of the button they pressed."""
    session.add(
        models.Message(conversation_id=conversation_id, direction="in", client_id=message_id, text=text)
    )


def add_replies(
    session: AsyncSession, conversation_id: str, message_id: str, replies: Sequence[EngineReply]
) -> list[Reply]:
    """Keep the assistant's replies to the message, each button under a fresh token."""
    rows = [_row(session, conversation_id, message_id, reply) for reply in replies]
    session.add_all(rows)
    return [as_reply(row) for row in rows]


async def replies_to(session: AsyncSession, conversation_id: str, message_id: str) -> list[Reply]:
    """The replies that were given to the message, in order."""
    rows = await session.scalars(
        select(models.Message)
        .where(
            models.Message.conversation_id == conversation_id,
            models.Message.client_id == message_id,
            models.Message.direction == "out",
        )
        .order_by(models.Message.id)
    )
    return [as_reply(row) for row in rows]


async def position(session: AsyncSession, conversation_id: str, shown_id: str) -> int | None:
    """Where the message with the id that the API shows stands, or None if there is none."""
    return await session.scalar(
        select(models.Message.id).where(
            models.Message.conversation_id == conversation_id,
            or_(
                models.Message.reply_id == shown_id,
                (models.Message.client_id == shown_id) & (models.Message.direction == "in"),
            ),
        )
    )


def notice(text: str) -> EngineReply:
    """A reply of the gateway's own."""
    return EngineReply(text=text, metadata={"kind": NOTICE})


def as_reply(row: models.Message) -> Reply:
    """A kept reply as the API shows it."""
    return Reply(
        id=row.reply_id or str(row.id),
        text=row.text,
        kind=_known(row.kind, KINDS) or "answer",
        topic=row.topic,
        severity=_known(row.severity, SEVERITIES),
        buttons=[
            Button(
                title=button["title"],
                token=button["token"],
                role=_known(button.get("role"), ROLES) or "choice",
            )
            for button in row.buttons
        ],
        source=Source(title=row.source_title, reviewed=row.source_reviewed) if row.source_title else None,
        progress=Progress(step=row.progress_step, total=row.progress_total)
        if row.progress_step and row.progress_total
        else None,
        input=_known(row.input, INPUTS),
    )


async def shown(
    session: AsyncSession, conversation_id: str, *, after: int | None = None, limit: int | None = None
) -> list[tuple[int, Message]]:
    """The messages above the position ``after``, at most ``limit``: where each stands, and how it is shown."""
    rows = await conversations.transcript(session, conversation_id, after=after, limit=limit)
    if not rows:
        return []
    said = await feedback.by_reply(session, conversation_id)
    return [(row.id, as_message(row, said.get(row.reply_id or ""))) for row in rows]


def as_message(row: models.Message, helpful: bool | None = None) -> Message:
    """A kept message as the API shows it in the conversation so far, and what the person said of it."""
    fields = as_reply(row).model_dump()
    sender: Literal["person", "assistant"] = "assistant"
    if row.direction == "in":
        sender = "person"
        fields |= {"id": row.client_id or str(row.id), "kind": None}
    answers = row.direction == "out" and row.client_id != GREETING_ID
    return Message(
        **fields,
        sender=sender,
        at=row.created_at,
        in_reply_to=row.client_id if answers else None,
        helpful=helpful,
    )


def _row(session: AsyncSession, conversation_id: str, message_id: str, reply: EngineReply) -> models.Message:
    buttons = []
    for offered in reply.buttons:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        session.add(
            models.ButtonToken(
                token=token, conversation_id=conversation_id, payload=offered.payload, title=offered.title
            )
        )
        buttons.append({"title": offered.title, "token": token, "role": _role(offered)})
    progress = reply.progress
    return models.Message(
        conversation_id=conversation_id,
        direction="out",
        client_id=message_id,
        text=reply.text,
        kind=_known(reply.label("kind"), KINDS) or "answer",
        topic=_short(reply.label("topic"), 64),
        severity=_known(reply.label("severity"), SEVERITIES),
        source_title=_short(reply.label("source"), 200),
        source_reviewed=_short(reply.label("reviewed"), 10),
        buttons=buttons,
        progress_step=progress and progress[0],
        progress_total=progress and progress[1],
        input=_known(reply.label("input"), INPUTS),
        reply_id=str(uuid.uuid4()),
    )


def _role(button: EngineButton) -> Role:
    return "back" if button.payload == _BACK_PAYLOAD else "choice"


def _known(label: str | None, known: Sequence[Label]) -> Label | None:
    return next((name for name in known if name == label), None)


def _short(text: str | None, length: int) -> str | None:
    return text and text[:length]
