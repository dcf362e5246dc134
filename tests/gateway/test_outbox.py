"""E-mails to the clinic, through a real mail server that may be away."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from clinic import outbox as stored
from clinic.database.migrate import upgrade
from clinic.database.models import OutboxItem, utc_now
from clinic.database.session import Database
from clinic.profile import load_profile
from clinic.settings import Settings
from gateway.mail import compose, mailer
from gateway.notices import Notices, NoticesError, load_notices
from gateway.outbox import Outbox
from tests.gateway.conftest import KNOWLEDGE

REFERENCE = "NW-7K3F9Q"


class Mailbox:
    """Keeps what the mail server takes; ``refuse`` is what it says instead."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.refuse: str | None = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        return "250 OK"


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mail_server(mailbox: Mailbox, port: int) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    yield controller
    if controller.loop.is_running():
        controller.stop()


@pytest.fixture
def settings(make_settings: Callable[..., Settings], port: int) -> Settings:
    return make_settings(
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_starttls=False,
        smtp_from="assistant@clinic.example",
        notify_email="desk@clinic.example",
    )


@pytest.fixture
def notices() -> Notices:
    profile = load_profile(KNOWLEDGE / "clinic.yml")
    return load_notices(KNOWLEDGE / "notices.yml", profile.template_values())


async def add(database: Database, **changes: Any) -> None:
    async with database.session() as session:
        item = stored.add(session, "email", {"reference": REFERENCE})
        for name, value in changes.items():
            setattr(item, name, value)


async def item(database: Database) -> OutboxItem:
    async with database.session(read_only=True) as session:
        found = await session.get(OutboxItem, 1)
        assert found is not None
        return found


async def test_the_clinic_is_told_of_a_request_by_its_reference_alone(
    settings: Settings, mail_server: Controller, mailbox: Mailbox, notices: Notices
) -> None:
    mail_server.start()
    await mailer(settings, notices.email)({"reference": REFERENCE})
    [received] = mailbox.received
    message = message_from_bytes(received)
    assert (message["From"], message["To"]) == ("assistant@clinic.example", "desk@clinic.example")
    assert REFERENCE in message["Subject"]
    assert REFERENCE in str(message.get_payload())
    assert message["Message-ID"] == f"<{REFERENCE}@clinic.example>"


def test_a_repeat_of_the_message_can_be_told(settings: Settings, notices: Notices) -> None:
    first, second = (compose(settings, notices.email, REFERENCE) for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"]


@pytest.fixture
async def database(settings: Settings) -> Any:
    await asyncio.to_thread(upgrade, settings.database_url)
    database = Database(settings.database_url)
    yield database
    await database.dispose()


async def test_it_is_sent_again_when_the_mail_server_was_away(
    settings: Settings, database: Database, mail_server: Controller, mailbox: Mailbox, notices: Notices
) -> None:
    outbox = Outbox(database, {"email": mailer(settings, notices.email)})
    await add(database)
    await outbox.work()
    failed = await item(database)
    assert (failed.attempts, failed.done_at) == (1, None)
    assert failed.last_error == "the mail server cannot be used (SMTPConnectError)"
    mail_server.start()
    await outbox.work()
    assert mailbox.received == [], "it did not wait"
    await _make_due(database)
    await outbox.work()
    assert len(mailbox.received) == 1
    assert (await item(database)).done_at is not None
    await _make_due(database)
    await outbox.work()
    assert len(mailbox.received) == 1, "it was sent twice"


async def test_a_refusal_is_noted_without_its_words(
    settings: Settings, database: Database, mail_server: Controller, mailbox: Mailbox, notices: Notices
) -> None:
    mailbox.refuse = "451 desk@clinic.example is not at home"
    mail_server.start()
    await add(database)
    await Outbox(database, {"email": mailer(settings, notices.email)}).work()
    assert (await item(database)).last_error == "the mail server answered 451"


async def test_two_gateways_send_it_once(settings: Settings, database: Database) -> None:
    sent: list[object] = []

    async def slow(payload: object) -> None:
        await asyncio.sleep(0.2)
        sent.append(payload)

    await add(database)
    other = Database(settings.database_url)
    await asyncio.gather(Outbox(database, {"email": slow}).work(), Outbox(other, {"email": slow}).work())
    await other.dispose()
    assert sent == [{"reference": REFERENCE}]


async def test_one_that_cannot_be_handled_does_not_hold_up_the_next(database: Database) -> None:
    sent: list[object] = []

    async def handle(payload: Any) -> None:
        if not sent:
            sent.append("first")
            raise ZeroDivisionError("what a person wrote")
        sent.append("second")

    await add(database)
    await add(database)
    await Outbox(database, {"email": handle}).work()
    assert sent == ["first", "second"]
    error = (await item(database)).last_error
    assert error is not None and error.startswith("ZeroDivisionError at ")
    assert "wrote" not in error


async def test_the_wait_grows(database: Database) -> None:
    async def fail(payload: object) -> None:
        raise ValueError

    outbox = Outbox(database, {"email": fail})
    await add(database)
    waits = []
    for _ in range(3):
        await outbox.work()
        found = await item(database)
        waits.append((found.next_attempt_at - utc_now()).total_seconds())
        await _make_due(database)
    assert 13 < waits[0] < 26 and 28 < waits[1] < 41 and 58 < waits[2] < 71


async def _make_due(database: Database) -> None:
    async with database.session() as session:
        found = await session.get(OutboxItem, 1)
        assert found is not None
        found.next_attempt_at = utc_now()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("notices: {}", "notices.engine_unavailable: is missing"),
        ("notices: {engine_unavailable: 'Call {clinic_fone}'}", "unknown placeholder {clinic_fone}"),
    ],
)
def test_wrong_notices_are_refused_by_key(tmp_path: Any, text: str, says: str) -> None:
    rest = (
        "transcript: {title: a, started: b, person: c, assistant: d}\n"
        "email: {consultation_subject: a, consultation_body: b}\n"
    )
    file = tmp_path / "notices.yml"
    file.write_text(f"{text}\n{rest}")
    with pytest.raises(NoticesError, match=r"notices\.yml: ") as refused:
        load_notices(file, {"clinic_phone": "1"})
    assert says in str(refused.value)
