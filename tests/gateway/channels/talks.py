"""A person who writes on a channel to a running gateway, and what they read there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import httpx

from gateway.app import create_app
from gateway.channels.capabilities import Channel
from gateway.channels.settings import ChannelSettings
from tests.gateway.channels.conftest import ALL, RECIPIENTS, addresses
from tests.gateway.chat import Gateway, wait_until
from tests.platforms import meta, receiver, telegram, twilio
from tests.platforms.server import Event, Platform

_NEEDED: dict[str, tuple[str, ...]] = {
    "twilio-sms": ("twilio_account_sid", "twilio_auth_token", "twilio_sms_from"),
    "twilio-whatsapp": (
        "twilio_account_sid",
        "twilio_auth_token",
        "twilio_whatsapp_from",
        "twilio_whatsapp_template",
    ),
    "whatsapp": (
        "meta_app_secret",
        "meta_verify_token",
        "whatsapp_phone_id",
        "whatsapp_token",
        "whatsapp_template",
    ),
    "messenger": ("meta_app_secret", "meta_verify_token", "messenger_page_id", "messenger_token"),
    "instagram": ("meta_app_secret", "meta_verify_token", "instagram_id", "instagram_token"),
    "telegram": ("telegram_token", "telegram_secret"),
    "webhook": ("webhook_url", "webhook_secret"),
}


@dataclass(frozen=True)
class Read:
    """One message as the person sees it, and the buttons under it by their words."""

    recipient: str
    text: str
    buttons: dict[str, str]


def settings_of(channel: Channel, played: Platform) -> dict[str, Any]:
    """The values of `ChannelSettings` that turn on this channel alone, at its stand-in."""
    values = {name: ALL[name] for name in ("public_url", *_NEEDED[channel])}
    return values | addresses(played)


def other(channel: Channel, number: int) -> str:
    """Another person on the channel."""
    match channel:
        case "twilio-sms" | "twilio-whatsapp":
            return f"+141555{50000 + number}"
        case "whatsapp":
            return f"141555{50000 + number}"
        case "webhook":
            return f"visitor-{number}"
    return str(7000000 + number)


def bare(channel: Channel) -> str:
    """The person of most tests, as the stand-in wants them named."""
    return RECIPIENTS[channel].removeprefix("whatsapp:")


def said(channel: Channel, played: Any, text: str, sender: str | None = None) -> Event:
    """A person's text as the platform tells it."""
    who = sender or bare(channel)
    if isinstance(played, meta.Meta):
        if channel == "whatsapp":
            contact = [{"wa_id": who}]
            return played.signed(
                played.whatsapp(played.message("text", {"body": text}, who), contacts=contact)
            )
        return played.page_text(text, sender=who, instagram=channel == "instagram")
    if isinstance(played, telegram.Telegram):
        return played.text(text, int(who))
    assert isinstance(played, twilio.Twilio | receiver.Receiver)
    return played.text(text, who)


_PRESSES = itertools.count(1)


def pressed(channel: Channel, played: Any, token: str, title: str, sender: str | None = None) -> Event:
    """A pressed button as the platform tells it; on a channel without buttons, its words."""
    who = sender or bare(channel)
    if isinstance(played, meta.Meta):
        if channel == "whatsapp":
            content = {"type": "button_reply", "button_reply": {"id": token, "title": title}}
            message = played.message("interactive", content, who)
            return played.signed(played.whatsapp(message, contacts=[{"wa_id": who}]))
        quick_reply = {"payload": token}
        return played.page_text(title, sender=who, instagram=channel == "instagram", quick_reply=quick_reply)
    if isinstance(played, telegram.Telegram):
        return played.pressed(token, title, int(who))
    if isinstance(played, receiver.Receiver):
        return played.event({"id": f"press-{next(_PRESSES)}", "sender": who, "button": token, "text": title})
    return said(channel, played, title, sender)


def seen(played: Any) -> list[Read]:
    """All that was sent to people, in the order in which the platform took it."""
    return [as_read(message) for message in played.messages]


def as_read(message: dict[str, Any]) -> Read:
    """What the person sees of a call that a stand-in took."""
    if "chat_id" in message:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = {button["text"]: button["callback_data"] for row in rows for button in row}
        return Read(str(message["chat_id"]), message["shown"], buttons)
    if "sid" in message:
        return Read(message["to"].removeprefix("whatsapp:"), message["body"], {})
    if "messaging_product" in message:
        return _read_whatsapp(message)
    if "message" in message:
        content = message["message"]
        replies = content.get("quick_replies", [])
        return Read(
            message["recipient_id"],
            content["text"],
            {reply["title"]: reply["payload"] for reply in replies},
        )
    buttons = {button["title"]: button["token"] for button in message["buttons"]}
    return Read(message["recipient"], message["text"], buttons)


def _read_whatsapp(message: dict[str, Any]) -> Read:
    to = message["recipient_id"]
    if message["type"] == "text":
        return Read(to, message["text"]["body"], {})
    if message["type"] == "template":
        return Read(to, f"template {message['template']['name']}", {})
    action = message["interactive"]["action"]
    shown = [button["reply"] for button in action.get("buttons", [])]
    shown += [row for section in action.get("sections", []) for row in section["rows"]]
    return Read(to, message["interactive"]["body"]["text"], {one["title"]: one["id"] for one in shown})


class Talk:
    """One channel of a running gateway, and the people who write there."""

    def __init__(self, channel: Channel, played: Any, gateway: Gateway) -> None:
        self.channel = channel
        self.platform = played
        self.gateway = gateway

    def post(self, event: Event) -> httpx.Response:
        """What the gateway answers to the platform."""
        self.platform.target = f"{self.gateway.url}/channels/{self.channel}"
        response: httpx.Response = self.platform.post(event)
        return response

    def give(self, event: Event) -> None:
        response = self.post(event)
        assert response.status_code == 200, response.text

    def say(self, text: str, sender: str | None = None) -> None:
        self.give(said(self.channel, self.platform, text, sender))

    def press(self, title: str, sender: str | None = None) -> None:
        """Press the button with these words in what was sent last."""
        token = self.read()[-1].buttons[title]
        self.give(pressed(self.channel, self.platform, token, title, sender))

    def read(self, recipient: str | None = None) -> list[Read]:
        return [one for one in seen(self.platform) if recipient in (None, one.recipient)]

    def texts(self, recipient: str | None = None) -> list[str]:
        return [one.text for one in self.read(recipient)]

    def wait_for(self, text: str, seconds: float = 10) -> list[str]:
        """What was sent, as soon as ``text`` is in it."""
        wait_until(lambda: any(text in one for one in self.texts()), seconds)
        self.wait_idle(seconds)
        return self.texts()

    def wait_idle(self, seconds: float = 10) -> None:
        """Until all is worked on and all is sent."""
        wait_until(lambda: self.left() == 0, seconds)

    def left(self) -> int:
        """How much is not worked on or not sent yet."""
        return len(
            self.gateway.rows(
                "SELECT 1 FROM channel_inbound WHERE state = 'pending' UNION ALL "
                "SELECT 1 FROM channel_outbound WHERE state IN ('pending', 'sending', 'unknown')"
            )
        )

    def erase(self) -> None:
        """Erase every conversation, as the retention time does."""
        self.sql("DELETE FROM conversations")
        self.clear()

    def sql(self, statement: str) -> None:
        """Change what is stored, as time would."""
        connection = self.gateway.connect()
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(statement)
        connection.close()

    def states(self) -> list[tuple[str, str | None]]:
        """State and reason of each message to a person, in order."""
        return self.gateway.rows("SELECT state, reason FROM channel_outbound ORDER BY id")

    def clear(self) -> None:
        """Forget what was sent so far."""
        self.platform.messages.clear()


def gateway_with(channel: Channel, played: Platform, settings: Any, **changes: Any) -> Gateway:
    """A gateway, not started, on which this channel is on."""
    values = settings_of(channel, played) | changes

    def make() -> Any:
        return create_app(settings, channel_settings=ChannelSettings(**values))

    return Gateway(settings, make)
