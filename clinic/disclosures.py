"""What a person said about a condition, medicine or recent procedure, in the order they said it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import Disclosure


async def record(session: AsyncSession, conversation_id: str, key: str, assertion: str) -> None:
    """Keep that the person spoke of the condition ``key``; the same thing said again adds nothing.

    ``assertion`` is present, negated, historical, hypothetical, other_person or general.
    """
    latest = await session.scalar(
        select(Disclosure.assertion)
        .where(Disclosure.conversation_id == conversation_id, Disclosure.condition_key == key)
        .order_by(Disclosure.id.desc())
        .limit(1)
    )
    if latest != assertion:
        session.add(Disclosure(conversation_id=conversation_id, condition_key=key, assertion=assertion))
        await session.flush()


async def present_keys(session: AsyncSession, conversation_id: str) -> set[str]:
    """The conditions that are the person's own, now.

    What they said last of themselves counts: "I'm pregnant" and later "I'm not pregnant" is not
    present. What they said of others, or in general, changes nothing.
    """
    rows = await session.execute(
        select(Disclosure.condition_key, Disclosure.assertion)
        .where(
            Disclosure.conversation_id == conversation_id,
            Disclosure.assertion.in_(("present", "negated", "historical")),
        )
        .order_by(Disclosure.id)
    )
    latest = {row.condition_key: row.assertion for row in rows}
    return {key for key, assertion in latest.items() if assertion == "present"}
