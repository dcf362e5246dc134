"""What comes in from a channel, what goes out to it, and how either can fail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from gateway.channels.capabilities import Channel

Kind = Literal["message", "edit", "delete", "status", "echo", "group", "event"]
"""What happened: ``echo`` is a message of our own side, ``event`` something that needs no answer."""

Status = Literal["queued", "sent", "delivered", "read", "failed"]
Keyword = Literal["stop", "start", "help"]
PermanentReason = Literal[
    "opted_out",  # the person, or the platform for them, refuses messages from us
    "window_closed",  # the person's last message is too long ago for free text
    "no_recipient",  # nobody can be reached at this address, or they blocked us
    "not_allowed",  # the account lacks a permission or was restricted
    "refused",  # the platform does not take this message
]
TemporaryReason = Literal[
    "rate_limit",  # too many messages; see retry_after
    "unavailable",  # the platform is down or cannot be reached, and took nothing
    "credentials",  # the token is wrong or has run out, which the clinic can mend
]


class Forged(Exception):
    """The request was not made by the platform: refuse it with 401 or 403, and store nothing."""


class BadPayload(Exception):
    """The request is the platform's, but it is not in the form that the platform documents."""


class SendError(Exception):
    """A message was not sent, or perhaps not. ``code`` names no person: it can be kept and shown."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(f"{reason} ({code})" if code else reason)
        self.reason = reason
        self.code = code
        """The platform and its own error code, such as ``twilio 21610``."""


class Permanent(SendError):
    """The message can never be sent as it is."""

    def __init__(self, reason: PermanentReason, code: str = "") -> None:
        super().__init__(reason, code)


class Temporary(SendError):
    """The message was surely not sent and can be tried again, after ``retry_after`` seconds if given."""

    def __init__(self, reason: TemporaryReason, code: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(reason, code)
        self.retry_after = retry_after


class Unknown(SendError):
    """The message was perhaps sent: the platform took the request and gave no clear answer."""


@dataclass(frozen=True)
class Inbound:
    """One thing that a platform told us. ``message_id`` is another for each, so a repeat is known by it."""

    channel: Channel
    account: str
    """Our own address there: a telephone number, a page, a bot."""
    sender: str
    """Where an answer goes; for a group, the group."""
    message_id: str
    kind: Kind = "message"
    at: datetime | None = None
    """When it happened, if the platform says so."""
    text: str | None = None
    """What was typed, the caption of a picture, or the words of the button that was pressed."""
    button_token: str | None = None
    media: int = 0
    """How many pictures, videos and documents came with it."""
    unsupported: str | None = None
    """What came, if it is something that cannot be read, such as ``audio``."""
    keyword: Keyword | None = None
    """What the platform itself took the message for, such as its Start button."""
    answered: bool = False
    """Whether the platform has answered ``keyword`` already."""
    user_id: str | None = None
    """The platform's lasting id of the person, where that is not ``sender``."""
    interaction: str | None = None
    """What a pressed button must be acknowledged with."""
    refers_to: str | None = None
    """The platform's id of the message that was edited or deleted or has this status."""
    status: Status | None = None
    error: str | None = None
    """The platform's code of why a message failed."""
    outbound_id: str | None = None
    """The id of our own message that an echo or a status is about, where the platform hands it back."""

    @property
    def person(self) -> str:
        """Who it is, the same in each of their messages."""
        return self.user_id or self.sender


@dataclass(frozen=True)
class Choice:
    """A button as it is shown: ``label`` is ``title`` made to fit."""

    title: str
    token: str
    label: str = ""

    @property
    def shown(self) -> str:
        return self.label or self.title


@dataclass(frozen=True)
class Outbound:
    """One message to one person, ready for its channel: ``text`` is in the channel's own markup.

    ``id`` stays the same when it is sent again, so that a platform that can tell repeats will.
    """

    channel: Channel
    recipient: str
    text: str
    buttons: tuple[Choice, ...] = ()
    listed: bool = False
    """Whether the buttons are the rows of a list, where the channel has such lists."""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    template: bool = False
    """Whether this is the template message that is sent when the window is closed."""

    def as_dict(self) -> dict[str, Any]:
        """The message as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Outbound:
        """The message that ``as_dict`` gave."""
        buttons = tuple(Choice(**button) for button in values["buttons"])
        return cls(**{**values, "buttons": buttons})


@dataclass(frozen=True)
class SendResult:
    """The platform took the message."""

    message_id: str | None
    """The platform's id of it, which its statuses name."""


@dataclass(frozen=True)
class Check:
    """Whether a channel's credentials work, and what the platform said, in one line."""

    ok: bool
    detail: str


@dataclass(frozen=True)
class Registration:
    """How the platform learns our address: done by us, or ``steps`` for a person to take."""

    done: bool
    steps: tuple[str, ...]
