"""Questions that the assistant could not place, kept for the clinic's staff."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import UnansweredQuestion


async def record_unanswered(
    session: AsyncSession, conversation_id: str, text: str, suggestions: Sequence[str] = ()
) -> None:
    """Keep the question with the topics that were offered for it."""
    session.add(UnansweredQuestion(conversation_id=conversation_id, text=text, suggestions=list(suggestions)))
    await session.flush()


async def list_unanswered(session: AsyncSession, limit: int = 50) -> list[UnansweredQuestion]:
    """The latest questions, the newest first."""
    query = select(UnansweredQuestion).order_by(UnansweredQuestion.id.desc()).limit(limit)
    return list(await session.scalars(query))
