"""SMS through Twilio."""

from __future__ import annotations

from gateway.channels.adapter import given
from gateway.channels.twilio import TwilioAdapter


class TwilioSms(TwilioAdapter):
    """A telephone number at Twilio."""

    channel = "twilio-sms"

    @property
    def number(self) -> str:
        return given(self.settings.twilio_sms_from)

    def steps(self) -> tuple[str, ...]:
        return (
            f"In Twilio's console open Phone Numbers > Manage > Active numbers > {self.number}.",
            f"Under Messaging, A message comes in: choose Webhook, {self.address}, HTTP POST. Save.",
            "Twilio answers STOP, START and HELP itself unless Advanced Opt-Out of the number's Messaging "
            "Service is set up; with it, Twilio tells us that it has answered, and we stay silent.",
        )
