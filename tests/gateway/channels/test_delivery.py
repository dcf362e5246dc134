"""Sending: retries, rate limits, the window, dead letters, and messages of which nobody knows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway.channels import delivery
from gateway.channels.capabilities import CHANNELS, Channel
from tests.gateway.channels.talks import Talk, bare, settings_of
from tests.gateway.chat import wait_until
from tests.platforms.server import Fault

Start = Callable[..., Talk]

ALL_CHANNELS = pytest.mark.parametrize("channel", CHANNELS)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE", timedelta(seconds=0.2))


@ALL_CHANNELS
def test_a_platform_that_is_down_gets_the_answer_later(start: Start, channel: Channel) -> None:
    talk = start(channel)
    talk.platform.faults += [Fault("rate", retry_after="1"), Fault("rate", retry_after="1")]
    begun = time.monotonic()
    talk.say("does it hurt?")
    shown = talk.wait_for("our page", 20)
    assert time.monotonic() - begun > 1.5, "Retry-After"
    assert sum("You said" in text for text in shown) == 1


@pytest.mark.parametrize("channel", ["twilio-sms", "whatsapp", "webhook"])
def test_a_message_that_went_out_without_our_knowing_is_not_sent_twice(
    start: Start, channel: Channel
) -> None:
    talk = start(channel)
    talk.say("hello")
    talk.wait_for("our page")
    talk.platform.faults.append(Fault("broken", 500))
    talk.say("does it hurt?")
    wait_until(lambda: any("does it hurt?" in text for text in talk.texts()))
    if channel == "whatsapp":
        wait_until(lambda: ("unknown", "perhaps sent") in talk.states())
        sent = talk.platform.messages[-1]
        talk.give(
            talk.platform.whatsapp_status(
                sent["message_id"], "sent", biz_opaque_callback_data=sent["biz_opaque_callback_data"]
            )
        )
    talk.wait_idle()
    assert sum("does it hurt?" in text for text in talk.texts()) == 1
    assert {state for state, _ in talk.states()} == {"sent"}


@pytest.mark.parametrize("channel", ["telegram", "twilio-sms", "whatsapp"])
def test_a_message_that_did_not_go_out_is_sent_again(
    start: Start, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "ASK_FOR", timedelta(seconds=0.5))
    monkeypatch.setattr(delivery, "HEAR_FOR", timedelta(seconds=0.5))
    talk = start(channel)
    # The platform refuses it with an error after which nobody knows.
    talk.platform.faults.append(Fault("error", 500))
    talk.say("does it hurt?")
    shown = talk.wait_for("our page", 20)
    assert sum("does it hurt?" in text for text in shown) == 1


def test_nothing_overtakes_a_message_that_waits(start: Start) -> None:
    talk = start("telegram")
    talk.platform.faults += [Fault("rate", retry_after="1")]
    talk.say("one")
    talk.say("two")
    talk.wait_for("You said: two")
    mine = [text for text in talk.texts() if "You said" in text]
    assert ["one" in mine[0], "two" in mine[1]] == [True, True]


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
def test_after_the_window_a_template_or_a_dead_letter(start: Start, channel: Channel) -> None:
    talk = start(channel)
    talk.platform.faults.append(Fault("rate", retry_after="2"))
    talk.say("does it hurt?")
    wait_until(lambda: talk.platform.calls > 0)
    talk.sql("UPDATE channel_contacts SET last_inbound_at = '2026-01-01 00:00:00.000000'")
    talk.wait_idle(20)
    if channel == "whatsapp":
        assert talk.texts() == ["template please_write_again"]
        assert talk.states()[0] == ("sent", None)
        assert set(talk.states()[1:]) <= {("dropped", "window_expired")}
    else:
        assert talk.texts() == []
        assert set(talk.states()) == {("dead", "window_expired")}


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
def test_the_platform_says_that_the_window_is_closed(start: Start, channel: Channel) -> None:
    talk = start(channel)
    talk.platform.closed.add(bare(channel))
    talk.say("does it hurt?")
    talk.wait_idle(20)
    assert talk.texts() == (["template please_write_again"] if channel == "whatsapp" else [])


def test_a_person_who_cannot_be_reached_makes_dead_letters_that_the_staff_sees(start: Start) -> None:
    talk = start("telegram")
    talk.platform.blocked.add(int(bare("telegram")))
    talk.say("does it hurt?")
    talk.wait_idle()
    dead = [(number, state) for number, state in talk.gateway.rows("SELECT id, state FROM channel_outbound")]
    assert {state for _, state in dead} == {"dead"}
    listed = command(talk, "dead")
    assert "no_recipient" in listed.stdout
    assert "does it hurt" not in listed.stdout
    first, *others = [str(number) for number, _ in dead]
    talk.platform.blocked.clear()
    assert command(talk, "dead", "--retry", first).returncode == 0
    talk.wait_for("You said" if not others else "")
    assert len(talk.texts()) == 1
    for number in others:
        assert command(talk, "dead", "--drop", number).returncode == 0
    assert "no dead letters" in command(talk, "dead").stdout
    assert command(talk, "dead", "--retry", "99").returncode == 1


def test_the_check_of_all_that_is_needed(start: Start) -> None:
    talk = start("telegram")
    first = command(talk, "check")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "telegram" in first.stdout and "Telegram now calls" in first.stdout
    assert talk.platform.hook["url"].endswith("/channels/telegram")
    assert "whatsapp: off" in first.stdout and "NEEDLEWISE_WHATSAPP_TOKEN" in first.stdout
    wrong = command(talk, "check", TELEGRAM_TOKEN="110201543:AnotherTokenThatNobodyEverGave00000")
    assert wrong.returncode == 1


def test_a_reply_of_the_staff_goes_to_the_persons_channel(start: Start) -> None:
    talk = start("twilio-sms")
    talk.say("can I talk to someone?")
    talk.wait_for("our page")
    [(conversation,)] = talk.gateway.rows("SELECT id FROM conversations")
    environment = environ(talk)
    subprocess.run(
        [sys.executable, "-m", "clinic", "reply", conversation, "--text", "This is the **front desk**."],
        env=environment,
        check=True,
        capture_output=True,
    )
    talk.wait_for("This is the front desk.")


def test_an_erased_conversation_leaves_nothing(start: Start) -> None:
    talk = start("telegram")
    talk.say("does it hurt?")
    talk.wait_for("our page")
    talk.erase()
    for table in ("channel_contacts", "channel_inbound", "channel_outbound"):
        assert talk.gateway.count(table) == 0
    talk.say("hello again")
    talk.wait_for("You said: hello again")


def command(talk: Talk, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """What ``python -m gateway.channels`` says."""
    return subprocess.run(
        [sys.executable, "-m", "gateway.channels", *arguments],
        env=environ(talk) | {f"NEEDLEWISE_{name}": value for name, value in changes.items()},
        capture_output=True,
        text=True,
        timeout=60,
    )


def environ(talk: Talk) -> dict[str, str]:
    """The environment of the gateway's other commands."""
    settings = talk.gateway.settings
    values = settings_of(talk.channel, talk.platform) | {
        "var_dir": str(settings.var_dir),
        "knowledge_dir": str(settings.knowledge_dir),
    }
    return os.environ | {f"NEEDLEWISE_{name.upper()}": str(value) for name, value in values.items()}
