"""Twilio: signs with its own library, takes messages as its documentation says.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import base64
import itertools
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from tests.platforms.server import Event, Fault, Platform

SID = "AC" + "0123456789abcdef" * 2
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
SMS_NUMBER = "+14155550132"
WHATSAPP_NUMBER = "+14155550133"
PERSON = "+14155550177"

_ADDRESS = re.compile(r"(whatsapp:)?(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})")


class Twilio(Platform):
    """One account with a number for SMS and one for WhatsApp."""

    def reset(self) -> None:
        super().reset()
        self.opted_out: set[str] = set()
        self.number = WHATSAPP_NUMBER if self.webhook.endswith("whatsapp") else SMS_NUMBER
        """The number that it writes from and to in its own requests."""
        self._ids = itertools.count(1)

    def routes(self) -> list[Route]:
        base = "/2010-04-01/Accounts/{sid}"
        return [
            Route(f"{base}/Messages.json", self._create, methods=["POST"]),
            Route(f"{base}/Messages.json", self._list, methods=["GET"]),
            Route(f"{base}.json", self._account, methods=["GET"]),
        ]

    # What it sends

    def event(self, fields: dict[str, str], *, token: str = TOKEN, url: str | None = None) -> Event:
        """A signed request with these form fields."""
        signature = RequestValidator(token).compute_signature(url or self.webhook, fields)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": f"token-{next(self._ids)}",
        }
        return Event(urlencode(fields).encode(), headers)

    def fields(self, text: str = "", sender: str = PERSON, **more: str) -> dict[str, str]:
        """The fields of an incoming message."""
        sid = f"SM{next(self._ids):032x}"
        prefix = "whatsapp:" if self.number == WHATSAPP_NUMBER else ""
        return {
            "ToCountry": "US",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": text,
            "FromCountry": "US",
            "To": prefix + self.number,
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": SID,
            "From": prefix + sender,
            "ApiVersion": "2010-04-01",
            **more,
        }

    def text(self, text: str, sender: str = PERSON, **more: str) -> Event:
        return self.event(self.fields(text, sender, **more))

    def status(self, sid: str, status: str, to: str = PERSON, error: int | None = None) -> Event:
        prefix = "whatsapp:" if self.number == WHATSAPP_NUMBER else ""
        fields = {
            "SmsSid": sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": prefix + to,
            "MessageSid": sid,
            "AccountSid": SID,
            "From": prefix + self.number,
            "ApiVersion": "2010-04-01",
        }
        if error:
            fields["ErrorCode"] = str(error)
        return self.event(fields)

    # What it takes

    def rate_limited(self, fault: Fault, headers: dict[str, str]) -> Response:
        return JSONResponse({"code": 20429, "message": "Too Many Requests", "status": 429}, 429, headers)

    def _error(self, status: int, code: int, message: str) -> Response:
        self.refuse(f"{code} {message}")
        body = {"code": code, "message": message, "more_info": f"errors/{code}", "status": status}
        return JSONResponse(body, status)

    def _denied(self, request: Request) -> Response | None:
        wanted = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return self._error(401, 20003, "Authenticate")
        if request.path_params["sid"] != SID:
            return self._error(404, 20404, "The requested resource was not found")
        return None

    async def _create(self, request: Request) -> Response:
        return await self.guarded(request, self._take)

    async def _take(self, request: Request) -> Response:
        denied = self._denied(request)
        if denied:
            return denied
        fields = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        to, body = fields.get("To", ""), fields.get("Body", "")
        if not _ADDRESS.fullmatch(to):
            return self._error(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if fields.get("From") not in (SMS_NUMBER, f"whatsapp:{WHATSAPP_NUMBER}"):
            return self._error(400, 21606, "The From phone number is not a valid number.")
        if to.startswith("whatsapp:") != fields["From"].startswith("whatsapp:"):
            return self._error(400, 63007, "Could not find a Channel with the specified From address")
        if not body and "ContentSid" not in fields:
            return self._error(400, 21602, "Message body is required.")
        if len(body.encode("utf-16-le")) // 2 > 1600:
            return self._error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if to in self.opted_out:
            return self._error(400, 21610, "Attempt to send to unsubscribed recipient")
        message = {
            "sid": f"SM{next(self._ids):032x}",
            "to": to,
            "from": fields["From"],
            "body": body,
            "status": "queued",
            "date_created": format_datetime(datetime.now(UTC)),
            "content_sid": fields.get("ContentSid"),
            "status_callback": fields.get("StatusCallback"),
        }
        self.messages.append(message)
        return JSONResponse(message, 201)

    async def _list(self, request: Request) -> Response:
        denied = self._denied(request)
        if denied:
            return denied
        query = request.query_params
        since = query.get("DateSent>", "")
        if since and not re.fullmatch(r"\d{4}-\d\d-\d\d", since):
            return self._error(400, 20001, "Invalid date")
        found = [
            message
            for message in reversed(self.messages)
            if query.get("To") in (None, message["to"]) and query.get("From") in (None, message["from"])
        ]
        return JSONResponse({"messages": found, "page": 0, "page_size": 50})

    async def _account(self, request: Request) -> Response:
        return self._denied(request) or JSONResponse({"sid": SID, "status": "active"})
