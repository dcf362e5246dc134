"""Meta's Graph API for WhatsApp, Messenger and Instagram, and the webhooks of the three.

https://developers.facebook.com/documentation/business-messaging/whatsapp/
https://developers.facebook.com/docs/messenger-platform/
https://developers.facebook.com/documentation/instagram-platform/
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.platforms.server import Event, Fault, Platform

APP_SECRET = "1dd3e7a6f1b94b0c9f3f2f6b7a5c4d3e"
VERIFY_TOKEN = "a word that the clinic chose"
TOKEN = "EAAGm0PX4ZCpsBAKexample"
PHONE_ID = "106540352242922"
PAGE_ID = "437218563001234"
INSTAGRAM_ID = "17841405309211844"
PERSON = "14155550177"
USER_ID = "US.13491208655302741918"
PSID = "6728931100458"
VERSION = "v26.0"


class Invalid(Exception):
    """A call that the documentation does not allow."""

    def __init__(self, message: str, code: int = 100, subcode: int | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.subcode, self.status = code, subcode, status


def _need(condition: object, message: str) -> None:
    if not condition:
        raise Invalid(f"(#100) {message}")


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class Meta(Platform):
    """One app with a WhatsApp number, a Page and an Instagram account."""

    def reset(self) -> None:
        super().reset()
        self.closed: set[str] = set()
        """Whose window for free text has passed."""
        self.gone: set[str] = set()
        """Who cannot be reached."""
        self.templates = {"please_write_again"}
        self._ids = itertools.count(1)

    def routes(self) -> list[Route]:
        return [
            Route("/{version}/{id}/messages", self._create, methods=["POST"]),
            Route("/{version}/{id}", self._read, methods=["GET"]),
        ]

    # What it sends

    def signed(self, payload: Any, *, secret: str = APP_SECRET) -> Event:
        """A signed request. Meta escapes what is not ASCII, with small letters, and also slashes."""
        body = json.dumps(payload).replace("/", "\\/").encode()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        return Event(body, headers)

    def handshake(self, token: str = VERIFY_TOKEN, challenge: str = "1158201444") -> str:
        """The query of the GET that checks the address."""
        return f"?hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={token.replace(' ', '+')}"

    def whatsapp(self, *messages: dict[str, Any], phone_id: str = PHONE_ID, **value: Any) -> dict[str, Any]:
        """A WhatsApp webhook with these messages."""
        contacts = [{"profile": {"name": "A person"}, "wa_id": PERSON, "user_id": USER_ID}]
        whole = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "14155550133", "phone_number_id": phone_id},
            **({"contacts": contacts, "messages": list(messages)} if messages else {}),
            **value,
        }
        change = {"value": whole, "field": "messages"}
        entry = {"id": "102290129340398", "changes": [change]}
        return {"object": "whatsapp_business_account", "entry": [entry]}

    def message(self, type_: str, content: Any, sender: str = PERSON, **more: Any) -> dict[str, Any]:
        """One WhatsApp message."""
        return {
            "from": sender,
            "id": f"wamid.HBgL{next(self._ids):016X}",
            "timestamp": "1795420800",
            "type": type_,
            type_: content,
            **more,
        }

    def text(self, text: str, sender: str = PERSON, **more: Any) -> Event:
        return self.signed(self.whatsapp(self.message("text", {"body": text}, sender, **more)))

    def pressed(self, token: str, title: str, sender: str = PERSON, kind: str = "button_reply") -> Event:
        content = {"type": kind, kind: {"id": token, "title": title}}
        return self.signed(self.whatsapp(self.message("interactive", content, sender)))

    def whatsapp_status(self, message_id: str, status: str, **more: Any) -> Event:
        row = {
            "id": message_id,
            "status": status,
            "timestamp": "1795420805",
            "recipient_id": PERSON,
            "recipient_user_id": USER_ID,
            **more,
        }
        return self.signed(self.whatsapp(statuses=[row]))

    def page(
        self, *events: dict[str, Any], instagram: bool = False, key: str = "messaging"
    ) -> dict[str, Any]:
        """A Messenger or Instagram webhook with these events."""
        account = INSTAGRAM_ID if instagram else PAGE_ID
        entry = {"id": account, "time": 1795420800123, key: list(events)}
        return {"object": "instagram" if instagram else "page", "entry": [entry]}

    def happened(self, *, sender: str = PSID, instagram: bool = False, **what: Any) -> dict[str, Any]:
        """One event of a Messenger or Instagram webhook."""
        account = INSTAGRAM_ID if instagram else PAGE_ID
        return {
            "sender": {"id": sender},
            "recipient": {"id": account},
            "timestamp": 1795420800000 + next(self._ids),
            **what,
        }

    def mid(self) -> str:
        return f"m_{next(self._ids):024d}"

    def page_text(self, text: str, *, sender: str = PSID, instagram: bool = False, **more: Any) -> Event:
        message = {"mid": self.mid(), "text": text, **more}
        event = self.happened(sender=sender, instagram=instagram, message=message)
        return self.signed(self.page(event, instagram=instagram))

    # What it takes

    def rate_limited(self, fault: Fault, headers: dict[str, str]) -> Response:
        error = fault.body or {
            "message": "(#130429) Rate limit hit",
            "type": "OAuthException",
            "code": 130429,
        }
        return JSONResponse({"error": error}, 429, headers)

    def _error(self, invalid: Invalid) -> Response:
        self.refuse(f"{invalid.code} {invalid}")
        error = {"message": str(invalid), "type": "OAuthException", "code": invalid.code, "fbtrace_id": "A1b"}
        if invalid.subcode:
            error["error_subcode"] = invalid.subcode
        return JSONResponse({"error": error}, invalid.status)

    def _checked(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Invalid("Invalid OAuth access token.", 190, status=401)
        if request.path_params["version"] != VERSION:
            raise Invalid("An unknown version", 2635)

    async def _create(self, request: Request) -> Response:
        return await self.guarded(request, self._take)

    async def _take(self, request: Request) -> Response:
        try:
            self._checked(request)
            body = await request.json()
            match request.path_params["id"]:
                case "106540352242922":
                    return self._whatsapp(body)
                case "437218563001234":
                    return self._page(body, 2000, _length)
                case "17841405309211844":
                    return self._page(body, 1000, lambda text: len(text.encode()))
            raise Invalid("Unsupported post request", 100, 33)
        except Invalid as invalid:
            return self._error(invalid)

    async def _read(self, request: Request) -> Response:
        try:
            self._checked(request)
        except Invalid as invalid:
            return self._error(invalid)
        match request.path_params["id"]:
            case "106540352242922":
                return JSONResponse({"display_phone_number": "+1 415-555-0133", "verified_name": "Clinic"})
            case "437218563001234":
                return JSONResponse({"name": "Clinic", "id": PAGE_ID})
            case _:
                return JSONResponse({"username": "clinic.example", "id": INSTAGRAM_ID})

    def _whatsapp(self, body: dict[str, Any]) -> Response:
        _need(body.get("messaging_product") == "whatsapp", "messaging_product is required")
        to = body.get("recipient") or body.get("to") or ""
        if "recipient" in body:
            _need(re.fullmatch(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}", to), "recipient is no user id")
        else:
            _need(re.fullmatch(r"\+?[0-9]{7,15}", to), "to is no telephone number")
        _need(len(body.get("biz_opaque_callback_data", "")) <= 512, "biz_opaque_callback_data is too long")
        if to in self.gone:
            raise Invalid("(#131026) Message undeliverable", 131026)
        match body.get("type"):
            case "template":
                _need(body["template"]["name"] in self.templates, "there is no such template")
                _need(body["template"]["language"]["code"] == "en_US", "there is no such translation")
            case "text":
                self._open(to)
                _need(0 < _length(body["text"]["body"]) <= 4096, "text.body has at most 4096 characters")
            case "interactive":
                self._open(to)
                self._interactive(body["interactive"])
            case other:
                raise Invalid(f"(#100) unknown type {other}")
        message_id = f"wamid.HBgL{next(self._ids):016X}"
        self.messages.append({**body, "recipient_id": to, "message_id": message_id})
        answer = {"messaging_product": "whatsapp", "messages": [{"id": message_id}]}
        return JSONResponse({**answer, "contacts": [{"input": to, "wa_id": to}]})

    def _open(self, to: str) -> None:
        if to in self.closed:
            raise Invalid("(#131047) Re-engagement message", 131047)

    def _interactive(self, interactive: dict[str, Any]) -> None:
        _need(0 < _length(interactive["body"]["text"]) <= 1024, "body.text has at most 1024 characters")
        action = interactive["action"]
        if interactive["type"] == "button":
            replies = [button["reply"] for button in action["buttons"]]
            _need(all(button["type"] == "reply" for button in action["buttons"]), "type must be reply")
            _need(1 <= len(replies) <= 3, "1 to 3 buttons")
            rows, limit, id_limit = replies, 20, 256
        else:
            _need(interactive["type"] == "list", "unknown interactive type")
            _need(0 < _length(action["button"]) <= 20, "action.button has at most 20 characters")
            rows = [row for section in action["sections"] for row in section["rows"]]
            _need(1 <= len(rows) <= 10, "1 to 10 rows")
            _need(all(_length(row.get("description", "")) <= 72 for row in rows), "description is too long")
            limit, id_limit = 24, 200
        _need(all(0 < _length(row["title"]) <= limit for row in rows), f"a title has at most {limit}")
        _need(all(0 < len(row["id"]) <= id_limit for row in rows), "an id is too long")
        _need(len({row["id"] for row in rows}) == len(rows), "ids must differ")
        if interactive["type"] == "button":
            _need(len({row["title"] for row in rows}) == len(rows), "titles must differ")

    def _page(self, body: dict[str, Any], limit: int, measure: Any) -> Response:
        to = body["recipient"]["id"]
        _need(body.get("messaging_type") == "RESPONSE", "messaging_type is required")
        if to in self.gone:
            raise Invalid("(#551) This person isn't available right now.", 551, 1545041)
        if to in self.closed:
            raise Invalid("(#10) This message is sent outside of allowed window.", 10, 2018278)
        message = body["message"]
        _need(0 < measure(message["text"]) <= limit, f"message.text has at most {limit}")
        _need(len(message.get("metadata", "")) <= 1000, "metadata is too long")
        replies = message.get("quick_replies", [])
        _need(len(replies) <= 13, "at most 13 quick replies")
        for reply in replies:
            _need(reply["content_type"] == "text", "content_type")
            _need(0 < _length(reply["title"]) <= 20, "a title has at most 20 characters")
            _need(0 < len(reply["payload"]) <= 1000, "payload is too long")
        message_id = self.mid()
        self.messages.append({**body, "recipient_id": to, "message_id": message_id})
        return JSONResponse({"recipient_id": to, "message_id": message_id})
