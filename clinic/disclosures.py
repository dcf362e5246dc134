"""What a person said about a condition, medicine or recent procedure, in the order they said it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import Disclosure, utc_now

# Built once: putting a statement together takes longer than SQLite takes to answer it.
_OF_CONVERSATION = Disclosure.conversation_id == bindparam("conversation")
_LATEST = select(Disclosure.assertion).where(_OF_CONVERSATION, Disclosure.condition_key == bindparam("key"))
_LATEST = _LATEST.order_by(Disclosure.id.desc()).limit(1)
_ALL = select(Disclosure.condition_key, Disclosure.assertion).where(_OF_CONVERSATION).order_by(Disclosure.id)
_OWN = _ALL.where(Disclosure.assertion.in_(("present", "negated", "historical")))
_INSERT = insert(Disclosure.metadata.tables["disclosures"])


async def is_new(session: AsyncSession, conversation_id: str, said: Iterable[tuple[str, str]]) -> bool:
    """Whether any of the keys and assertions differs from what the person said of it last."""
    rows = await session.execute(_ALL, {"conversation": conversation_id})
    latest = {row.condition_key: row.assertion for row in rows}
    return any(latest.get(key) != assertion for key, assertion in said)


async def record(session: AsyncSession, conversation_id: str, key: str, assertion: str) -> None:
    """Keep that the person spoke of the condition ``key``; the same thing said again adds nothing.

    ``assertion`` is present, negated, historical, hypothetical, other_person or general.
    """
    latest = await session.scalar(_LATEST, {"conversation": conversation_id, "key": key})
    if latest != assertion:
        values = {"conversation_id": conversation_id, "condition_key": key, "assertion": assertion}
        await session.execute(_INSERT, {**values, "created_at": utc_now()})


async def present_keys(session: AsyncSession, conversation_id: str) -> set[str]:
    """The conditions that are the person's own, now.

    What they said last of themselves counts: "I'm pregnant" and later "I'm not pregnant" is not
    present. What they said of others, or in general, changes nothing.
    """
    rows = await session.execute(_OWN, {"conversation": conversation_id})
    latest = {row.condition_key: row.assertion for row in rows}
    return {key for key, assertion in latest.items() if assertion == "present"}
