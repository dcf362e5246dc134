"""Telegram's Bot API.

https://core.telegram.org/bots/api
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx

from gateway.channels import reading, sending
from gateway.channels.adapter import Adapter, Call, failed, secret
from gateway.channels.signatures import same
from gateway.channels.types import (
    Check,
    Forged,
    Inbound,
    Kind,
    Outbound,
    Permanent,
    Registration,
    SendError,
    SendResult,
    Temporary,
)

PLATFORM: Final = "telegram"
UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")
"""What Telegram is asked to tell."""

_MEDIA: Final = ("photo", "video", "document", "animation", "video_note", "live_photo")
_UNSUPPORTED: Final = (
    "voice",
    "audio",
    "sticker",
    "location",
    "venue",
    "contact",
    "poll",
    "dice",
    "game",
    "story",
    "paid_media",
    "checklist",
    "giveaway",
)
_COMMAND: Final = re.compile(
    r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]+)?(?:\s+(?P<rest>.*))?", re.DOTALL
)
_INTEGER: Final = re.compile("-?[0-9]{1,18}")
_GONE: Final = (
    "chat not found",
    "user is deactivated",
    "bot was blocked",
    "can't initiate",
    "peer_id_invalid",
)
_MEMBER: Final = frozenset({"member", "administrator"})


class Telegram(Adapter):
    """A Telegram bot."""

    channel = "telegram"

    @property
    def account(self) -> str:
        return secret(self.settings.telegram_token).partition(":")[0]

    def verify(self, headers: Mapping[str, str], body: bytes, url: str) -> None:
        given = headers.get("x-telegram-bot-api-secret-token", "")
        if not given or not same(given, secret(self.settings.telegram_secret)):
            raise Forged("the secret token is missing or wrong")

    def parse(self, body: bytes) -> list[Inbound]:
        return list(self._update(reading.json_object(body)))

    def _update(self, update: Mapping[str, Any]) -> Iterator[Inbound]:
        update_id = reading.identifier(update.get("update_id"))
        if update_id is None:
            return
        if "message" in update:
            yield from self._message(reading.mapping(update["message"]), None)
        elif "edited_message" in update:
            yield from self._message(reading.mapping(update["edited_message"]), update_id)
        elif "callback_query" in update:
            yield from self._pressed(reading.mapping(update["callback_query"]))
        elif "my_chat_member" in update:
            yield from self._member(reading.mapping(update["my_chat_member"]), update_id)

    def _message(self, message: Mapping[str, Any], edited_by: str | None) -> Iterator[Inbound]:
        chat = reading.mapping(message.get("chat"))
        chat_id, number = reading.identifier(chat.get("id")), reading.identifier(message.get("message_id"))
        if chat_id is None or number is None:
            return
        message_id = f"{chat_id}:{number}"
        if chat.get("type") != "private":
            yield Inbound(self.channel, self.account, chat_id, message_id, "group")
            return
        if reading.mapping(message.get("from")).get("is_bot") is True:
            yield Inbound(self.channel, self.account, chat_id, message_id, "echo")
            return
        fields = _content(message)
        if edited_by is not None:
            fields |= {"kind": "edit", "refers_to": message_id}
            message_id = f"{message_id}:edit:{edited_by}"
        at = reading.moment(message.get("edit_date" if edited_by else "date"))
        yield Inbound(self.channel, self.account, chat_id, message_id, at=at, **fields)

    def _pressed(self, query: Mapping[str, Any]) -> Iterator[Inbound]:
        query_id = reading.identifier(query.get("id"))
        message = reading.mapping(query.get("message"))
        chat = reading.mapping(message.get("chat"))
        sender = reading.identifier(chat.get("id")) or reading.identifier(
            reading.mapping(query.get("from")).get("id")
        )
        if query_id is None or sender is None:
            return
        data = query.get("data")
        yield Inbound(
            self.channel,
            self.account,
            sender,
            f"callback:{query_id}",
            kind="message" if chat.get("type") in ("private", None) else "group",
            text=_title(message, data),
            button_token=reading.button_token(data),
            interaction=query_id,
        )

    def _member(self, change: Mapping[str, Any], update_id: str) -> Iterator[Inbound]:
        chat = reading.mapping(change.get("chat"))
        chat_id = reading.identifier(chat.get("id"))
        if chat_id is None:
            return
        status = reading.mapping(change.get("new_chat_member")).get("status")
        joined = isinstance(status, str) and status in _MEMBER and chat.get("type") != "private"
        kind: Kind = "group" if joined else "event"
        yield Inbound(self.channel, self.account, chat_id, f"member:{update_id}", kind)

    def call(self, outbound: Outbound) -> Call:
        body: dict[str, object] = {
            "chat_id": _chat(outbound.recipient),
            "text": outbound.text,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if outbound.buttons:
            rows = [[{"text": button.shown, "callback_data": button.token}] for button in outbound.buttons]
            body["reply_markup"] = {"inline_keyboard": rows}
        return Call("POST", "sendMessage", json=body)

    async def send(self, client: httpx.AsyncClient, outbound: Outbound) -> SendResult:
        call = self.call(outbound)
        sent = reading.mapping(await self._request(client, call.path, call.json))
        number = reading.identifier(sent.get("message_id"))
        return SendResult(f"{outbound.recipient}:{number}" if number else None)

    async def acknowledge(self, client: httpx.AsyncClient, inbound: Inbound) -> None:
        if inbound.interaction is not None:
            with contextlib.suppress(SendError):
                await self._request(client, "answerCallbackQuery", {"callback_query_id": inbound.interaction})

    async def leave(self, client: httpx.AsyncClient, inbound: Inbound) -> None:
        with contextlib.suppress(SendError):
            await self._request(client, "leaveChat", {"chat_id": _chat(inbound.sender)})

    async def check(self, client: httpx.AsyncClient) -> Check:
        try:
            bot = reading.mapping(await self._request(client, "getMe"))
            hook = reading.mapping(await self._request(client, "getWebhookInfo"))
        except SendError as error:
            return failed(error)
        name = f"the bot is @{bot.get('username')}"
        if hook.get("url") != self.address:
            return Check(False, f"{name}; its webhook is not {self.address} yet")
        fault = hook.get("last_error_message")
        waiting = hook.get("pending_update_count", 0)
        detail = f"{name}; {waiting} updates are waiting"
        return Check(True, f"{detail}; the last fault was: {str(fault)[:200]}" if fault else detail)

    async def register(self, client: httpx.AsyncClient) -> Registration:
        await self._request(
            client,
            "setWebhook",
            {
                "url": self.address,
                "secret_token": secret(self.settings.telegram_secret),
                "allowed_updates": list(UPDATES),
            },
        )
        return Registration(True, (f"Telegram now calls {self.address}.",))

    async def _request(
        self, client: httpx.AsyncClient, method: str, body: Mapping[str, object] | None = None
    ) -> object:
        """The result of a method. Raises Permanent, Temporary or Unknown."""
        url = f"{self.settings.telegram_api_url}/bot{secret(self.settings.telegram_token)}/{method}"
        response = await sending.call(client, "POST", url, PLATFORM, json=body or {})
        if response.status_code < 300:
            said = sending.accepted(response, PLATFORM)
            if said.get("ok") is True:
                return said.get("result")
        _refuse(response)
        raise Permanent("refused", f"{PLATFORM} {response.status_code}")


def _content(message: Mapping[str, Any]) -> dict[str, Any]:
    """What the message says, as fields of an Inbound."""
    text = reading.words(message.get("text")) or reading.words(message.get("caption"))
    command = _COMMAND.fullmatch(text) if text else None
    if command:
        name = command["name"].lower()
        if name in ("start", "stop"):
            return {"keyword": name}
        # The slash is Telegram's; the words are the person's.
        return {"text": " ".join(filter(None, (name, command["rest"])))}
    media = int(any(key in message for key in _MEDIA))
    unsupported = next((key for key in _UNSUPPORTED if key in message), None)
    if text is None and not media and unsupported is None:
        # Something was pinned, a timer was set: nothing that was said to us.
        return {"kind": "event"} if "text" not in message else {"unsupported": "empty"}
    return {"text": text, "media": media, "unsupported": unsupported}


def _title(message: Mapping[str, Any], data: object) -> str | None:
    """The words of the button that was pressed, which stand in the message that it hangs on."""
    keyboard = reading.mapping(message.get("reply_markup")).get("inline_keyboard")
    for row in reading.items(keyboard):
        for button in map(reading.mapping, reading.items(row)):
            if data is not None and button.get("callback_data") == data:
                return reading.words(button.get("text"))
    return None


def _chat(recipient: str) -> int | str:
    return int(recipient) if _INTEGER.fullmatch(recipient) else recipient


def _refuse(response: httpx.Response) -> None:
    said = sending.answer(response)
    status = said.get("error_code")
    if not isinstance(status, int):
        sending.raise_for_status(response, PLATFORM)
        return
    code = f"{PLATFORM} {status}"
    description = str(said.get("description", "")).lower()
    if status == 429:
        wait = reading.mapping(said.get("parameters")).get("retry_after")
        seconds = float(wait) if isinstance(wait, int) and 0 <= wait < 10**9 else None
        raise Temporary(
            "rate_limit", code, retry_after=min(seconds, sending.MAX_RETRY_AFTER) if seconds else None
        )
    if status in (401, 404):
        # An address without a bot behind it is one with a wrong token.
        raise Temporary("credentials", code)
    if status == 403 or any(sign in description for sign in _GONE):
        raise Permanent("no_recipient", code)
    if status < 500:
        raise Permanent("refused", code)
    sending.raise_for_status(response, PLATFORM)
