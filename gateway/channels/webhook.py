"""The generic webhook, by which anything else can be connected: JSON both ways, signed both ways.

Calls are signed as Standard Webhooks 1.0.0 asks (https://www.standardwebhooks.com): the headers
``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``, which holds ``v1,`` and the HMAC-SHA256 in
base 64 of the id, the time and the body, joined by full stops. The receiver of our messages knows a repeat
by its ``webhook-id``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from clinic.yaml_files import describe
from gateway.channels import reading, sending
from gateway.channels.adapter import Adapter, Call, failed, given
from gateway.channels.settings import ChannelSettings, webhook_key
from gateway.channels.signatures import hmac_sha256_base64, same
from gateway.channels.texts import ChannelTexts
from gateway.channels.types import (
    BadPayload,
    Check,
    Forged,
    Inbound,
    Outbound,
    Permanent,
    Registration,
    SendError,
    SendResult,
    Status,
    Temporary,
    Unknown,
)

PLATFORM: Final = "webhook"
ACCOUNT: Final = "webhook"
_VERSION: Final = "v1"
_MAX_SIGNATURES: Final = 10

Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]


class WebhookEvent(BaseModel):
    """What is posted to us."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id = Field(description="Another for each event; a repeat of the same id does nothing.")
    type: Literal["message", "edit", "delete", "status"] = "message"
    sender: Id = Field(description="Who writes, the same each time; for a status, whom our message was for.")
    text: str | None = Field(default=None, max_length=4000, description="What was typed.")
    button: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = Field(
        default=None, description="The token of the button that was pressed."
    )
    media: int = Field(default=0, ge=0, le=99, description="How many pictures or files came with it.")
    at: AwareDatetime | None = Field(default=None, description="When it happened.")
    refers_to: Id | None = Field(
        default=None, description="The event that was edited or deleted; for a status, our message's id."
    )
    status: Status | None = None


class WebhookButton(BaseModel):
    """A choice to press."""

    title: str
    token: str


class WebhookMessage(BaseModel):
    """What we post to the clinic's address."""

    type: Literal["message", "ping"] = "message"
    id: str = Field(description="Stays the same when it is sent again.")
    recipient: str = Field(description="The `sender` that it answers.")
    text: str
    buttons: list[WebhookButton] = Field(default_factory=list)


class Webhook(Adapter):
    """The clinic's own address."""

    channel = "webhook"
    idempotent = True

    def __init__(
        self, settings: ChannelSettings, texts: ChannelTexts, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(settings, texts)
        assert settings.webhook_secret is not None
        self._key = webhook_key(settings.webhook_secret)
        self._clock = clock

    @property
    def account(self) -> str:
        return ACCOUNT

    def verify(self, headers: Mapping[str, str], body: bytes, url: str) -> None:
        event_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        offered = headers.get("webhook-signature", "").split(" ")[:_MAX_SIGNATURES]
        if not event_id or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise Forged("there is no id or no time")
        expected = f"{_VERSION},{self._signature(event_id, stamp, body)}"
        if not any(same(signature, expected) for signature in offered):
            raise Forged("the signature is missing or wrong")
        if abs(self._clock() - int(stamp)) > self.settings.webhook_tolerance:
            raise Forged("the time is too far from ours")

    def parse(self, body: bytes) -> list[Inbound]:
        try:
            event = WebhookEvent.model_validate(reading.json_object(body))
        except ValidationError as error:
            raise BadPayload(describe(error)[:500]) from None
        if event.type == "status" and (event.status is None or event.refers_to is None):
            raise BadPayload("a status needs status and refers_to")
        text = reading.words(event.text)
        empty = event.type in ("message", "edit") and text is None and not event.button and not event.media
        is_status = event.type == "status"
        return [
            Inbound(
                channel=self.channel,
                account=self.account,
                sender=event.sender,
                message_id=event.id,
                kind=event.type,
                at=_utc(event.at),
                text=text,
                button_token=event.button,
                media=event.media,
                unsupported="empty" if empty else None,
                refers_to=event.refers_to,
                status=event.status if is_status else None,
                outbound_id=event.refers_to if is_status else None,
            )
        ]

    def call(self, outbound: Outbound) -> Call:
        buttons = [WebhookButton(title=button.title, token=button.token) for button in outbound.buttons]
        message = WebhookMessage(
            id=outbound.id, recipient=outbound.recipient, text=outbound.text, buttons=buttons
        )
        return Call("POST", "", json=message.model_dump())

    async def send(self, client: httpx.AsyncClient, outbound: Outbound) -> SendResult:
        await self._post(client, outbound.id, self.call(outbound).json or {})
        return SendResult(outbound.id)

    async def check(self, client: httpx.AsyncClient) -> Check:
        ping = WebhookMessage(type="ping", id=f"ping-{int(self._clock())}", recipient="", text="")
        try:
            await self._post(client, ping.id, ping.model_dump())
        except SendError as error:
            return failed(error)
        return Check(True, "the address took a signed ping")

    async def register(self, client: httpx.AsyncClient) -> Registration:
        return Registration(
            False,
            (
                f"Post each event as JSON to {self.address}, signed as Standard Webhooks 1.0.0 asks.",
                "The secret of both directions is the value of NEEDLEWISE_WEBHOOK_SECRET.",
                f"Answers are posted to {self.settings.webhook_url}, signed in the same way.",
            ),
        )

    def _signature(self, event_id: str, stamp: str, body: bytes) -> str:
        signed = f"{event_id}.{stamp}.".encode("utf-8", "surrogatepass") + body
        return hmac_sha256_base64(self._key, signed)

    async def _post(self, client: httpx.AsyncClient, event_id: str, body: Mapping[str, object]) -> None:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        stamp = str(int(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"{_VERSION},{self._signature(event_id, stamp, content)}",
        }
        url = given(self.settings.webhook_url)
        try:
            response = await sending.call(client, "POST", url, PLATFORM, content=content, headers=headers)
            if response.status_code == 410:
                raise Permanent("no_recipient", f"{PLATFORM} 410")
            sending.raise_for_status(response, PLATFORM)
        except Unknown as error:
            # The receiver knows a repeat, so what is not known can be sent again.
            raise Temporary("unavailable", error.code) from None


def _utc(moment: datetime | None) -> datetime | None:
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:
        return None
