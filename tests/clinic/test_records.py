"""Disclosures, unanswered questions, the outbox and the encryption of what is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, func, select

from clinic import conversations, disclosures, outbox, questions
from clinic.crypto import Cipher, DecryptionError
from clinic.database.models import Disclosure, OutboxItem, utc_now
from clinic.database.session import Database
from clinic.settings import SettingsError


async def present_after(database: Database, *said: tuple[str, str]) -> set[str]:
    async with database.session() as session:
        await conversations.ensure(session, "c")
        for key, assertion in said:
            await disclosures.record(session, "c", key, assertion)
        return await disclosures.present_keys(session, "c")


async def test_only_one_s_own_present_conditions_count(database: Database) -> None:
    assert await present_after(
        database,
        ("pregnancy", "present"),
        ("eczema", "negated"),
        ("psoriasis", "other_person"),
        ("rosacea", "historical"),
        ("keloid", "hypothetical"),
        ("diabetes", "general"),
    ) == {"pregnancy"}


async def test_what_was_said_last_counts(database: Database) -> None:
    assert await present_after(database, ("eczema", "present"), ("eczema", "negated")) == set()
    assert await present_after(database, ("eczema", "present")) == {"eczema"}


async def test_what_is_said_of_others_does_not_take_back_one_s_own(database: Database) -> None:
    said = [("eczema", "present"), ("eczema", "other_person"), ("eczema", "general")]
    assert await present_after(database, *said) == {"eczema"}


async def test_the_same_thing_said_again_is_kept_once(database: Database) -> None:
    await present_after(database, ("eczema", "present"), ("eczema", "present"))
    async with database.session() as session:
        assert (await session.execute(select(func.count()).select_from(Disclosure))).scalar_one() == 1


async def test_a_stranger_has_no_conditions(database: Database) -> None:
    async with database.session() as session:
        assert await disclosures.present_keys(session, "nobody") == set()


async def test_unanswered_questions_are_listed_newest_first(database: Database) -> None:
    async with database.session() as session:
        await conversations.ensure(session, "c")
        for text in ("first", "second", "third"):
            await questions.record_unanswered(session, "c", text, ["ask_pain", "ask_cost"])
    async with database.session() as session:
        found = await questions.list_unanswered(session, limit=2)
    assert [question.text for question in found] == ["third", "second"]
    assert found[0].suggestions == ["ask_pain", "ask_cost"]


async def test_the_outbox_gives_what_is_due(database: Database) -> None:
    async with database.session() as session:
        first = outbox.add(session, "erase_tracker", {"conversation_id": "a"})
        outbox.add(session, "erase_tracker", {"conversation_id": "b"}).next_attempt_at = (
            utc_now() + timedelta(1)
        )
        await session.flush()
        assert await outbox.due(session, now=utc_now()) == [first]


async def test_what_failed_is_tried_again_later_and_later(database: Database) -> None:
    now = utc_now()
    waits = []
    async with database.session() as session:
        item = outbox.add(session, "erase_tracker", {"conversation_id": "a"})
        await session.flush()
        for _ in range(12):
            await outbox.failed(session, item, "the engine is away " * 30, now=now)
            waits.append(item.next_attempt_at - now)
        assert await outbox.due(session, now=now) == []
        assert await outbox.due(session, now=now + timedelta(hours=1)) == [item]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=15), timedelta(hours=1))
    assert item.attempts == 12
    assert item.last_error is not None
    assert len(item.last_error) == 200


async def test_a_mail_that_was_sent_is_not_sent_again(database: Database) -> None:
    async with database.session() as session:
        await conversations.ensure(session, "c")
        item = outbox.add(session, "email", {"reference": "NW-1"}, conversation_id="c")
        await session.flush()
        await outbox.done(session, item)
        assert await outbox.due(session, now=utc_now() + timedelta(1)) == []
        assert (await session.scalars(select(OutboxItem))).one().done_at is not None


async def test_an_item_that_was_erased_meanwhile_is_left_alone(database: Database) -> None:
    async with database.session() as session:
        gone = outbox.add(session, "erase_tracker", {"conversation_id": "a"})
        await session.flush()
        number = gone.id
        await session.execute(delete(OutboxItem))
        session.expunge(gone)
        # SQLite gives the number out again.
        session.add(OutboxItem(id=number, kind="erase_tracker", payload={"conversation_id": "b"}))
        await session.flush()
        await outbox.done(session, gone)
        await outbox.failed(session, gone, "away")
        left = (await session.scalars(select(OutboxItem))).one()
        assert (left.payload, left.attempts) == ({"conversation_id": "b"}, 0)


async def test_a_late_answer_is_given_up_after_some_minutes(database: Database) -> None:
    now = utc_now()
    waited = timedelta()
    async with database.session() as session:
        await conversations.ensure(session, "c")
        payload = {"conversation_id": "c", "message_id": "m", "asked_as": "m", "payload": None}
        item = outbox.add(session, "late_answer", payload, conversation_id="c")
        await session.flush()
        assert timedelta(0) < item.next_attempt_at - now < timedelta(seconds=10)
        while await outbox.current(session, item):
            await outbox.failed(session, item, "away", now=now)
            await session.flush()
            waited += item.next_attempt_at - now
        assert timedelta(minutes=3) < waited < timedelta(minutes=8)
        assert (await session.scalars(select(OutboxItem))).all() == []


def test_a_text_is_encrypted_and_read_again() -> None:
    cipher = Cipher(Fernet.generate_key())
    token = cipher.encrypt("Łukasz 李 \U0001f600")
    assert "Łukasz" not in token
    assert token != cipher.encrypt("Łukasz 李 \U0001f600")
    assert cipher.decrypt(token) == "Łukasz 李 \U0001f600"


def test_any_of_the_keys_reads_and_the_first_one_writes() -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    token = Cipher(old).encrypt("text")
    both = Cipher(new + b"\n" + old + b"\n")
    assert both.decrypt(token) == "text"
    assert Cipher(new).decrypt(both.encrypt("text")) == "text"


def test_a_value_of_another_key_or_a_changed_one_is_refused() -> None:
    token = Cipher(Fernet.generate_key()).encrypt("text")
    cipher = Cipher(Fernet.generate_key())
    for wrong in (token, token[:-4], "", "nonsense", "é"):
        with pytest.raises(DecryptionError):
            cipher.decrypt(wrong)


@pytest.mark.parametrize("keys", [b"", b"short", b"x" * 44])
def test_what_is_no_key_is_refused(keys: bytes) -> None:
    with pytest.raises(SettingsError, match="Fernet key"):
        Cipher(keys)


async def test_what_was_said_last_is_not_new(database: Database) -> None:
    async with database.session() as session:
        await conversations.ensure(session, "c")
        await disclosures.record(session, "c", "eczema", "historical")
        await disclosures.record(session, "c", "eczema", "present")
        assert not await disclosures.is_new(session, "c", [("eczema", "present")])
        assert await disclosures.is_new(session, "c", [("eczema", "historical")])
        assert await disclosures.is_new(session, "c", [("eczema", "present"), ("acne", "present")])
        assert await disclosures.is_new(session, "other", [("eczema", "present")])
