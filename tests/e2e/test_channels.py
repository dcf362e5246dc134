"""Whole conversations on each channel, with the real gateway, engine and actions and platforms played."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from gateway.channels.capabilities import Channel
from tests.e2e.stack import CHANNELS, Platforms, Stack, somebody, until
from tests.gateway.channels.talks import Read, as_read, pressed, said

ALL_CHANNELS = pytest.mark.parametrize("channel", CHANNELS)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    platforms = Platforms()
    running = Stack(tmp_path_factory.mktemp("channels"), platforms)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        platforms.stop()


class Writer:
    """One person on one channel."""

    def __init__(self, stack: Stack, channel: Channel, number: int) -> None:
        self.stack = stack
        self.channel = channel
        self.name = somebody(channel, number)
        self.played = stack.platforms.of(channel)

    def say(self, text: str) -> list[Read]:
        """Write, and return what came back."""
        return self._post(said(self.channel, self.played, text, self.name))

    def choose(self, title: str) -> list[Read]:
        """Choose as the channel has it: press the button, or write the number or letter before the words."""
        last = self.read()[-1]
        shown = next((words for words in last.buttons if _means(words, title)), None)
        if shown is not None:
            return self._post(pressed(self.channel, self.played, last.buttons[shown], shown, self.name))
        mark = _mark(last, title)
        assert mark, last.text
        return self.say(mark[1])

    def may_choose(self, title: str) -> bool:
        last = self.read()[-1]
        return any(_means(words, title) for words in last.buttons) or _mark(last, title) is not None

    def read(self) -> list[Read]:
        everything = map(as_read, self.stack.platforms.messages(self.channel))
        return [one for one in everything if one.recipient == self.name]

    def _post(self, event: object) -> list[Read]:
        before = len(self.read())
        self.stack.post(self.channel, event)  # type: ignore[arg-type]
        until(lambda: self.stack.left() == 0 and len(self.read()) > before, 20)
        return self.read()[before:]


def _means(shown: str, title: str) -> bool:
    return shown == title or (shown.endswith("…") and title.startswith(shown[:-1].rstrip()))


def _mark(message: Read, title: str) -> re.Match[str] | None:
    return re.search(rf"^(\w+)\. {re.escape(title)}$", message.text, re.MULTILINE)


def whole(messages: list[Read]) -> str:
    return "\n".join(message.text for message in messages)


@ALL_CHANNELS
def test_a_question_a_flag_and_an_emergency(stack: Stack, channel: Channel) -> None:
    person = Writer(stack, channel, 11)
    shown = whole(person.say("does it hurt?"))
    assert shown.startswith("Hello! I am the automated assistant")
    assert "numb" in shown.lower()
    shown = whole(person.say("i'm 5 months pregnant, how much does it cost?"))
    assert "pregnan" in shown.lower()
    assert (
        whole(person.say("my throat is swelling up and i cant breathe"))
        .replace("<b>", "")
        .lstrip("*")
        .startswith("Call 911 now")
    )
    assert [played.refusals for played in stack.platforms.served] == [[]] * 4


@ALL_CHANNELS
def test_a_screening_by_the_channels_own_buttons(stack: Stack, channel: Channel) -> None:
    person = Writer(stack, channel, 12)
    person.say("start the screening")
    questions = 0
    while person.may_choose("Not sure"):
        questions += 1
        person.choose("Yes" if questions == 3 else "No")
        assert questions < 25
    assert questions == 12
    person.choose("That's right")
    [(flags,)] = stack.rows(
        "SELECT s.flags FROM screenings s JOIN conversations c ON c.id = s.conversation_id "
        "WHERE c.channel = ? ORDER BY s.id DESC LIMIT 1",
        channel,
    )
    assert len(json.loads(flags)) >= 1
    assert [played.refusals for played in stack.platforms.served] == [[]] * 4


@ALL_CHANNELS
def test_a_consultation_is_requested(stack: Stack, channel: Channel) -> None:
    person = Writer(stack, channel, 13)
    person.say("i want to book a consultation")
    person.say("Robin")
    person.say("call me on 415 555 0132 please")
    person.say("weekday mornings")
    shown = person.say("acne scars on my cheeks")
    assert "415" in whole(shown)
    shown = person.choose("Yes, send it")
    [(reference,)] = stack.rows(
        "SELECT r.reference FROM consultation_requests r JOIN conversations c ON c.id = r.conversation_id "
        "WHERE c.channel = ?",
        channel,
    )
    assert reference in whole(shown)
