"""A conversation is made once, read in order, and erased without a trace."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from clinic import conversations, outbox
from clinic.database import models
from clinic.database.models import Base, Conversation, Message, OutboxItem, utc_now
from clinic.database.session import Database

OUTLIVES = models.ChannelOptOut.__tablename__
"""The one table that belongs to no conversation."""


def one_of_each(conversation_id: str) -> list[Base]:
    """A row in every table that hangs off a conversation."""
    own: dict[str, Any] = {"conversation_id": conversation_id}
    return [
        Message(**own, direction="in", client_id="m", text="hello"),
        models.Feedback(**own, reply_id=f"r-{conversation_id}", topic="pain", helpful=True),
        models.ButtonToken(**own, token=f"t-{conversation_id}", payload="/affirm", title="Yes"),
        models.Disclosure(**own, condition_key="eczema", assertion="present"),
        models.Screening(**own, answers={"skin": "yes"}, flags=[]),
        models.SymptomReport(**own, signs=["redness"], day=1, trend="better", tier="expected"),
        models.ConsultationRequest(
            **own,
            request_key="m",
            reference=f"NW-{conversation_id}",
            name_encrypted="x",
            contact_encrypted="x",
            contact_kind="email",
            preferred_time_encrypted="x",
            concern_encrypted="x",
            consent_at=utc_now(),
        ),
        models.UnansweredQuestion(**own, text="why?", suggestions=["ask_pain"]),
        models.Receipt(**own, message_id="m", body_hash="h"),
        OutboxItem(**own, kind="email", payload={"reference": "NW-1"}),
        models.ChannelContact(
            **own, channel="telegram", external_hash=f"h-{conversation_id}", address_encrypted="x"
        ),
        models.ChannelInbound(**own, receipt=f"i-{conversation_id}", payload_encrypted="x"),
        models.ChannelOutbound(**own, outbound_id=f"o-{conversation_id}", payload_encrypted="x"),
    ]


async def fill(database: Database, *ids: str) -> None:
    for conversation_id in ids:
        async with database.session() as session:
            await conversations.ensure(session, conversation_id)
            session.add_all(one_of_each(conversation_id))


async def rows(database: Database) -> dict[str, int]:
    async with database.session(read_only=True) as session:
        return {
            name: (await session.execute(select(func.count()).select_from(table))).scalar_one()
            for name, table in Base.metadata.tables.items()
            if name != OUTLIVES
        }


async def test_a_conversation_is_made_once(database: Database) -> None:
    for _ in range(2):
        async with database.session() as session:
            made = await conversations.ensure(session, "c", channel="sms")
            assert (made.id, made.channel) == ("c", "sms")
    async with database.session() as session:
        assert (await conversations.ensure(session, "c", channel="web")).channel == "sms"
    assert (await rows(database))["conversations"] == 1


async def test_two_may_make_it_at_the_same_moment(database: Database) -> None:
    async def make() -> str:
        async with database.session() as session:
            return (await conversations.ensure(session, "c")).id

    assert await asyncio.gather(*(make() for _ in range(4))) == ["c"] * 4


async def test_each_call_marks_it_as_active(database: Database) -> None:
    old = utc_now() - timedelta(days=3)
    async with database.session() as session:
        (await conversations.ensure(session, "c")).last_active_at = old
    async with database.session() as session:
        assert (await conversations.ensure(session, "c")).last_active_at > old


async def test_the_transcript_is_in_order_and_only_one_s_own(database: Database) -> None:
    for conversation_id in ("mine", "yours"):
        async with database.session() as session:
            await conversations.ensure(session, conversation_id)
            session.add_all(
                Message(conversation_id=conversation_id, direction="in", text=f"{conversation_id} {number}")
                for number in range(3)
            )
    async with database.session() as session:
        found = await conversations.transcript(session, "mine")
        assert [message.text for message in found] == ["mine 0", "mine 1", "mine 2"]
        later = await conversations.transcript(session, "mine", after=found[0].id, limit=1)
        assert [message.text for message in later] == ["mine 1"]
        assert await conversations.transcript(session, "nobody") == []


async def test_every_table_is_tried_by_the_tests_of_erasure(database: Database) -> None:
    await fill(database, "c")
    assert all(found > 0 for found in (await rows(database)).values())


async def test_erasing_leaves_no_row_in_any_table(database: Database) -> None:
    await fill(database, "c")
    async with database.session() as session:
        assert await conversations.erase(session, "c")
    async with database.session() as session:
        # What is left is the order to erase the engine's tracker too.
        item = (await session.scalars(select(OutboxItem))).one()
        assert (item.kind, item.payload, item.conversation_id) == (
            "erase_tracker",
            {"conversation_id": "c"},
            None,
        )
        await outbox.done(session, item)
    assert set((await rows(database)).values()) == {0}


async def test_who_ended_the_messages_is_remembered(database: Database) -> None:
    await fill(database, "c")
    async with database.session() as session:
        session.add(models.ChannelOptOut(external_hash="h-c"))
    async with database.session() as session:
        await conversations.erase(session, "c")
    async with database.session(read_only=True) as session:
        assert (await session.scalars(select(models.ChannelOptOut.external_hash))).all() == ["h-c"]


async def test_erasing_leaves_others_alone(database: Database) -> None:
    await fill(database, "mine", "yours")
    before = await rows(database)
    async with database.session() as session:
        await conversations.erase(session, "mine")
    after = await rows(database)
    assert {name: found // 2 for name, found in before.items() if name != "outbox"} == {
        name: found for name, found in after.items() if name != "outbox"
    }
    async with database.session() as session:
        assert (await session.scalars(select(Conversation.id))).all() == ["yours"]


async def test_erasing_what_is_not_there_does_nothing(database: Database) -> None:
    async with database.session() as session:
        assert not await conversations.erase(session, "c")
    assert set((await rows(database)).values()) == {0}


async def test_old_conversations_expire_with_everything(database: Database) -> None:
    await fill(database, "old", "new")
    async with database.session() as session:
        (await session.get_one(Conversation, "old")).last_active_at = utc_now() - timedelta(days=181)
        (await session.get_one(Conversation, "new")).last_active_at = utc_now() - timedelta(days=179)
    async with database.session() as session:
        assert await conversations.expire(session, 180) == ["old"]
    found = await rows(database)
    assert found.pop("outbox") == 2
    assert set(found.values()) == {1}
