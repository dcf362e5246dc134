"""Facebook Messenger, and what Instagram's messages share with it.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import SecretStr

from gateway.channels import reading
from gateway.channels.adapter import Call, given
from gateway.channels.meta import MetaAdapter
from gateway.channels.types import Inbound, Outbound

GET_STARTED: Final = "GET_STARTED"
"""The payload of Messenger's Get Started button, set in the Page's Messenger profile."""
_MEDIA: Final = frozenset({"image", "video", "file", "ig_reel", "reel", "media"})
_SPOKEN: Final = "audio"


class MessengerAdapter(MetaAdapter):
    """An account whose webhooks have ``entry[].messaging[]``."""

    def parse(self, body: bytes) -> list[Inbound]:
        return list(self._events(body))

    def _events(self, body: bytes) -> Iterator[Inbound]:
        for entry in self.entries(body):
            if reading.identifier(entry.get("id")) != self.account:
                continue
            # What is under "standby" is another app's to answer.
            for event in map(reading.mapping, reading.items(entry.get("messaging"))):
                yield from self._event(event)

    def _event(self, event: Mapping[str, Any]) -> Iterator[Inbound]:
        sender = reading.identifier(reading.mapping(event.get("sender")).get("id"))
        if sender is None:
            return
        if "message" in event:
            yield from self._message(event, reading.mapping(event["message"]), sender)
        elif "postback" in event:
            yield from self._postback(event, reading.mapping(event["postback"]), sender)
        elif "message_edit" in event:
            yield from self._edit(event, reading.mapping(event["message_edit"]), sender)
        elif "delivery" in event:
            yield from self._delivered(event, reading.mapping(event["delivery"]), sender)

    def _message(
        self, event: Mapping[str, Any], message: Mapping[str, Any], sender: str
    ) -> Iterator[Inbound]:
        message_id = reading.identifier(message.get("mid"))
        if message_id is None:
            return
        if message.get("is_echo") or sender == self.account:
            recipient = reading.identifier(reading.mapping(event.get("recipient")).get("id"))
            if recipient:
                outbound_id = reading.button_token(message.get("metadata"))
                yield Inbound(
                    self.channel, self.account, recipient, message_id, "echo", outbound_id=outbound_id
                )
            return
        if message.get("is_deleted"):
            yield self._inbound(event, sender, f"{message_id}:deleted", kind="delete", refers_to=message_id)
            return
        kinds = [
            reading.identifier(reading.mapping(item).get("type")) or "unknown"
            for item in reading.items(message.get("attachments"))
        ]
        media = sum(kind in _MEDIA for kind in kinds)
        text = reading.words(message.get("text"))
        unsupported = _SPOKEN if _SPOKEN in kinds else None
        if message.get("is_unsupported"):
            unsupported = "unknown"
        elif text is None and media == 0:
            unsupported = kinds[0] if kinds else "empty"
        quick_reply = reading.mapping(message.get("quick_reply"))
        yield self._inbound(
            event,
            sender,
            message_id,
            text=text,
            button_token=reading.button_token(quick_reply.get("payload")),
            media=media,
            unsupported=unsupported,
        )

    def _postback(
        self, event: Mapping[str, Any], postback: Mapping[str, Any], sender: str
    ) -> Iterator[Inbound]:
        message_id = reading.identifier(postback.get("mid"))
        if message_id is None:
            # Older versions send none; a person cannot press two buttons in one millisecond.
            moment = reading.identifier(event.get("timestamp"))
            if moment is None:
                return
            message_id = f"postback:{sender}:{moment}"[: reading.MAX_ID]
        payload = postback.get("payload")
        started = payload == GET_STARTED
        yield self._inbound(
            event,
            sender,
            message_id,
            text=reading.words(postback.get("title")),
            button_token=None if started else reading.button_token(payload),
            keyword="start" if started else None,
        )

    def _edit(self, event: Mapping[str, Any], edit: Mapping[str, Any], sender: str) -> Iterator[Inbound]:
        original = reading.identifier(edit.get("mid"))
        if original is None:
            return
        number = reading.identifier(edit.get("num_edit")) or reading.identifier(event.get("timestamp")) or ""
        yield self._inbound(
            event,
            sender,
            f"{original}:edit:{number}",
            kind="edit",
            text=reading.words(edit.get("text")),
            refers_to=original,
        )

    def _delivered(
        self, event: Mapping[str, Any], delivery: Mapping[str, Any], sender: str
    ) -> Iterator[Inbound]:
        for mid in map(reading.identifier, reading.items(delivery.get("mids"))):
            if mid is not None:
                yield self._inbound(
                    event,
                    sender,
                    f"{mid}:delivered",
                    kind="status",
                    refers_to=mid,
                    status="delivered",
                )

    def _inbound(self, event: Mapping[str, Any], sender: str, message_id: str, **fields: Any) -> Inbound:
        at = reading.moment(event.get("timestamp"), milliseconds=True)
        return Inbound(self.channel, self.account, sender, message_id, at=at, **fields)

    @property
    def messages_path(self) -> str:
        return f"{self.account}/messages"

    def call(self, outbound: Outbound) -> Call:
        message: dict[str, object] = {"text": outbound.text, "metadata": outbound.id}
        if outbound.buttons:
            message["quick_replies"] = [
                {"content_type": "text", "title": button.shown, "payload": button.token}
                for button in outbound.buttons
            ]
        return self.post(
            {
                "recipient": {"id": outbound.recipient},
                "messaging_type": "RESPONSE",
                "message": message,
            }
        )

    def sent_id(self, answer: Mapping[str, Any]) -> str | None:
        return reading.identifier(answer.get("message_id"))


class Messenger(MessengerAdapter):
    """A Facebook Page."""

    channel = "messenger"
    platform = "messenger"
    webhook_object = "page"

    @property
    def account(self) -> str:
        return given(self.settings.messenger_page_id)

    @property
    def token(self) -> SecretStr | None:
        return self.settings.messenger_token

    @property
    def check_path(self) -> str:
        return f"{self.account}?fields=name"

    def describe(self, answer: Mapping[str, Any]) -> str:
        return f"the Page is {answer.get('name')}"

    def steps(self) -> tuple[str, ...]:
        return (
            "In Meta's App Dashboard open Messenger > Messenger API settings > Configure webhooks.",
            f"Callback URL: {self.address}",
            "Verify token: the value of NEEDLEWISE_META_VERIFY_TOKEN. Verify and save.",
            "Subscribe the Page to messages, messaging_postbacks, message_echoes, message_edits and "
            "message_deliveries.",
            f"Set the Page's Get Started button with the payload {GET_STARTED}.",
        )
