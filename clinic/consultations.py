"""Requests for a consultation: stored once, encrypted, for the clinic to answer."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import outbox
from clinic.crypto import Cipher, DecryptionError
from clinic.database.models import ConsultationRequest, Conversation, utc_now
from clinic.settings import Settings

# Without letters and digits that look or sound alike: 0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V, M N.
ALPHABET: Final = "34679ACDEFGHJKPRTWXY"
CODE_LENGTH: Final = 6
NAME_LENGTH: Final = 120
DETAIL_LENGTH: Final = 1000

_INTRODUCTION: Final = re.compile(
    r"""^(?:(?:hi|hello|hey|sure|ok|okay|yes)\b[\s,.!]*)?
        (?:my\ (?:full\ )?name(?:\ is|['\u2019]s|:)
          |name(?:\ is|:)|i\ am|i['\u2019]?m|this\ is|it['\u2019]?s|call\ me)
        \s+(?=\S)""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_NAME: Final = re.compile(r"\w@\w|https?:|www\.|(?:\d[\s().-]*){5,}", re.IGNORECASE)


class UnknownReference(Exception):
    """There is no request with this reference."""


@dataclass(frozen=True)
class Consultation:
    """A request as the clinic reads it. The texts are None when no key decrypts them."""

    reference: str
    name: str | None
    contact: str | None
    contact_kind: str
    preferred_time: str | None
    concern: str | None
    created_at: datetime


def clean_name(text: str) -> str | None:
    """The name in ``text``, without "my name is" and spare spaces; None when there is none.

    Whatever else the person wrote is kept as it is: markup is text, and shown as text. An e-mail
    address, a link or a telephone number is no name.
    """
    name = _INTRODUCTION.sub("", _tidy(text))
    has_letter = any(character.isalpha() for character in name)
    return name if has_letter and len(name) <= NAME_LENGTH and not _NO_NAME.search(name) else None


def clean_detail(text: str) -> str | None:
    """``text`` without spare spaces and control characters; None when nothing is said."""
    detail = _tidy(text)
    says_something = any(character.isalnum() for character in detail)
    return detail if says_something and len(detail) <= DETAIL_LENGTH else None


async def create_request(
    session: AsyncSession,
    settings: Settings,
    conversation_id: str,
    *,
    name: str,
    contact: str,
    contact_kind: str,
    preferred_time: str,
    concern: str,
    idempotency_key: str,
    consent_at: datetime | None = None,
) -> str:
    """Store the request of a person who has consented, and return its reference ("NW-7K3F9A").

    The same ``idempotency_key`` (such as the id of the message that consented) in the same
    conversation again stores nothing and returns the same reference. The e-mail that tells the
    clinic is put into the outbox of this transaction; it carries the reference alone. Raises
    ValueError for a request without name, contact or key, or of no conversation.
    """
    if not name.strip() or not contact.strip() or not idempotency_key:
        raise ValueError("a request needs a name, a contact and an idempotency key")
    consent_at = consent_at or utc_now()
    cipher = Cipher(settings.secret("encryption"))
    while True:
        reference = await _stored_reference(session, conversation_id, idempotency_key)
        if reference is not None:
            return reference
        reference = _new_reference()
        request = ConsultationRequest(
            conversation_id=conversation_id,
            request_key=idempotency_key,
            reference=reference,
            name_encrypted=cipher.encrypt(name),
            contact_encrypted=cipher.encrypt(contact),
            contact_kind=contact_kind,
            preferred_time_encrypted=cipher.encrypt(preferred_time),
            concern_encrypted=cipher.encrypt(concern),
            consent_at=consent_at,
        )
        try:
            async with session.begin_nested():
                session.add(request)
        except IntegrityError as error:
            # Somebody stored the same request at this moment, or the reference is taken: look again.
            known = select(Conversation.id).where(Conversation.id == conversation_id)
            if await session.scalar(known) is None:
                raise ValueError("there is no such conversation") from error
            continue
        break
    await session.execute(
        # Kept if the person agreed to the chat itself before.
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.consent_at.is_(None))
        .values(consent_at=consent_at)
    )
    if settings.notifies_by_email:
        outbox.add(session, "email", {"reference": reference}, conversation_id=conversation_id)
    await session.flush()
    return reference


async def list_open(session: AsyncSession, settings: Settings) -> list[Consultation]:
    """The open requests, the oldest first."""
    cipher = Cipher(settings.secret("encryption"))
    query = (
        select(ConsultationRequest)
        .where(ConsultationRequest.status == "open")
        .order_by(ConsultationRequest.created_at, ConsultationRequest.id)
    )
    return [
        Consultation(
            reference=row.reference,
            name=_decrypt(cipher, row.name_encrypted),
            contact=_decrypt(cipher, row.contact_encrypted),
            contact_kind=row.contact_kind,
            preferred_time=_decrypt(cipher, row.preferred_time_encrypted),
            concern=_decrypt(cipher, row.concern_encrypted),
            created_at=row.created_at,
        )
        for row in await session.scalars(query)
    ]


async def mark_done(session: AsyncSession, reference: str) -> None:
    """Close the request; one that is closed stays so. Raises UnknownReference."""
    found = await session.scalar(
        update(ConsultationRequest)
        .where(ConsultationRequest.reference == reference.strip().upper())
        .values(status="done")
        .returning(ConsultationRequest.id)
    )
    if found is None:
        raise UnknownReference(f"there is no consultation request {reference.strip()}")


def _new_reference() -> str:
    return "NW-" + "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


async def _stored_reference(session: AsyncSession, conversation_id: str, key: str) -> str | None:
    found: str | None = await session.scalar(
        select(ConsultationRequest.reference).where(
            ConsultationRequest.conversation_id == conversation_id, ConsultationRequest.request_key == key
        )
    )
    return found


def _decrypt(cipher: Cipher, token: str) -> str | None:
    try:
        return cipher.decrypt(token)
    except DecryptionError:
        return None


def _tidy(text: str) -> str:
    visible = "".join(" " if unicodedata.category(character) == "Cc" else character for character in text)
    return " ".join(visible.split())
