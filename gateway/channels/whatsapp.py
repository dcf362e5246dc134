"""WhatsApp Cloud API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import SecretStr

from gateway.channels import reading
from gateway.channels.adapter import Call, given
from gateway.channels.meta import MetaAdapter, own_errors
from gateway.channels.types import Choice, Inbound, Outbound, Status

_MEDIA: Final = frozenset({"image", "video", "document"})
# What people and the platform do that is not said to us.
_EVENTS: Final = frozenset({"reaction", "system", "errors"})
_STATUSES: Final[Mapping[str, Status]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
_USER_ID: Final = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,132}")
"""A business-scoped user id, which stands for a person who shows no telephone number."""


class WhatsApp(MetaAdapter):
    """A number of the WhatsApp Business Platform."""

    channel = "whatsapp"
    platform = "whatsapp"
    webhook_object = "whatsapp_business_account"

    @property
    def account(self) -> str:
        return given(self.settings.whatsapp_phone_id)

    @property
    def token(self) -> SecretStr | None:
        return self.settings.whatsapp_token

    @property
    def can_send_template(self) -> bool:
        return self.settings.whatsapp_template is not None

    def parse(self, body: bytes) -> list[Inbound]:
        return list(self._events(body))

    def _events(self, body: bytes) -> Iterator[Inbound]:
        for entry in self.entries(body):
            for change in map(reading.mapping, reading.items(entry.get("changes"))):
                value = reading.mapping(change.get("value"))
                metadata = reading.mapping(value.get("metadata"))
                if reading.identifier(metadata.get("phone_number_id")) != self.account:
                    continue
                if change.get("field") == "messages":
                    contacts = _contacts(value.get("contacts"))
                    for message in map(reading.mapping, reading.items(value.get("messages"))):
                        yield from self._message(message, contacts)
                    for status in map(reading.mapping, reading.items(value.get("statuses"))):
                        yield from self._status(status)
                elif change.get("field") == "smb_message_echoes":
                    for echo in map(reading.mapping, reading.items(value.get("message_echoes"))):
                        yield from self._echo(echo)

    def _message(self, message: Mapping[str, Any], contacts: Mapping[str, str]) -> Iterator[Inbound]:
        message_id = reading.identifier(message.get("id"))
        phone = reading.identifier(message.get("from"))
        user_id = reading.identifier(message.get("from_user_id")) or contacts.get(phone or "")
        sender = phone or user_id
        if message_id is None or sender is None:
            return
        group = reading.identifier(message.get("group_id"))
        found = Inbound(
            channel=self.channel,
            account=self.account,
            sender=group or sender,
            message_id=message_id,
            at=reading.moment(message.get("timestamp")),
            user_id=user_id if user_id != sender and not group else None,
        )
        found = replace(found, **_content(message))
        yield replace(found, kind="group") if group else found

    def _status(self, status: Mapping[str, Any]) -> Iterator[Inbound]:
        message_id = reading.identifier(status.get("id"))
        recipient = reading.identifier(status.get("recipient_id")) or reading.identifier(
            status.get("recipient_user_id")
        )
        name = reading.identifier(status.get("status"))
        known = _STATUSES.get(name or "")
        if message_id is None or recipient is None or known is None:
            return
        yield Inbound(
            channel=self.channel,
            account=self.account,
            sender=recipient,
            message_id=f"{message_id}:{name}",
            kind="status",
            at=reading.moment(status.get("timestamp")),
            refers_to=message_id,
            status=known,
            error=own_errors(status.get("errors")),
            outbound_id=reading.button_token(status.get("biz_opaque_callback_data")),
        )

    def _echo(self, echo: Mapping[str, Any]) -> Iterator[Inbound]:
        message_id = reading.identifier(echo.get("id"))
        recipient = reading.identifier(echo.get("to")) or reading.identifier(echo.get("to_user_id"))
        if message_id is None or recipient is None:
            return
        yield Inbound(self.channel, self.account, recipient, message_id, "echo")

    @property
    def messages_path(self) -> str:
        return f"{self.account}/messages"

    def call(self, outbound: Outbound) -> Call:
        # A user id in the field "to" would be taken for a telephone number: accepted, and never delivered.
        to = "recipient" if _USER_ID.fullmatch(outbound.recipient) else "to"
        return self.post(
            {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                to: outbound.recipient,
                **self._content(outbound),
                "biz_opaque_callback_data": outbound.id,
            }
        )

    def _content(self, outbound: Outbound) -> dict[str, object]:
        if outbound.template:
            language = {"code": self.settings.whatsapp_template_language}
            template = {"name": given(self.settings.whatsapp_template), "language": language}
            return {"type": "template", "template": template}
        if not outbound.buttons:
            return {"type": "text", "text": {"body": outbound.text, "preview_url": False}}
        return {"type": "interactive", "interactive": self._interactive(outbound)}

    def _interactive(self, outbound: Outbound) -> dict[str, object]:
        body = {"text": outbound.text}
        if not outbound.listed:
            buttons = [
                {"type": "reply", "reply": {"id": button.token, "title": button.shown}}
                for button in outbound.buttons
            ]
            return {"type": "button", "body": body, "action": {"buttons": buttons}}
        action = {
            "button": self.texts.parts.open_list,
            "sections": [{"rows": [self._row(button) for button in outbound.buttons]}],
        }
        return {"type": "list", "body": body, "action": action}

    def _row(self, button: Choice) -> dict[str, str]:
        row = {"id": button.token, "title": button.shown}
        if button.shown != button.title:
            row["description"] = button.title[: self.capability.row_description_limit]
        return row

    def sent_id(self, answer: Mapping[str, Any]) -> str | None:
        for message in reading.items(answer.get("messages")):
            return reading.identifier(reading.mapping(message).get("id"))
        return None

    @property
    def check_path(self) -> str:
        return f"{self.account}?fields=display_phone_number,verified_name,quality_rating"

    def describe(self, answer: Mapping[str, Any]) -> str:
        return f"the number is {answer.get('display_phone_number')} ({answer.get('verified_name')})"

    def steps(self) -> tuple[str, ...]:
        return (
            "In Meta's App Dashboard open WhatsApp > Configuration > Webhook > Edit.",
            f"Callback URL: {self.address}",
            "Verify token: the value of NEEDLEWISE_META_VERIFY_TOKEN. Verify and save.",
            "Under Webhook fields subscribe to messages.",
        )


def _contacts(value: object) -> dict[str, str]:
    """The user ids of the post's people by their telephone numbers."""
    found = {}
    for contact in map(reading.mapping, reading.items(value)):
        phone, user_id = reading.identifier(contact.get("wa_id")), reading.identifier(contact.get("user_id"))
        if user_id:
            found[phone or ""] = user_id
    return found


def _content(message: Mapping[str, Any]) -> dict[str, Any]:
    """What the message says, as fields of an Inbound."""
    type_ = reading.identifier(message.get("type")) or "unknown"
    content = reading.mapping(message.get(type_))
    match type_:
        case "text":
            return _said(content.get("body"), or_else="empty")
        case "interactive":
            reply = reading.mapping(content.get("button_reply") or content.get("list_reply"))
            return _said(reply.get("title"), reply.get("id"), or_else="interactive")
        case "button":
            return _said(content.get("text"), content.get("payload"), or_else="button")
        case "request_welcome":
            return {"keyword": "start"}
        case "edit":
            edited = reading.mapping(content.get("message"))
            text = reading.words(reading.mapping(edited.get("text")).get("body")) or _caption(edited)
            return {"kind": "edit", "text": text, "refers_to": _original(content)}
        case "revoke":
            return {"kind": "delete", "refers_to": _original(content)}
        case "unsupported":
            return {"unsupported": reading.identifier(content.get("type")) or "unknown"}
    if type_ in _MEDIA:
        return {"media": 1, "text": reading.words(content.get("caption"))}
    return {"kind": "event"} if type_ in _EVENTS else {"unsupported": type_}


def _said(text: object, token: object = None, *, or_else: str) -> dict[str, Any]:
    said, pressed = reading.words(text), reading.button_token(token)
    return {"text": said, "button_token": pressed, "unsupported": None if said or pressed else or_else}


def _original(content: Mapping[str, Any]) -> str | None:
    return reading.identifier(content.get("original_message_id"))


def _caption(message: Mapping[str, Any]) -> str | None:
    for type_ in _MEDIA:
        caption = reading.words(reading.mapping(message.get(type_)).get("caption"))
        if caption:
            return caption
    return None
