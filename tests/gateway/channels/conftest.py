"""All seven channels, each with its platform played by a real server."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clinic.profile import load_profile
from clinic.settings import Settings
from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import CHANNELS, Channel
from gateway.channels.registry import build_channels
from gateway.channels.sending import new_client
from gateway.channels.settings import ChannelSettings
from gateway.channels.texts import ChannelTexts, load_channel_texts
from tests.platforms import meta, receiver, telegram, twilio
from tests.platforms.server import Platform

KNOWLEDGE = Path(__file__).parents[3] / "knowledge"
PUBLIC = "https://chat.clinic.example"

ALL: dict[str, Any] = {
    "public_url": PUBLIC,
    "twilio_account_sid": twilio.SID,
    "twilio_auth_token": twilio.TOKEN,
    "twilio_sms_from": twilio.SMS_NUMBER,
    "twilio_whatsapp_from": twilio.WHATSAPP_NUMBER,
    "twilio_whatsapp_template": "HX" + "0123456789abcdef" * 2,
    "meta_app_secret": meta.APP_SECRET,
    "meta_verify_token": meta.VERIFY_TOKEN,
    "whatsapp_phone_id": meta.PHONE_ID,
    "whatsapp_token": meta.TOKEN,
    "whatsapp_template": "please_write_again",
    "messenger_page_id": meta.PAGE_ID,
    "messenger_token": meta.TOKEN,
    "instagram_id": meta.INSTAGRAM_ID,
    "instagram_token": meta.TOKEN,
    "telegram_token": telegram.TOKEN,
    "telegram_secret": telegram.SECRET,
    "webhook_url": "https://desk.clinic.example/answers",
    "webhook_secret": receiver.SECRET,
}

RECIPIENTS: dict[Channel, str] = {
    "twilio-sms": twilio.PERSON,
    "twilio-whatsapp": f"whatsapp:{twilio.PERSON}",
    "whatsapp": meta.PERSON,
    "messenger": meta.PSID,
    "instagram": meta.PSID,
    "telegram": str(telegram.PERSON),
    "webhook": "visitor-1",
}


@pytest.fixture(scope="session")
def texts() -> ChannelTexts:
    """The texts that come with the project."""
    values = load_profile(KNOWLEDGE / "clinic.yml").template_values()
    return load_channel_texts(KNOWLEDGE / "channels.yml", values)


@pytest.fixture(scope="session")
def channels(texts: ChannelTexts) -> dict[Channel, Adapter]:
    """The channels at the platforms' own addresses: nothing is sent by them."""
    return build_channels(ChannelSettings(**ALL), texts)


def platform_of(channel: Channel) -> Platform:
    """The stand-in that plays the channel's platform, not started."""
    webhook = f"{PUBLIC}/channels/{channel}"
    if channel.startswith("twilio"):
        return twilio.Twilio(webhook)
    made: dict[str, type[Platform]] = {"telegram": telegram.Telegram, "webhook": receiver.Receiver}
    return made.get(channel, meta.Meta)(webhook)


def addresses(played: Platform) -> dict[str, str]:
    """The settings by which channels reach this stand-in."""
    if isinstance(played, receiver.Receiver):
        return {"webhook_url": played.address}
    names = ("twilio_api_url", "graph_api_url", "instagram_api_url", "telegram_api_url")
    return dict.fromkeys(names, played.url)


@pytest.fixture(scope="session")
def platforms() -> Iterator[dict[Channel, Platform]]:
    """All platforms, running; starting one for each test would take longer than the tests."""
    running = {channel: platform_of(channel).start() for channel in CHANNELS}
    yield running
    for played in running.values():
        played.stop()


@pytest.fixture
def platform(request: pytest.FixtureRequest, platforms: dict[Channel, Platform]) -> Any:
    """The running platform of the channel that the test names by a parameter, as if just started."""
    played = platforms[request.param]
    played.reset()
    return played


@pytest.fixture
def adapter(platform: Any, texts: ChannelTexts) -> Adapter:
    """The channel that talks to ``platform``."""
    channel: Channel = platform.webhook.rpartition("/")[2]
    return build_channels(ChannelSettings(**(ALL | addresses(platform))), texts)[channel]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with new_client() as made:
        yield made


@pytest.fixture
def start(
    make_settings: Callable[..., Settings], empty_database: Path, platforms: dict[Channel, Platform]
) -> Iterator[Callable[..., Any]]:
    """Starts a gateway with one channel: a `Talk`. ``changes`` are the channel's settings."""
    from tests.gateway.channels.talks import Talk, gateway_with

    started: list[Talk] = []

    def make(channel: Channel, **changes: Any) -> Talk:
        played = platforms[channel]
        played.reset()
        gateway = gateway_with(channel, played, make_settings(), **changes)
        if not gateway.file.exists():
            shutil.copy(empty_database, gateway.file)
        talk = Talk(channel, played, gateway.start())
        started.append(talk)
        return talk

    yield make
    for talk in started:
        talk.gateway.stop()
