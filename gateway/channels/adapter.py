"""What every channel offers: checking the caller, reading, rendering, sending, setting up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

import httpx
from pydantic import SecretStr

from gateway.api.models import Reply
from gateway.channels.capabilities import CAPABILITIES, Capability, Channel
from gateway.channels.rendering import Rendered, Renderer
from gateway.channels.settings import ChannelSettings
from gateway.channels.texts import ChannelTexts
from gateway.channels.types import (
    Check,
    Forged,
    Inbound,
    Outbound,
    Permanent,
    Registration,
    SendError,
    SendResult,
)


@dataclass(frozen=True)
class Call:
    """One request to a platform: its address and either a form or JSON."""

    method: Literal["GET", "POST"]
    path: str
    form: tuple[tuple[str, str], ...] = ()
    json: Mapping[str, object] | None = None


class Adapter(ABC):
    """One channel of one clinic. Its settings are complete."""

    channel: ClassVar[Channel]
    idempotent: ClassVar[bool] = False
    """Whether the same message can be sent again and again and is received once."""
    handshakes: ClassVar[bool] = False
    """Whether the platform first asks with a GET whether the address is ours."""

    def __init__(self, settings: ChannelSettings, texts: ChannelTexts) -> None:
        self.settings = settings
        self.capability: Capability = CAPABILITIES[self.channel]
        self.renderer = Renderer(self.capability, texts)
        self.texts = texts

    @property
    @abstractmethod
    def account(self) -> str:
        """Our own address on the platform."""

    @property
    def can_send_template(self) -> bool:
        """Whether a template message is set up for answers after the window."""
        return False

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes, url: str) -> None:
        """Check that the platform made this request. Raises Forged.

        ``headers`` have lower-case names; ``url`` is our public address with the request's query.
        """

    def handshake(self, query: Mapping[str, str]) -> str:
        """What to answer to a GET by which the platform checks the address. Raises Forged."""
        raise Forged("this platform makes no such request")

    @abstractmethod
    def parse(self, body: bytes) -> list[Inbound]:
        """What a verified request tells us; nothing of what is for another account.

        One event that cannot be read does not keep back the others. Raises BadPayload.
        """

    def render(self, replies: Sequence[Reply], recipient: str, *, notice: str | None = None) -> Rendered:
        """The messages of one turn."""
        return self.renderer.render(replies, recipient, notice=notice)

    @abstractmethod
    def call(self, outbound: Outbound) -> Call:
        """The request that sends a message."""

    @abstractmethod
    async def send(self, client: httpx.AsyncClient, outbound: Outbound) -> SendResult:
        """Send a message. Raises Permanent, Temporary or Unknown."""

    async def find(self, client: httpx.AsyncClient, outbound: Outbound, since: datetime) -> SendResult | None:
        """Whether the platform has a message whose sending ended in Unknown, if it can be asked.

        Raises SendError.
        """
        return None

    async def acknowledge(self, client: httpx.AsyncClient, inbound: Inbound) -> None:
        """Tell the platform that a pressed button was seen, where it waits for that. Never raises."""
        return None

    async def leave(self, client: httpx.AsyncClient, inbound: Inbound) -> None:
        """Leave the group of this message, where the platform lets us. Never raises."""
        return None

    @abstractmethod
    async def check(self, client: httpx.AsyncClient) -> Check:
        """Try the credentials."""

    @abstractmethod
    async def register(self, client: httpx.AsyncClient) -> Registration:
        """Tell the platform our address, or say which steps do. Raises SendError."""

    @property
    def address(self) -> str:
        """The exact address that the platform calls."""
        return self.settings.webhook_address(self.channel)


def secret(value: SecretStr | None) -> str:
    """The value of a setting that a channel in use surely has."""
    if value is None:
        raise ValueError("the channel is not on")
    return value.get_secret_value()


def given(value: str | None) -> str:
    """The value of a setting that a channel in use surely has."""
    if value is None:
        raise ValueError("the channel is not on")
    return value


def failed(error: SendError) -> Check:
    """The check that a call ended in this error."""
    hint = "the platform refuses the credentials" if error.reason == "credentials" else "the call failed"
    if isinstance(error, Permanent):
        hint = "the platform refuses the call"
    return Check(False, f"{hint}: {error}")
