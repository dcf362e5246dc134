"""A request reaches the clinic once, complete, and readable by nobody else."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from clinic import consultations, conversations
from clinic.consultations import (
    UnknownReference,
    clean_detail,
    clean_name,
    create_request,
    list_open,
    mark_done,
)
from clinic.database.models import ConsultationRequest, Conversation, OutboxItem
from clinic.database.session import Database
from clinic.settings import Settings

DETAILS: dict[str, Any] = {
    "name": "Sample Person",
    "contact": "(415) 555-0132",
    "contact_kind": "phone",
    "preferred_time": "any weekday after 5",
    "concern": "acne scars",
}


async def request(database: Database, settings: Settings, key: str = "m1", **changed: str) -> str:
    details = {**DETAILS, **changed}
    async with database.session() as session:
        await conversations.ensure(session, "c")
        return await create_request(session, settings, "c", idempotency_key=key, **details)


async def test_a_request_is_stored_and_read_back(database: Database, settings: Settings) -> None:
    reference = await request(database, settings)
    async with database.session(read_only=True) as session:
        (found,) = await list_open(session, settings)
    assert found.reference == reference
    assert {name: getattr(found, name) for name in DETAILS} == DETAILS


async def test_a_reference_has_no_letters_that_look_alike(database: Database, settings: Settings) -> None:
    references = {await request(database, settings, key=f"m{number}") for number in range(20)}
    assert len(references) == 20
    assert all(re.fullmatch(r"NW-[^0O1IL2Z5S8BQUVMN]{6}", reference) for reference in references)


async def test_what_the_person_wrote_is_encrypted(database: Database, settings: Settings) -> None:
    await request(database, settings)
    async with database.session() as session:
        stored = (await session.scalars(select(ConsultationRequest))).one()
    values = " ".join(str(value) for value in vars(stored).values())
    assert not any(text in values for text in ("Sample Person", "555-0132", "after 5", "scars"))


async def test_the_same_consent_twice_is_one_request(database: Database, settings: Settings) -> None:
    first = await request(database, settings)
    assert await request(database, settings, name="Somebody Else") == first
    async with database.session() as session:
        (found,) = await list_open(session, settings)
    assert found.name == "Sample Person"


async def test_the_same_consent_at_the_same_moment_is_one_request(
    database: Database, settings: Settings
) -> None:
    settings.prepare()
    references = await asyncio.gather(*(request(database, settings) for _ in range(3)))
    assert len(set(references)) == 1
    async with database.session() as session:
        assert len(await list_open(session, settings)) == 1


async def test_another_consent_is_another_request(database: Database, settings: Settings) -> None:
    assert await request(database, settings, key="m1") != await request(database, settings, key="m2")


async def test_a_reference_that_is_taken_is_not_given_twice(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["NW-AAAAAA", "NW-AAAAAA", "NW-CCCCCC"])
    monkeypatch.setattr(consultations, "_new_reference", lambda: next(drawn))
    assert await request(database, settings, key="m1") == "NW-AAAAAA"
    assert await request(database, settings, key="m2") == "NW-CCCCCC"


async def test_the_conversation_keeps_when_it_consented(database: Database, settings: Settings) -> None:
    await request(database, settings)
    async with database.session() as session:
        assert (await session.get_one(Conversation, "c")).consent_at is not None


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "Robert'); DROP TABLE conversations;--",
        "O'Brien-Łukasz",
        "李小龍",
        "أحمد",
    ],
)
async def test_a_name_is_kept_as_it_was_written(name: str, database: Database, settings: Settings) -> None:
    assert clean_name(name) == name
    await request(database, settings, name=name)
    async with database.session(read_only=True) as session:
        (found,) = await list_open(session, settings)
    assert found.name == name


@pytest.mark.parametrize("changed", [{"name": " "}, {"contact": ""}, {"key": ""}])
async def test_an_incomplete_request_is_refused(
    changed: dict[str, str], database: Database, settings: Settings
) -> None:
    with pytest.raises(ValueError, match="needs a name"):
        await request(database, settings, **changed)


async def test_a_request_of_no_conversation_is_refused(database: Database, settings: Settings) -> None:
    with pytest.raises(ValueError, match="no such conversation"):
        async with database.session() as session:
            await create_request(session, settings, "nobody", idempotency_key="m", **DETAILS)


async def test_without_a_mail_server_nobody_is_mailed(database: Database, settings: Settings) -> None:
    await request(database, settings)
    async with database.session() as session:
        assert (await session.scalars(select(OutboxItem))).all() == []


async def test_the_mail_to_the_clinic_has_the_reference_alone(database: Database, settings: Settings) -> None:
    mail = {
        "smtp_host": "mail.example",
        "smtp_from": "bot@clinic.example",
        "notify_email": "desk@clinic.example",
    }
    mailing = Settings(var_dir=settings.var_dir, **mail)  # type: ignore[arg-type]
    reference = await request(database, mailing)
    await request(database, mailing)
    async with database.session() as session:
        item = (await session.scalars(select(OutboxItem))).one()
    assert (item.kind, item.payload, item.conversation_id) == ("email", {"reference": reference}, "c")


async def test_a_request_that_is_done_is_no_longer_listed(database: Database, settings: Settings) -> None:
    first, second = await request(database, settings, "m1"), await request(database, settings, "m2")
    async with database.session() as session:
        await mark_done(session, f" {first.lower()} ")
        await mark_done(session, first)
        assert [found.reference for found in await list_open(session, settings)] == [second]


async def test_an_unknown_reference_is_told(database: Database) -> None:
    with pytest.raises(UnknownReference, match="NW-X"):
        async with database.session() as session:
            await mark_done(session, "NW-X")


async def test_a_rotated_key_still_reads_old_requests(database: Database, settings: Settings) -> None:
    await request(database, settings, "m1")
    path = settings.var_dir / "secrets" / "encryption.key"
    path.write_bytes(Fernet.generate_key() + b"\n" + path.read_bytes())
    await request(database, settings, "m2")
    async with database.session() as session:
        assert [found.name for found in await list_open(session, settings)] == ["Sample Person"] * 2


async def test_a_lost_key_hides_the_texts_and_not_the_request(database: Database, settings: Settings) -> None:
    reference = await request(database, settings)
    (settings.var_dir / "secrets" / "encryption.key").write_bytes(Fernet.generate_key())
    async with database.session() as session:
        (found,) = await list_open(session, settings)
    assert (found.reference, found.name, found.contact) == (reference, None, None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sample Person", "Sample Person"),
        ("  Sample \t Person\n", "Sample Person"),
        ("my name is Sample Person", "Sample Person"),
        ("Hi, I'm Sample", "Sample"),
        ("I\u2019m Sample", "Sample"),
        ("it's sample", "sample"),
        ("call me Sample", "Sample"),
        ("Name: Sample Person", "Sample Person"),
        ("Imani", "Imani"),
        ("Sample\x00Person", "Sample Person"),
        ("my name is", "my name is"),
        ("", None),
        ("   ", None),
        ("12345", None),
        ("\U0001f600\U0001f600", None),
        ("x" * 121, None),
    ],
)
def test_a_name_is_found_in_what_people_write(text: str, name: str | None) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("any weekday\nafter  5 ", "any weekday after 5"),
        ("5", "5"),
        ("<b>scars</b>", "<b>scars</b>"),
        ("???", None),
        ("\u200b", None),
        ("x" * 1001, None),
    ],
)
def test_a_detail_is_tidied_and_kept(text: str, detail: str | None) -> None:
    assert clean_detail(text) == detail
