"""Who calls: signatures that are right, missing, forged, of another body, secret, address or time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import CHANNELS, Channel
from gateway.channels.registry import build_channels
from gateway.channels.settings import ChannelSettings
from gateway.channels.texts import ChannelTexts
from gateway.channels.types import Forged
from tests.gateway.channels.conftest import ALL, PUBLIC, platform_of
from tests.platforms import meta, receiver, telegram, twilio
from tests.platforms.server import Event

META = ("whatsapp", "messenger", "instagram")


def lower(event: Event) -> dict[str, str]:
    return {name.lower(): value for name, value in event.headers.items()}


def check(adapter: Adapter, event: Event, url: str | None = None) -> None:
    adapter.verify(lower(event), event.body, url or adapter.address + event.query)


def event_of(channel: Channel) -> Event:
    """A genuine request of the channel's platform."""
    played: Any = platform_of(channel)
    if channel in ("messenger", "instagram"):
        return played.page_text("Does it hurt? Ça fait mal?", instagram=channel == "instagram")
    return played.text("Does it hurt? Ça fait mal & combien? 100% + 1 😀")


SIGNATURES: dict[Channel, str] = {
    "twilio-sms": "X-Twilio-Signature",
    "twilio-whatsapp": "X-Twilio-Signature",
    "whatsapp": "X-Hub-Signature-256",
    "messenger": "X-Hub-Signature-256",
    "instagram": "X-Hub-Signature-256",
    "telegram": "X-Telegram-Bot-Api-Secret-Token",
    "webhook": "webhook-signature",
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_platforms_own_request_is_taken(channels: dict[Channel, Adapter], channel: Channel) -> None:
    event = event_of(channel)
    check(channels[channel], event)
    assert len(channels[channel].parse(event.body)) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_request_without_a_signature_is_forged(channels: dict[Channel, Adapter], channel: Channel) -> None:
    event = event_of(channel)
    del event.headers[SIGNATURES[channel]]
    with pytest.raises(Forged):
        check(channels[channel], event)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "wrong", ["", " ", "x", "sha256=", "v1,", "v1", "sha1=abc", "é", "\ud800", "\x00" * 9]
)
def test_a_wrong_signature_is_forged(channels: dict[Channel, Adapter], channel: Channel, wrong: str) -> None:
    event = event_of(channel)
    event.headers[SIGNATURES[channel]] = wrong
    with pytest.raises(Forged):
        check(channels[channel], event)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_signature_with_one_other_character_is_forged(
    channels: dict[Channel, Adapter], channel: Channel
) -> None:
    event = event_of(channel)
    right = event.headers[SIGNATURES[channel]]
    for place in range(len(right)):
        other = "A" if right[place] != "A" else "B"
        event.headers[SIGNATURES[channel]] = right[:place] + other + right[place + 1 :]
        with pytest.raises(Forged):
            check(channels[channel], event)


@pytest.mark.parametrize("channel", [channel for channel in CHANNELS if channel != "telegram"])
def test_the_signature_of_another_body_is_forged(channels: dict[Channel, Adapter], channel: Channel) -> None:
    event = event_of(channel)
    for body in (event.body.replace(b"hurt", b"hate"), event.body + b" ", event.body[:-1], b""):
        with pytest.raises(Forged):
            check(channels[channel], Event(body, event.headers))


@pytest.mark.parametrize("channel", CHANNELS)
def test_another_secret_is_refused(texts: ChannelTexts, channel: Channel) -> None:
    others = {
        "twilio_auth_token": "another",
        "meta_app_secret": "another",
        "telegram_secret": "another-secret-of-the-clinic",
        "webhook_secret": "whsec_" + base64.b64encode(b"another" * 5).decode(),
    }
    adapter = build_channels(ChannelSettings(**(ALL | others)), texts)[channel]
    with pytest.raises(Forged):
        check(adapter, event_of(channel))


class TestTwilio:
    def test_another_address_is_refused(self, channels: dict[Channel, Adapter]) -> None:
        event = event_of("twilio-sms")
        for url in (
            "http://chat.clinic.example/channels/twilio-sms",
            "https://10.0.0.3:8000/channels/twilio-sms",
            f"{PUBLIC}/channels/twilio-whatsapp",
            f"{PUBLIC}/channels/twilio-sms/",
            f"{PUBLIC}/channels/twilio-sms?a=1",
        ):
            with pytest.raises(Forged):
                check(channels["twilio-sms"], event, url)

    def test_a_request_for_one_channel_is_not_good_for_the_other(
        self, channels: dict[Channel, Adapter]
    ) -> None:
        with pytest.raises(Forged):
            check(channels["twilio-whatsapp"], event_of("twilio-sms"))

    @pytest.mark.parametrize(
        ("signed", "ours"),
        [
            ("https://chat.clinic.example:443/x", "https://chat.clinic.example/x"),
            ("https://chat.clinic.example/x", "https://chat.clinic.example:443/x"),
            ("https://chat.clinic.example:8443/x", "https://chat.clinic.example:8443/x"),
            ("https://chat.clinic.example/x", "https://chat.clinic.example:8443/x"),
            ("http://127.0.0.1:80/x?a=b%20c", "http://127.0.0.1/x?a=b%20c"),
        ],
    )
    def test_the_port_may_be_named_or_not(
        self, channels: dict[Channel, Adapter], signed: str, ours: str
    ) -> None:
        played = twilio.Twilio("unused")
        check(channels["twilio-sms"], played.event(played.fields("hello"), url=signed), ours)

    def test_a_query_is_part_of_what_is_signed(self, channels: dict[Channel, Adapter]) -> None:
        played = twilio.Twilio("unused")
        url = f"{PUBLIC}/channels/twilio-sms?conversation=42&x=%C3%A9"
        event = played.event(played.fields("hello"), url=url)
        check(channels["twilio-sms"], event, url)
        with pytest.raises(Forged):
            check(channels["twilio-sms"], event, url.replace("42", "43"))

    def test_empty_fields_and_fields_that_stand_twice_are_signed_too(
        self, channels: dict[Channel, Adapter]
    ) -> None:
        class Several(dict[str, Any]):
            def getlist(self, name: str) -> list[str]:
                return self[name]

        url = f"{PUBLIC}/channels/twilio-sms"
        signature = RequestValidator(twilio.TOKEN).compute_signature(url, Several(A=["2", "1", "2"], B=[""]))
        channels["twilio-sms"].verify({"x-twilio-signature": signature}, b"A=2&B=&A=1&A=2", url)

    def test_twilios_example(self, texts: ChannelTexts) -> None:
        # The worked example of https://www.twilio.com/docs/usage/security
        adapter = build_channels(ChannelSettings(**(ALL | {"twilio_auth_token": "12345"})), texts)[
            "twilio-sms"
        ]
        body = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
        url = "https://mycompany.com/myapp.php?foo=1&bar=2"
        adapter.verify({"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}, body, url)


class TestMeta:
    @pytest.mark.parametrize("channel", META)
    def test_the_handshake_gives_the_challenge_back(
        self, channels: dict[Channel, Adapter], channel: Channel
    ) -> None:
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": "1158201444",
            "hub.verify_token": meta.VERIFY_TOKEN,
        }
        assert channels[channel].handshake(query) == "1158201444"

    @pytest.mark.parametrize(
        "change",
        [
            {"hub.verify_token": "another"},
            {"hub.verify_token": ""},
            {"hub.mode": "unsubscribe"},
            {"hub.challenge": ""},
            {"hub.challenge": "<script>alert(1)</script>"},
            {"hub.challenge": "1" * 300},
        ],
    )
    def test_another_handshake_is_refused(
        self, channels: dict[Channel, Adapter], change: dict[str, str]
    ) -> None:
        query = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": meta.VERIFY_TOKEN}
        with pytest.raises(Forged):
            channels["whatsapp"].handshake(query | change)
        with pytest.raises(Forged):
            channels["whatsapp"].handshake({})

    def test_the_signature_is_of_the_bytes_and_not_of_what_they_mean(
        self, channels: dict[Channel, Adapter]
    ) -> None:
        event = event_of("whatsapp")
        same_meaning = json.dumps(json.loads(event.body), indent=1).encode()
        assert same_meaning != event.body
        with pytest.raises(Forged):
            check(channels["whatsapp"], Event(same_meaning, event.headers))

    def test_sha1_signatures_are_not_enough(self, channels: dict[Channel, Adapter]) -> None:
        event = event_of("messenger")
        digest = hmac.new(meta.APP_SECRET.encode(), event.body, hashlib.sha1).hexdigest()
        with pytest.raises(Forged):
            channels["messenger"].verify({"x-hub-signature": f"sha1={digest}"}, event.body, "")

    def test_instagram_may_have_a_secret_of_its_own(self, texts: ChannelTexts) -> None:
        settings = ChannelSettings(**(ALL | {"instagram_app_secret": "its-own"}))
        adapter = build_channels(settings, texts)["instagram"]
        played = meta.Meta("unused")
        payload = played.page(
            played.happened(instagram=True, message={"mid": "m", "text": "a"}), instagram=True
        )
        check(adapter, played.signed(payload, secret="its-own"))
        with pytest.raises(Forged):
            check(adapter, played.signed(payload))


class TestTelegram:
    @pytest.mark.parametrize("secret", [None, "", "another", telegram.SECRET.upper(), telegram.SECRET + "x"])
    def test_only_the_secret_given_to_telegram_is_taken(
        self, channels: dict[Channel, Adapter], secret: str | None
    ) -> None:
        played = telegram.Telegram("unused")
        with pytest.raises(Forged):
            check(channels["telegram"], played.event(played.update(), secret=secret))


class TestWebhook:
    @pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
    def test_a_call_outside_the_window_is_refused(
        self, channels: dict[Channel, Adapter], seconds: int
    ) -> None:
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        event = receiver.Receiver("unused").event({"id": "1", "sender": "a", "text": "b"}, at=at)
        with pytest.raises(Forged):
            check(channels["webhook"], event)

    def test_a_replayed_call_cannot_be_given_another_time_or_id(
        self, channels: dict[Channel, Adapter]
    ) -> None:
        old = datetime.now(UTC) - timedelta(hours=1)
        event = receiver.Receiver("unused").event({"id": "1", "sender": "a", "text": "b"}, at=old)
        now = str(int(datetime.now(UTC).timestamp()))
        for change in ({"webhook-timestamp": now}, {"webhook-timestamp": now, "webhook-id": "other"}):
            with pytest.raises(Forged):
                check(channels["webhook"], Event(event.body, event.headers | change))

    def test_one_right_signature_among_several_is_enough(self, channels: dict[Channel, Adapter]) -> None:
        event = receiver.Receiver("unused").text("hello")
        right = event.headers["webhook-signature"]
        check(
            channels["webhook"], Event(event.body, event.headers | {"webhook-signature": f"v1,bad {right}"})
        )
        many = " ".join(["v1,bad"] * 10 + [right])
        with pytest.raises(Forged):
            check(channels["webhook"], Event(event.body, event.headers | {"webhook-signature": many}))

    @pytest.mark.parametrize("stamp", ["", "now", "-5", "1e9", "²", "9" * 40])
    def test_a_time_that_is_none_is_refused(self, channels: dict[Channel, Adapter], stamp: str) -> None:
        event = receiver.Receiver("unused").text("hello")
        with pytest.raises(Forged):
            check(channels["webhook"], Event(event.body, event.headers | {"webhook-timestamp": stamp}))
