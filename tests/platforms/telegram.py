"""Telegram's Bot API.

https://core.telegram.org/bots/api
"""

from __future__ import annotations

import html
import itertools
import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.platforms.server import Event, Fault, Platform

TOKEN = "110201543:NoBotHasThisTokenItIsOnlyForTests0"
SECRET = "a-secret_that-the-clinic-chose"
PERSON = 1111111

_TAG = re.compile(r"</?[a-z]+[^>]*>")
_ALLOWED = re.compile(r"</?b>")


class Telegram(Platform):
    """One bot."""

    def reset(self) -> None:
        super().reset()
        self.blocked: set[int] = set()
        self.acknowledged: list[str] = []
        self.left: list[int] = []
        self.hook: dict[str, Any] = {"url": "", "pending_update_count": 0}
        self._ids = itertools.count(1)

    def routes(self) -> list[Route]:
        return [Route("/bot{token}/{method}", self._called, methods=["POST"])]

    # What it sends

    def event(self, update: dict[str, Any], *, secret: str | None = SECRET) -> Event:
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        return Event(json.dumps(update).encode(), headers)

    def update(self, **what: Any) -> dict[str, Any]:
        return {"update_id": 10000 + next(self._ids), **what}

    def message(self, chat: int = PERSON, kind: str = "private", **content: Any) -> dict[str, Any]:
        return {
            "message_id": 1300 + next(self._ids),
            "from": {"id": PERSON, "is_bot": False, "first_name": "A", "language_code": "en"},
            "chat": {"id": chat, "type": kind, "first_name": "A"},
            "date": 1795420800,
            **content,
        }

    def text(self, text: str, chat: int = PERSON) -> Event:
        return self.event(self.update(message=self.message(chat, text=text)))

    def pressed(self, token: str, title: str, chat: int = PERSON) -> Event:
        keyboard = {"inline_keyboard": [[{"text": title, "callback_data": token}]]}
        message = self.message(chat, text="A question", reply_markup=keyboard)
        message["from"] = {"id": 110201543, "is_bot": True, "first_name": "Clinic"}
        query = {
            "id": f"query-{next(self._ids)}",
            "from": {"id": chat, "is_bot": False, "first_name": "A"},
            "message": message,
            "chat_instance": "-42",
            "data": token,
        }
        return self.event(self.update(callback_query=query))

    # What it takes

    def rate_limited(self, fault: Fault, headers: dict[str, str]) -> Response:
        seconds = int(fault.retry_after or 1)
        return self._error(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})

    def _error(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> Response:
        self.refuse(f"{code} {description}")
        body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
        if parameters:
            body["parameters"] = parameters
        return JSONResponse(body, code)

    async def _called(self, request: Request) -> Response:
        if request.path_params["token"] != TOKEN:
            return self._error(404, "Not Found")
        return await self.guarded(request, self._take)

    async def _take(self, request: Request) -> Response:
        body = await request.json()
        match request.path_params["method"]:
            case "sendMessage":
                return self._send(body)
            case "answerCallbackQuery":
                self.acknowledged.append(body["callback_query_id"])
                return self._yes(True)
            case "leaveChat":
                self.left.append(body["chat_id"])
                return self._yes(True)
            case "setWebhook":
                if not re.fullmatch("[A-Za-z0-9_-]{1,256}", body.get("secret_token", "")):
                    return self._error(400, "Bad Request: secret token contains unallowed characters")
                self.hook = {"url": body["url"], "pending_update_count": 0, **body}
                return self._yes(True)
            case "getWebhookInfo":
                return self._yes({key: value for key, value in self.hook.items() if key != "secret_token"})
            case "getMe":
                return self._yes({"id": 110201543, "is_bot": True, "username": "clinic_bot"})
        return self._error(404, "Not Found: method not found")

    def _yes(self, result: Any) -> Response:
        return JSONResponse({"ok": True, "result": result})

    def _send(self, body: dict[str, Any]) -> Response:
        chat, text = body.get("chat_id"), body.get("text", "")
        if not isinstance(chat, int):
            return self._error(400, "Bad Request: chat not found")
        if chat in self.blocked:
            return self._error(403, "Forbidden: bot was blocked by the user")
        if body.get("parse_mode") == "HTML":
            if any(not _ALLOWED.fullmatch(tag) for tag in _TAG.findall(text)) or _stray(text):
                return self._error(400, "Bad Request: can't parse entities")
            text = html.unescape(_TAG.sub("", text))
        if not text.strip():
            return self._error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return self._error(400, "Bad Request: message is too long")
        for row in body.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if not 1 <= len(button["callback_data"].encode()) <= 64:
                    return self._error(400, "Bad Request: BUTTON_DATA_INVALID")
        message_id = 1300 + next(self._ids)
        self.messages.append({**body, "shown": text, "message_id": message_id})
        return self._yes({"message_id": message_id, "chat": {"id": chat, "type": "private"}, "text": text})


def _stray(text: str) -> bool:
    bare = _TAG.sub("", text)
    return "<" in bare or bool(re.search(r"&(?!(?:lt|gt|amp|quot);)", bare))
