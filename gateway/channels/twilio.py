"""What Twilio's two channels share: signatures, form-encoded webhooks, the Messages resource.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
https://www.twilio.com/docs/messaging/guides/webhook-request
https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx

from gateway.channels import reading, sending
from gateway.channels.adapter import Adapter, Call, failed, given, secret
from gateway.channels.signatures import hmac_sha1_base64, same
from gateway.channels.types import (
    BadPayload,
    Check,
    Forged,
    Inbound,
    Keyword,
    Outbound,
    Permanent,
    PermanentReason,
    Registration,
    SendError,
    SendResult,
    Status,
    Temporary,
    Unknown,
)

PLATFORM: Final = "twilio"
WHATSAPP_PREFIX: Final = "whatsapp:"

# https://www.twilio.com/docs/api/errors
_PERMANENT: Final[Mapping[int, PermanentReason]] = {
    21610: "opted_out",
    63016: "window_closed",
    21211: "no_recipient",
    21217: "no_recipient",
    21265: "no_recipient",
    21606: "not_allowed",
    21608: "not_allowed",
    21612: "no_recipient",
    21614: "no_recipient",
    21635: "no_recipient",
    63003: "no_recipient",
    63024: "no_recipient",
    63032: "no_recipient",
    21408: "not_allowed",
    21703: "not_allowed",
    20003: "not_allowed",
    63007: "not_allowed",
    63020: "not_allowed",
    30034: "not_allowed",
}
_RATE: Final = frozenset({20429, 14107, 21611, 30022, 63017, 63018, 63038})
_STATUSES: Final[Mapping[str, Status]] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
_KEYWORDS: Final[Mapping[str, Keyword]] = {"STOP": "stop", "START": "start", "HELP": "help"}
_CLOCKS_DIFFER: Final = timedelta(minutes=2)


def signatures(token: str, url: str, fields: Iterable[tuple[str, str]]) -> set[str]:
    """The signatures that Twilio may give a request: with the usual port named in the URL and without."""
    text = "".join(name + value for name, value in sorted(set(fields)))
    return {
        hmac_sha1_base64(token.encode(), (address + text).encode("utf-8", "surrogatepass"))
        for address in _ways_to_write(url)
    }


def _ways_to_write(url: str) -> set[str]:
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = parts.netloc.rpartition("@")[2]
    if parts.port == usual:
        return {url, urlunsplit(parts._replace(netloc=host.rpartition(":")[0]))}
    if parts.port is None and usual:
        return {url, urlunsplit(parts._replace(netloc=f"{host}:{usual}"))}
    # Some of Twilio's products leave even an unusual port out.
    return {url, urlunsplit(parts._replace(netloc=host.rpartition(":")[0]))}


class TwilioAdapter(Adapter):
    """A number or a WhatsApp sender at Twilio."""

    prefix = ""
    """What Twilio puts before an address of this channel."""

    @property
    @abstractmethod
    def number(self) -> str:
        """Our own number, in E.164."""

    @property
    def template_sid(self) -> str | None:
        """The Content SID of the template, if there is one."""
        return None

    @property
    def account(self) -> str:
        return self.prefix + self.number

    def verify(self, headers: Mapping[str, str], body: bytes, url: str) -> None:
        given_signature = headers.get("x-twilio-signature", "")
        if not given_signature:
            raise Forged("there is no signature")
        try:
            fields = reading.form(body)
        except BadPayload:
            raise Forged("what is signed is not a form") from None
        expected = signatures(secret(self.settings.twilio_auth_token), url, fields)
        if not any(same(given_signature, signature) for signature in expected):
            raise Forged("the signature is wrong")

    def parse(self, body: bytes) -> list[Inbound]:
        fields = dict(reversed(reading.form(body)))
        message_id = reading.identifier(fields.get("MessageSid") or fields.get("SmsSid"))
        if message_id is None:
            raise BadPayload("there is no MessageSid")
        if fields.get("AccountSid") not in (None, self.settings.twilio_account_sid):
            return []
        status = fields.get("MessageStatus") or fields.get("SmsStatus") or "received"
        if status != "received" and status != "receiving":
            return self._status(fields, message_id, status)
        sender = reading.identifier(fields.get("From"))
        if sender is None:
            raise BadPayload("there is no From")
        if fields.get("To") != self.account or sender.startswith(WHATSAPP_PREFIX) != bool(self.prefix):
            return []
        return [self._message(fields, message_id, sender)]

    def _message(self, fields: Mapping[str, str], message_id: str, sender: str) -> Inbound:
        media = fields.get("NumMedia", "0")
        count = int(media) if media.isascii() and media.isdigit() and len(media) <= 3 else 0
        keyword = _KEYWORDS.get(fields.get("OptOutType", "").upper())
        kinds = [fields.get(f"MediaContentType{index}", "") for index in range(min(count, 20))]
        spoken = [kind for kind in kinds if kind.startswith("audio/")]
        text = reading.words(fields.get("Body")) or reading.words(fields.get("ButtonText"))
        unsupported = None
        if spoken:
            unsupported = "audio"
        elif text is None and count == 0:
            unsupported = "location" if fields.get("Latitude") else "empty"
        user_id = reading.identifier(fields.get("ExternalUserId"))
        return Inbound(
            channel=self.channel,
            account=self.account,
            sender=sender,
            message_id=message_id,
            text=text,
            button_token=reading.button_token(fields.get("ButtonPayload") or fields.get("ListId")),
            media=count - len(spoken),
            unsupported=unsupported,
            keyword=keyword,
            answered=keyword is not None,
            user_id=user_id if user_id != sender else None,
        )

    def _status(self, fields: Mapping[str, str], message_id: str, status: str) -> list[Inbound]:
        known = _STATUSES.get(status)
        recipient = reading.identifier(fields.get("To"))
        if known is None or recipient is None or fields.get("From") not in (None, self.account):
            return []
        return [
            Inbound(
                channel=self.channel,
                account=self.account,
                sender=recipient,
                message_id=f"{message_id}:{status}",
                kind="status",
                refers_to=message_id,
                status=known,
                error=reading.identifier(fields.get("ErrorCode")),
            )
        ]

    def call(self, outbound: Outbound) -> Call:
        fields = [
            ("To", outbound.recipient),
            ("From", self.account),
            ("StatusCallback", self.address),
        ]
        if outbound.template:
            fields.append(("ContentSid", given(self.template_sid)))
        else:
            fields.append(("Body", outbound.text))
        return Call("POST", f"{self._account_path}/Messages.json", form=tuple(fields))

    async def send(self, client: httpx.AsyncClient, outbound: Outbound) -> SendResult:
        call = self.call(outbound)
        response = await self._request(client, call.method, call.path, data=dict(call.form))
        return SendResult(reading.identifier(sending.accepted(response, PLATFORM).get("sid")))

    async def find(self, client: httpx.AsyncClient, outbound: Outbound, since: datetime) -> SendResult | None:
        earliest = since - _CLOCKS_DIFFER
        response = await self._request(
            client,
            "GET",
            f"{self._account_path}/Messages.json",
            # A day has no part at Twilio, so a minute is looked for in what comes back.
            params={
                "To": outbound.recipient,
                "From": self.account,
                "DateSent>": (earliest - timedelta(days=1)).strftime("%Y-%m-%d"),
                "PageSize": "50",
            },
        )
        for row in reading.items(sending.accepted(response, PLATFORM).get("messages")):
            message = reading.mapping(row)
            if message.get("body") == outbound.text and _created(message) >= earliest:
                return SendResult(reading.identifier(message.get("sid")))
        return None

    async def check(self, client: httpx.AsyncClient) -> Check:
        try:
            response = await self._request(client, "GET", f"{self._account_path}.json")
        except SendError as error:
            return failed(error)
        status = sending.answer(response).get("status")
        return Check(status == "active", f"the account is {status}; messages are sent from {self.account}")

    async def register(self, client: httpx.AsyncClient) -> Registration:
        return Registration(False, self.steps())

    @abstractmethod
    def steps(self) -> tuple[str, ...]:
        """What to do in Twilio's console."""

    @property
    def _account_path(self) -> str:
        return f"/2010-04-01/Accounts/{self.settings.twilio_account_sid}"

    async def _request(
        self, client: httpx.AsyncClient, method: str, path: str, **arguments: Any
    ) -> httpx.Response:
        auth = (given(self.settings.twilio_account_sid), secret(self.settings.twilio_auth_token))
        url = self.settings.twilio_api_url + path
        response = await sending.call(client, method, url, PLATFORM, auth=auth, **arguments)
        if response.status_code >= 300:
            _refuse(response)
        return response


def _created(message: Mapping[str, Any]) -> datetime:
    try:
        moment = parsedate_to_datetime(str(message.get("date_created")))
    except (ValueError, TypeError):
        raise Unknown("unknown", f"{PLATFORM} date_created") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refuse(response: httpx.Response) -> None:
    number = sending.answer(response).get("code")
    if isinstance(number, int) and response.status_code != 401:
        code = f"{PLATFORM} {number}"
        if number in _RATE:
            raise Temporary("rate_limit", code, retry_after=sending.retry_after(response))
        if number in _PERMANENT:
            raise Permanent(_PERMANENT[number], code)
        if 400 <= response.status_code < 500 and response.status_code not in (403, 408, 429):
            raise Permanent("refused", code)
    sending.raise_for_status(response, PLATFORM)
