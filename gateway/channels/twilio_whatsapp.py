"""WhatsApp through Twilio. Buttons need an approved template there, so choices are numbered."""

from __future__ import annotations

from gateway.channels.adapter import given
from gateway.channels.twilio import WHATSAPP_PREFIX, TwilioAdapter


class TwilioWhatsApp(TwilioAdapter):
    """A WhatsApp sender at Twilio."""

    channel = "twilio-whatsapp"
    prefix = WHATSAPP_PREFIX

    @property
    def number(self) -> str:
        return given(self.settings.twilio_whatsapp_from)

    @property
    def template_sid(self) -> str | None:
        return self.settings.twilio_whatsapp_template

    @property
    def can_send_template(self) -> bool:
        return self.template_sid is not None

    def steps(self) -> tuple[str, ...]:
        return (
            f"In Twilio's console open Messaging > Senders > WhatsApp senders > {self.number}.",
            f"Webhook URL for incoming messages: {self.address}, HTTP POST.",
            f"Status callback URL: {self.address}, HTTP POST. Save.",
        )
