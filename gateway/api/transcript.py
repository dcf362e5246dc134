"""A copy of the conversation for the person to keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from clinic import conversations
from clinic.database.models import Message
from clinic.templates import fill
from gateway.api.dependencies import ConversationId, Parts
from gateway.api.openapi import problems
from gateway.api.problems import conversation_gone
from gateway.notices import TranscriptTexts
from gateway.text import plain

router = APIRouter(prefix="/api", tags=["messages"])


@router.get(
    "/transcript",
    response_class=PlainTextResponse,
    summary="Save a copy",
    responses=problems(401, 408, 413, 503),
)
async def transcript(services: Parts, conversation_id: ConversationId) -> PlainTextResponse:
    """Returns the conversation as plain text, with the time (UTC) and the speaker of each message."""
    async with services.database.session(read_only=True) as session:
        conversation = await conversations.find(session, conversation_id)
        if conversation is None:
            raise conversation_gone()
        rows = await conversations.transcript(session, conversation_id)
    return PlainTextResponse(
        render(rows, conversation.created_at, services.notices.transcript),
        headers={"Content-Disposition": 'attachment; filename="chat.txt"'},
    )


def render(rows: Sequence[Message], started: datetime, texts: TranscriptTexts) -> str:
    """The messages as a text file, under a title that says what it is."""
    head = [texts.title, fill(texts.started, {"time": f"{started:%Y-%m-%d %H:%M}"})]
    return "\n\n".join(["\n".join(head), *_entries(rows, texts)]) + "\n"


def _entries(rows: Sequence[Message], texts: TranscriptTexts) -> Iterator[str]:
    for row in rows:
        speaker = texts.person if row.direction == "in" else texts.assistant
        said = row.text if row.direction == "in" else plain(row.text)
        choices = [f"  [{button['title']}]" for button in row.buttons]
        yield "\n".join([f"[{row.created_at:%Y-%m-%d %H:%M:%S}] {speaker}", said, *choices])
