"""The tables of the app database. Every one that holds personal data hangs off a conversation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def utc_now() -> datetime:
    """The time now, in UTC and aware of it."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, also on SQLite, which keeps no zone. A naive time is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table shares: names for its constraints, UTC times, JSON."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        dict[str, str]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
        list[dict[str, Any]]: JSON,
        list[dict[str, str]]: JSON,
    }


def _conversation() -> Mapped[str]:
    return mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)


class Conversation(Base):
    """One person's conversation on one channel; its id is Rasa's sender id."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), default="web")
    external_hash: Mapped[str | None] = mapped_column(String(128), index=True)
    """Hash of the channel's own id of the person; never the number or the id itself."""
    consent_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_active_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class Message(Base):
    """One message of the person (``in``) or of the assistant (``out``), in the order of ``id``."""

    __tablename__ = "messages"
    __table_args__ = (Index(None, "conversation_id", "client_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = _conversation()
    direction: Mapped[str] = mapped_column(String(3))
    client_id: Mapped[str | None] = mapped_column(String(64))
    """The client's id of the inbound message, on that message and on each reply to it."""
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(20))
    topic: Mapped[str | None] = mapped_column(String(64))
    severity: Mapped[str | None] = mapped_column(String(20))
    source_title: Mapped[str | None] = mapped_column(String(200))
    source_reviewed: Mapped[str | None] = mapped_column(String(10))
    buttons: Mapped[list[dict[str, str]]] = mapped_column(default=list)
    """``[{"title": …, "token": …, "role": …}]``"""
    progress_step: Mapped[int | None]
    """Of a question that is one of several: which one it is, from 1."""
    progress_total: Mapped[int | None]
    input: Mapped[str | None] = mapped_column(String(20))
    """Of a question with a typed answer: what is typed, such as ``name``."""
    reply_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Feedback(Base):
    """Whether a reply helped, as the person said last."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("conversation_id", "reply_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    reply_id: Mapped[str] = mapped_column(String(36))
    topic: Mapped[str | None] = mapped_column(String(64), index=True)
    helpful: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ButtonToken(Base):
    """What a button stands for; a token is good in its own conversation only."""

    __tablename__ = "button_tokens"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    payload: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)


class Disclosure(Base):
    """A condition that the person spoke of, with its assertion."""

    __tablename__ = "disclosures"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    condition_key: Mapped[str] = mapped_column(String(64))
    assertion: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Screening(Base):
    """The answers of one finished screening and the flags they raised."""

    __tablename__ = "screenings"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    answers: Mapped[dict[str, str]]
    flags: Mapped[list[dict[str, Any]]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class SymptomReport(Base):
    """What a person reported after a treatment, and the tier that was answered."""

    __tablename__ = "symptom_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    signs: Mapped[list[str]]
    day: Mapped[int | None]
    trend: Mapped[str | None] = mapped_column(String(10))
    tier: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ConsultationRequest(Base):
    """A request to be contacted. What the person wrote is encrypted."""

    __tablename__ = "consultation_requests"
    __table_args__ = (UniqueConstraint("conversation_id", "request_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    request_key: Mapped[str] = mapped_column(String(64))
    """What the request was made by, such as the id of the message that gave consent."""
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    name_encrypted: Mapped[str] = mapped_column(Text)
    contact_encrypted: Mapped[str] = mapped_column(Text)
    contact_kind: Mapped[str] = mapped_column(String(10))
    preferred_time_encrypted: Mapped[str] = mapped_column(Text)
    concern_encrypted: Mapped[str] = mapped_column(Text)
    consent_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default="open", index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class UnansweredQuestion(Base):
    """A question that the assistant could not place, for the staff to read."""

    __tablename__ = "unanswered_questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    text: Mapped[str] = mapped_column(Text)
    suggestions: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class Receipt(Base):
    """An inbound message id that was accepted, so that a repeat does nothing twice."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("conversation_id", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    message_id: Mapped[str] = mapped_column(String(64))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10), default="pending")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class OutboxItem(Base):
    """Work to be done outside the database, kept until it is done. Holds no health text.

    ``email`` has the payload ``{"reference": …}``; ``erase_tracker`` has
    ``{"conversation_id": …}`` and outlives the conversation, so it points at none; ``late_answer`` has
    ``{"message_id": …, "asked_as": …, "payload": …}``, see `gateway.late`.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "done_at", "next_attempt_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_error: Mapped[str | None] = mapped_column(String(200))
    done_at: Mapped[datetime | None]


class ChannelContact(Base):
    """A person on a messaging channel, and the place in which one process at a time works for them."""

    __tablename__ = "channel_contacts"

    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(String(20))
    external_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed hash of the channel, our account there and the person's id."""
    address_encrypted: Mapped[str] = mapped_column(Text)
    """Where answers go."""
    is_group: Mapped[bool] = mapped_column(default=False)
    last_inbound_at: Mapped[datetime] = mapped_column(default=utc_now)
    """From when the platform's window for free text counts."""
    noticed_at: Mapped[datetime | None]
    """When the person was told that this is an assistant."""
    opted_out_at: Mapped[datetime | None]
    template_at: Mapped[datetime | None]
    """When the template message that asks the person to write again was put into the queue."""
    offer_encrypted: Mapped[str | None] = mapped_column(Text)
    """The choices that were offered last."""
    answered_to: Mapped[int] = mapped_column(default=0)
    """The id of the last message that was put into the queue of answers."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When there is something to do for this person."""
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(32))


class ChannelOptOut(Base):
    """A person who has ended the messages of a channel; it outlives the conversation, until they start again."""

    __tablename__ = "channel_opt_outs"

    external_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """As in `ChannelContact`; nothing else is kept of the person."""
    opted_out_at: Mapped[datetime] = mapped_column(default=utc_now)


class ChannelInbound(Base):
    """What a platform told us of a person; after it was worked on, the receipt alone."""

    __tablename__ = "channel_inbound"
    __table_args__ = (Index(None, "conversation_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    receipt: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed hash of the platform's id of the event, by which a repeat is known."""
    payload_encrypted: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    """``pending``, ``done`` or ``dead``."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(default=utc_now)
    reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ChannelOutbound(Base):
    """A message on its way to a person, in the order of ``id``; its text is kept until it is sent."""

    __tablename__ = "channel_outbound"
    __table_args__ = (Index(None, "conversation_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    outbound_id: Mapped[str] = mapped_column(String(64), unique=True)
    payload_encrypted: Mapped[str | None] = mapped_column(Text)
    always: Mapped[bool] = mapped_column(default=False)
    """Whether it is sent to a person who has ended the messages, as the confirmation of that is."""
    state: Mapped[str] = mapped_column(String(10), default="pending")
    """``pending``, ``sending``, ``unknown`` (perhaps sent), ``sent``, ``dropped`` or ``dead``."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(default=utc_now)
    sending_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(200))
    provider_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    """Keyed hash of the platform's id of it, as such an id may hold a telephone number."""
    delivery: Mapped[str | None] = mapped_column(String(10))
    """What the platform told last: ``queued``, ``sent``, ``delivered``, ``read`` or ``failed``."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
