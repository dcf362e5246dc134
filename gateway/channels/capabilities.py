"""What each channel can show and what it allows: one table, and nothing about a platform's calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

Channel = Literal[
    "twilio-sms", "twilio-whatsapp", "whatsapp", "messenger", "instagram", "telegram", "webhook"
]
"""The name of a channel, which is also the last part of its webhook's path."""
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)

Buttons = Literal["quick_replies", "list", "inline", "numbered"]
Unit = Literal["utf16", "bytes"]
Bold = Literal["asterisk", "html", "none"]


@dataclass(frozen=True)
class Capability:
    """One channel's limits. Lengths are in ``unit``: UTF-16 code units, or bytes of UTF-8."""

    name: Channel
    text_limit: int
    """The longest text of one message."""
    advised_limit: int
    """The longest text that the platform advises; a text is split to fit where that cuts nothing."""
    buttons: Buttons
    max_buttons: int
    """More buttons than this become a numbered list."""
    button_title_limit: int
    button_text_limit: int
    """The longest text of a message that has buttons."""
    window_hours: int | None
    """For how long after the person's last message free text may be sent; None is for ever."""
    opt_out_words: bool
    """Whether a carrier's words such as STOP, alone in a message, end the messages."""
    edits: bool
    """Whether the platform tells of edited messages."""
    deletes: bool
    """Whether the platform tells of deleted messages."""
    statuses: bool
    """Whether the platform tells what became of a message."""
    templates: bool
    """Whether a template message can be sent after the window."""
    sources: bool
    """Whether an answer's source is shown."""
    bold: Bold = "none"
    unit: Unit = "utf16"
    gsm7: bool = False
    """Whether typographic characters are replaced, as one of them halves what fits into an SMS."""
    list_threshold: int = 0
    """At most so many buttons are shown as buttons; above it, as the rows of a list."""
    row_title_limit: int = 0
    row_description_limit: int = 0


_TABLE: Final = (
    # https://www.twilio.com/docs/glossary/what-sms-character-limit: 1,600 characters, 320 advised.
    Capability(
        name="twilio-sms",
        text_limit=1600,
        advised_limit=320,
        buttons="numbered",
        max_buttons=20,
        button_title_limit=200,
        button_text_limit=1600,
        window_hours=None,
        opt_out_words=True,
        edits=False,
        deletes=False,
        statuses=True,
        templates=False,
        sources=False,
        gsm7=True,
    ),
    # https://www.twilio.com/docs/whatsapp/api: 1,600 characters; buttons need an approved template.
    Capability(
        name="twilio-whatsapp",
        text_limit=1600,
        advised_limit=1600,
        buttons="numbered",
        max_buttons=20,
        button_title_limit=200,
        button_text_limit=1600,
        window_hours=24,
        opt_out_words=False,
        edits=False,
        deletes=False,
        statuses=True,
        templates=True,
        sources=True,
        bold="asterisk",
    ),
    # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/: text 4,096;
    # three reply buttons of 20 characters, or a list of ten rows, on a body of 1,024.
    Capability(
        name="whatsapp",
        text_limit=4096,
        advised_limit=4096,
        buttons="list",
        max_buttons=10,
        button_title_limit=20,
        button_text_limit=1024,
        window_hours=24,
        opt_out_words=False,
        edits=True,
        deletes=True,
        statuses=True,
        templates=True,
        sources=True,
        bold="asterisk",
        list_threshold=3,
        row_title_limit=24,
        row_description_limit=72,
    ),
    # https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies
    Capability(
        name="messenger",
        text_limit=2000,
        advised_limit=2000,
        buttons="quick_replies",
        max_buttons=13,
        button_title_limit=20,
        button_text_limit=2000,
        window_hours=24,
        opt_out_words=False,
        edits=True,
        deletes=False,
        statuses=True,
        templates=False,
        sources=True,
    ),
    # https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api:
    # the limit is 1,000 bytes, not characters.
    Capability(
        name="instagram",
        text_limit=1000,
        advised_limit=1000,
        buttons="quick_replies",
        max_buttons=13,
        button_title_limit=20,
        button_text_limit=1000,
        window_hours=24,
        opt_out_words=False,
        edits=True,
        deletes=True,
        statuses=True,
        templates=False,
        sources=True,
        unit="bytes",
    ),
    # https://core.telegram.org/bots/api#sendmessage: 4,096 after the markup is read; callback_data of 64
    # bytes. A button may be longer than 40 characters, but a phone would not show it.
    Capability(
        name="telegram",
        text_limit=4096,
        advised_limit=4096,
        buttons="inline",
        max_buttons=20,
        button_title_limit=40,
        button_text_limit=4096,
        window_hours=None,
        opt_out_words=False,
        edits=True,
        deletes=False,
        statuses=False,
        templates=False,
        sources=True,
        bold="html",
    ),
    # The limits of our own format; see `gateway.channels.webhook`.
    Capability(
        name="webhook",
        text_limit=4000,
        advised_limit=4000,
        buttons="quick_replies",
        max_buttons=20,
        button_title_limit=200,
        button_text_limit=4000,
        window_hours=None,
        opt_out_words=False,
        edits=True,
        deletes=True,
        statuses=True,
        templates=False,
        sources=True,
    ),
)

CAPABILITIES: Final[Mapping[Channel, Capability]] = MappingProxyType({row.name: row for row in _TABLE})


def length(text: str, unit: Unit) -> int:
    """How long the platform finds ``text``."""
    return len(text.encode("utf-8")) if unit == "bytes" else len(text.encode("utf-16-le")) // 2
