"""The channels that are on: a new one is a module, a row in the table of capabilities, and a line here."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import Channel
from gateway.channels.instagram import Instagram
from gateway.channels.messenger import Messenger
from gateway.channels.settings import ChannelSettings
from gateway.channels.telegram import Telegram
from gateway.channels.texts import ChannelTexts
from gateway.channels.twilio_sms import TwilioSms
from gateway.channels.twilio_whatsapp import TwilioWhatsApp
from gateway.channels.webhook import Webhook
from gateway.channels.whatsapp import WhatsApp

ADAPTERS: Final = MappingProxyType(
    {
        adapter.channel: adapter
        for adapter in (TwilioSms, TwilioWhatsApp, WhatsApp, Messenger, Instagram, Telegram, Webhook)
    }
)


def build_channels(settings: ChannelSettings, texts: ChannelTexts) -> dict[Channel, Adapter]:
    """The adapters of the channels whose settings are given."""
    return {channel: ADAPTERS[channel](settings, texts) for channel in settings.channels}
