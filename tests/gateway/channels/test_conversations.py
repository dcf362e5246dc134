"""What a person reads on each channel, through a real gateway, with an engine and platforms that are played."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import httpx
import pytest

from gateway.channels.capabilities import CAPABILITIES, CHANNELS, Channel
from gateway.channels.texts import ChannelTexts
from tests.gateway.channels.talks import Talk, bare, other, said
from tests.gateway.servers import FakeEngine
from tests.platforms.server import Event

Start = Callable[..., Talk]

ALL_CHANNELS = pytest.mark.parametrize("channel", CHANNELS)


def words(engine: FakeEngine) -> list[str]:
    """What the engine was asked, in order."""
    return [turn.get("payload") or turn["text"] for turn in engine.turns]


def first_line(channel: Channel, texts: ChannelTexts) -> str:
    sms = CAPABILITIES[channel].opt_out_words
    notice = texts.notices.first_contact_sms if sms else texts.notices.first_contact
    return notice.partition(" of ")[0]


@ALL_CHANNELS
def test_a_question_is_answered_after_the_notice_of_the_first_contact(
    start: Start, channel: Channel, engine: FakeEngine, texts: ChannelTexts
) -> None:
    talk = start(channel)
    talk.say("how far apart are treatments?")
    shown = "\n".join(talk.wait_for("our page"))
    assert shown.count(first_line(channel, texts)) == 1
    assert shown.index(first_line(channel, texts)) < shown.index("You said: how far apart are treatments?")
    talk.say("and how long do they take?")
    shown = "\n".join(talk.wait_for("You said: and how long"))
    assert shown.count(first_line(channel, texts)) == 1
    assert words(engine) == ["how far apart are treatments?", "and how long do they take?"]
    assert {one.recipient for one in talk.read()} == {bare(channel)}
    assert talk.platform.refusals == []


@ALL_CHANNELS
def test_a_button_is_pressed_or_its_number_is_written(
    start: Start, channel: Channel, engine: FakeEngine
) -> None:
    talk = start(channel)
    talk.say("what can you do?")
    talk.wait_for("Hello.")
    if CAPABILITIES[channel].buttons == "numbered":
        talk.say("1")
    else:
        talk.press(next(iter(talk.read()[-1].buttons)))
    shown = talk.wait_for("Are you pregnant?")
    assert "3" in shown[-1] and "12" in shown[-1], "how far the person has come"
    talk.say("Yes")
    talk.wait_for("You said: /affirm")
    assert words(engine) == ["what can you do?", "/start_screening", "/affirm"]
    assert talk.platform.refusals == []


@ALL_CHANNELS
def test_what_is_typed_is_never_a_command(start: Start, channel: Channel, engine: FakeEngine) -> None:
    talk = start(channel)
    talk.say(" /affirm")
    talk.wait_for("You said")
    assert [turn.get("payload") for turn in engine.turns] == [None]


@ALL_CHANNELS
def test_a_repeat_is_acknowledged_and_does_nothing(
    start: Start, channel: Channel, engine: FakeEngine
) -> None:
    talk = start(channel)
    event = said(channel, talk.platform, "does it hurt?")
    for _ in range(3):
        assert talk.post(event).status_code == 200
    talk.wait_for("our page")
    assert talk.post(event).status_code == 200
    talk.wait_idle()
    assert words(engine) == ["does it hurt?"]
    assert sum("You said" in text for text in talk.texts()) == 1


@ALL_CHANNELS
def test_a_forged_request_is_refused_and_nothing_is_stored(start: Start, channel: Channel) -> None:
    talk = start(channel)
    event = said(channel, talk.platform, "does it hurt?")
    forged = {name: value[:-3] + "xyz" for name, value in event.headers.items() if name != "Content-Type"}
    for headers in ({}, forged):
        assert talk.post(Event(event.body, headers)).status_code == 403
    assert talk.gateway.count("conversations") == talk.gateway.count("channel_inbound") == 0


@ALL_CHANNELS
def test_people_are_answered_beside_each_other_and_each_in_order(
    start: Start, channel: Channel, engine: FakeEngine
) -> None:
    talk = start(channel)
    engine.delay = 0.1
    people = [other(channel, number) for number in range(4)]
    rows = [[said(channel, talk.platform, f"{who} {n}", who) for n in range(3)] for who in people]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda events: [talk.post(event).status_code for event in events], rows)
        assert list(answers) == [[200] * 3] * 4
    talk.wait_idle(20)
    assert engine.overlaps == 0
    for who in people:
        mine = [text for text in talk.texts(who) if "You said" in text]
        assert [n for text in mine for n in range(3) if f"{who} {n}" in text] == [0, 1, 2]


@ALL_CHANNELS
def test_what_is_stored_names_nobody(start: Start, channel: Channel) -> None:
    talk = start(channel)
    talk.say("my private words")
    talk.wait_for("our page")
    stored = str(
        [
            talk.gateway.rows(f"SELECT * FROM {table}")
            for table in ("channel_contacts", "channel_inbound", "channel_outbound", "conversations")
        ]
    )
    assert "private" not in stored
    assert bare(channel).lstrip("+") not in stored
    assert talk.gateway.rows("SELECT payload_encrypted FROM channel_inbound") == [(None,)]
    assert set(talk.gateway.rows("SELECT payload_encrypted FROM channel_outbound")) == {(None,)}


@ALL_CHANNELS
def test_the_emergency_line_comes_first(start: Start, channel: Channel, texts: ChannelTexts) -> None:
    talk = start(channel)
    talk.say("swelling of my throat")
    shown = "\n".join(talk.wait_for("911"))
    assert shown.index("911") < shown.index(first_line(channel, texts))


@ALL_CHANNELS
def test_reordered_and_repeated_events_are_each_answered_once(
    start: Start, channel: Channel, engine: FakeEngine
) -> None:
    talk = start(channel)
    talk.platform.target = f"{talk.gateway.url}/channels/{channel}"
    events = [said(channel, talk.platform, f"question {number}?") for number in range(6)]
    answers = talk.platform.deliver(events, repeats=3, shuffle=Random(7))
    assert {answer.status_code for answer in answers} == {200}
    talk.wait_idle(20)
    assert sorted(words(engine)) == [f"question {number}?" for number in range(6)]
    assert sum("You said" in text for text in talk.texts()) == 6


def test_a_platform_that_was_not_set_up_has_no_address(start: Start) -> None:
    talk = start("telegram")
    assert httpx.post(f"{talk.gateway.url}/channels/whatsapp", trust_env=False).status_code == 404
    response = httpx.get(f"{talk.gateway.url}/channels/telegram", trust_env=False)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
