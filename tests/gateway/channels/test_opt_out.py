"""STOP, START and HELP in every form, and all that only looks like them."""

from __future__ import annotations

import random
import time

import pytest

from gateway.channels.opt_out import HELP_WORDS, START_WORDS, STOP_WORDS, OptOutReader
from gateway.channels.texts import ChannelTexts

ASKED_FOR = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")


@pytest.fixture(scope="module")
def reader(texts: ChannelTexts) -> OptOutReader:
    return OptOutReader(texts.opt_out)


@pytest.mark.parametrize("word", ASKED_FOR)
def test_the_carriers_words(reader: OptOutReader, word: str) -> None:
    for said in (
        word,
        word.lower(),
        word.title(),
        f" {word} ",
        f"{word}.",
        f"{word}!!!",
        f'"{word}"',
        f"{word}\n",
    ):
        assert reader.read(said, carrier_words=True) == "stop"


@pytest.mark.parametrize("word", ["START", "start", "Unstop", "UNSTOP."])
def test_start(reader: OptOutReader, word: str) -> None:
    assert reader.read(word, carrier_words=True) == "start"


@pytest.mark.parametrize("word", ["HELP", "help", "Info", "INFO?"])
def test_help(reader: OptOutReader, word: str) -> None:
    assert reader.read(word, carrier_words=True) == "help"
    assert reader.read(word, carrier_words=False) is None


REASONABLE = [
    "Please stop", "stop please", "stop it", "STOP NOW", "Stop texting me", "stop messaging me please",
    "Please stop sending me these messages", "stop sending me texts", "stop these texts", "Stop the messages.",
    "stop all messages", "quit texting me", "cancel messages", "end these messages now", "cancel my subscription",
    "stop contacting me", "stop bothering me", "Stop writing to me!", "don't text me", "Don’t text me again",
    "dont message me anymore", "do not contact me", "never text me again", "do not send me any more messages",
    "No more texts", "no more messages please", "remove me", "Remove me from your list", "take me off this list",
    "take me off", "delete my number", "lose my number", "opt out", "Opt-out", "OPT OUT", "opt me out",
    "opt out of these messages", "unsubscribe me", "unsubscribe me from this list please", "unsubscribe please",
    "I want to opt out", "I'd like to unsubscribe", "I would like to opt out please", "i want you to stop texting me",
    "I no longer want these texts", "I no longer wish to receive messages", "I don't want any more texts",
    "i don't want these messages anymore", "I do not want to receive messages", "I revoke my consent",
    "i revoke consent to be texted", "I withdraw my consent", "How do I stop these messages?",
    "how can i stop getting these texts",
    "how do I unsubscribe", "leave me alone", "Please leave me alone!", "no me escriban más", "No más mensajes",
    "darme de baja", "stop all",
]  # fmt: skip


@pytest.mark.parametrize("said", REASONABLE)
def test_reasonable_wording(reader: OptOutReader, said: str) -> None:
    assert reader.read(said, carrier_words=True) == "stop"


INSIDE_A_SENTENCE = [
    "Should I stop my retinol before the treatment?", "Do I have to stop taking aspirin", "When can I stop using it",
    "stop taking blood thinners?", "it won't stop bleeding", "how do I stop the bleeding", "bleeding doesn't stop",
    "stop aspirin", "stop my medicine", "Can I cancel my appointment?", "cancel my appointment",
    "I want to cancel my visit",
    "where does the redness end", "the end", "I quit smoking", "quit smoking", "end of treatment",
    "what if I want to stop the treatment", "stop retinol", "Don't you have any evening slots", "please help me",
    "help my face is swelling", "I need info about microneedling", "more info", "start the screening",
    "when do I start",
    "start over", "never mind", "no more redness", "leave a mark?", "I don't want more redness", "take off makeup",
    "remove the numbing cream", "delete my appointment", "will it stop hurting", "leave me a note alone",
    "don't text while driving lol what does it cost",
    "stop lights", "I can't stop crying", "make it stop", "stop stop stop it hurts so much and i cannot breathe",
]  # fmt: skip


@pytest.mark.parametrize("said", INSIDE_A_SENTENCE)
@pytest.mark.parametrize("carrier_words", [True, False])
def test_a_word_inside_a_sentence_is_none(reader: OptOutReader, said: str, carrier_words: bool) -> None:
    assert reader.read(said, carrier_words=carrier_words) is None


@pytest.mark.parametrize("said", ["stop", "cancel", "end", "quit", "help", "info", "start", "Stop."])
def test_single_words_belong_to_the_conversation_elsewhere(reader: OptOutReader, said: str) -> None:
    assert reader.read(said, carrier_words=False) is None


@pytest.mark.parametrize(
    "said", ["unsubscribe", "STOPALL", "opt out", "stop messaging me", "remove me from your list"]
)
def test_clear_wording_is_heeded_everywhere(reader: OptOutReader, said: str) -> None:
    assert reader.read(said, carrier_words=False) == "stop"


@pytest.mark.parametrize(
    "said", ["opt in", "Opt me back in", "resubscribe", "text me again", "You can message me again"]
)
def test_wording_for_starting_again(reader: OptOutReader, said: str) -> None:
    assert reader.read(said, carrier_words=True) == "start"


def test_the_words_do_not_overlap() -> None:
    assert not (STOP_WORDS & START_WORDS or STOP_WORDS & HELP_WORDS or START_WORDS & HELP_WORDS)


def test_any_text_is_read_at_once(reader: OptOutReader) -> None:
    chance = random.Random(3)
    words = [
        "stop", "please", "me", "of", "these", "your", "messages", "texts", "all", "any", "more", "end", "quit", "now",
        "do", "not", "dont", "send", "remove", "list",
    ]  # fmt: skip
    started = time.perf_counter()
    for _ in range(2000):
        reader.read(" ".join(chance.choices(words, k=40)), carrier_words=True)
    reader.read("stop " * 100_000, carrier_words=True)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("said", ["", " ", "?!", "\u200b", "🛑", "x" * 5000])
def test_what_says_nothing(reader: OptOutReader, said: str) -> None:
    assert reader.read(said, carrier_words=True) is None
