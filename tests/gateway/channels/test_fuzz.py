"""Ten thousand payloads a channel that no documentation knows: refused or read, and nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

import pytest

from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import CHANNELS, Channel
from gateway.channels.types import BadPayload, Forged, Inbound
from tests.gateway.channels.conftest import platform_of
from tests.platforms import meta, telegram

COUNT = 10_000
SIGNED_BY = (
    "x-twilio-signature",
    "x-hub-signature-256",
    "x-telegram-bot-api-secret-token",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "content-type",
)
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 10**30, -(10**30), 1.5, 1e308, float("nan"), float("inf"), "", " ", "x", "0",
    "\x00", "\ud800", "\udfff\ud800", "😀", "\u202e", "a" * 300, "é" * 3000, "9" * 30, "-5", [], {}, [[]], [None],
    {"id": None}, [{}], {"": ""}, "text", "message", "private", "²", "٣", "whatsapp:", "sent", "true",
]  # fmt: skip


def seeds(channel: Channel) -> list[Any]:
    """Documented payloads to start from."""
    if channel.startswith("twilio"):
        played: Any = platform_of(channel)
        status = {"MessageStatus": "sent", "MessageSid": "SM1", "To": "+14155550177", "From": played.number}
        return [
            played.fields("hello", NumMedia="1", MediaContentType0="image/jpeg", OptOutType="STOP"),
            played.fields("", ButtonPayload="token", ButtonText="Yes", Latitude="1", ExternalUserId="US.1"),
            status,
        ]
    if channel == "telegram":
        played = telegram.Telegram("unused")
        pressed = json.loads(played.pressed("token", "Yes").body)
        member = {"chat": {"id": -5, "type": "group"}, "new_chat_member": {"status": "member"}}
        return [
            json.loads(played.text("/start now").body),
            played.update(edited_message=played.message(text="hi", edit_date=1795420900)),
            played.update(message=played.message(photo=[{"file_id": "a"}], caption="hi", voice={})),
            pressed,
            played.update(my_chat_member=member),
        ]
    if channel == "webhook":
        whole = {
            "id": "1",
            "sender": "a",
            "text": "b",
            "button": "c",
            "media": 1,
            "at": "2026-11-23T09:00:00Z",
        }
        return [whole, {"id": "1", "sender": "a", "type": "status", "status": "read", "refers_to": "2"}]
    played = meta.Meta("unused")
    if channel == "whatsapp":
        edit = {"original_message_id": "w", "message": {"type": "text", "text": {"body": "x"}}}
        reply = {"type": "button_reply", "button_reply": {"id": "token", "title": "Yes"}}
        return [
            played.whatsapp(
                played.message("text", {"body": "hi"}), played.message("edit", edit, group_id="g")
            ),
            played.whatsapp(played.message("interactive", reply), played.message("image", {"caption": "x"})),
            played.whatsapp(
                statuses=[{"id": "w", "status": "failed", "recipient_id": "1", "errors": [{"code": 1}]}]
            ),
        ]
    instagram = channel == "instagram"
    happenings: list[dict[str, Any]] = [
        {
            "message": {
                "mid": "m",
                "text": "hi",
                "quick_reply": {"payload": "token"},
                "attachments": [{"type": "image"}],
            }
        },
        {"message": {"mid": "m", "is_echo": True, "metadata": "x"}},
        {"message": {"mid": "m", "is_deleted": True}},
        {"postback": {"title": "a", "payload": "GET_STARTED"}},
        {"message_edit": {"mid": "m", "text": "x", "num_edit": 1}},
        {"delivery": {"mids": ["a", "b"]}},
    ]
    return [
        played.page(
            *(played.happened(instagram=instagram, **what) for what in happenings), instagram=instagram
        )
    ]


def mutate(chance: random.Random, value: Any, depth: int = 0) -> Any:
    """``value`` with some of its parts replaced, dropped, doubled or swapped."""
    roll = chance.random()
    if roll < 0.06:
        return chance.choice(ODD)
    if isinstance(value, dict):
        kept = {key: mutate(chance, item, depth + 1) for key, item in value.items() if chance.random() > 0.04}
        if kept and chance.random() < 0.05:
            kept[chance.choice(list(kept))] = chance.choice(ODD)
        return kept
    if isinstance(value, list):
        changed = [
            mutate(chance, item, depth + 1) for item in value for _ in range(chance.choice((1, 1, 1, 2)))
        ]
        chance.shuffle(changed)
        return changed
    return value


def scramble(chance: random.Random, body: bytes) -> bytes:
    """``body`` with bytes changed, cut or put in."""
    changed = bytearray(body)
    for _ in range(chance.randrange(1, 8)):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0 if changed:
                changed[place % len(changed)] = chance.randrange(256)
            case 1:
                changed[place:place] = bytes(
                    chance.choices(b'{}[]",:0\\\x00\xff%&=u', k=chance.randrange(1, 9))
                )
            case 2:
                del changed[place : place + chance.randrange(1, 30)]
            case _:
                changed = changed[:place]
    return bytes(changed)


def encoder(channel: Channel) -> Callable[[Any], bytes]:
    if not channel.startswith("twilio"):
        return lambda value: json.dumps(value).encode()

    def form(value: Any) -> bytes:
        pairs = value.items() if isinstance(value, dict) else [("Body", value)]
        return "&".join(
            f"{quote_plus(str(name), errors='replace')}={quote_plus(str(item), errors='replace')}"
            for name, item in pairs
        ).encode()

    return form


def payloads(channel: Channel) -> Any:
    chance, encode = random.Random(f"{channel} 1"), encoder(channel)
    known = seeds(channel)
    for number in range(COUNT):
        start = chance.choice(known)
        if number % 10 == 9:
            yield bytes(chance.randrange(256) for _ in range(chance.randrange(80)))
        elif number % 3 == 2:
            yield scramble(chance, encode(start))
        else:
            yield encode(mutate(chance, start))


def assert_sound(found: Inbound, channel: Channel) -> None:
    assert found.channel == channel
    assert 0 < len(found.message_id) <= 600 and 0 < len(found.sender) <= 255
    assert 0 <= found.media <= 999
    assert found.at is None or (isinstance(found.at, datetime) and found.at.tzinfo is not None)
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, str):
            # It can be stored in UTF-8, also by PostgreSQL, which takes no NUL.
            assert value.encode() and "\x00" not in value


def headers(chance: random.Random) -> dict[str, str]:
    """Headers that somebody who does not know the secret may send."""
    return {name: str(chance.choice(ODD))[:500] for name in SIGNED_BY} if chance.random() < 0.8 else {}


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_payload_brings_anything_but_a_refusal_or_a_reading(
    channels: dict[Channel, Adapter], channel: Channel
) -> None:
    adapter, chance, read, refused = channels[channel], random.Random(5), 0, 0
    for body in payloads(channel):
        with pytest.raises(Forged):
            adapter.verify(headers(chance), body, adapter.address)
        try:
            found = adapter.parse(body)
        except BadPayload:
            refused += 1
            continue
        assert isinstance(found, list)
        read += len(found)
        for inbound in found:
            assert_sound(inbound, channel)
    # Otherwise the payloads would try only one side of it.
    assert read > COUNT / 20 and refused > COUNT / 20


@pytest.mark.parametrize("channel", ["whatsapp", "messenger", "instagram"])
def test_no_handshake_but_the_right_one_is_answered(
    channels: dict[Channel, Adapter], channel: Channel
) -> None:
    chance = random.Random(9)
    for _ in range(2000):
        query = {
            f"hub.{name}": str(chance.choice(ODD))[:500] for name in ("mode", "challenge", "verify_token")
        }
        with pytest.raises(Forged):
            channels[channel].handshake(query)
