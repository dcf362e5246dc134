"""Answers to numbered choices: the number, the word for it, the choice's own words, and nothing unsure."""

from __future__ import annotations

import pytest

from gateway.channels.choices import ChoiceReader, Labels, Offer, labels_for
from gateway.channels.texts import ChannelTexts
from gateway.channels.types import Choice


@pytest.fixture(scope="module")
def reader(texts: ChannelTexts) -> ChoiceReader:
    return ChoiceReader(texts)


def offer(*titles: str, labels: Labels | None = None) -> Offer:
    choices = tuple(Choice(title, f"token-{number}") for number, title in enumerate(titles, 1))
    return Offer(choices, labels or labels_for(choices))


THREE = offer("Yes", "No", "Not sure")
DAYS = offer("Today", "Yesterday", "2 days ago", "3 days ago")


@pytest.mark.parametrize(
    "said",
    [
        "2", " 2 ", "2.", "2)", "(2)", "#2", "2️⃣", "２", "two", "Two", "TWO!", "the second one", "second",
        "number 2", "option two", "Option 2 please", "2 thanks", "i choose 2", "No", "no.", "NO", "“no”",
    ],
)  # fmt: skip
def test_the_second_is_meant(reader: ChoiceReader, said: str) -> None:
    chosen = reader.read(said, THREE)
    assert chosen is not None and chosen.token == "token-2"


@pytest.mark.parametrize(
    "said",
    [
        "", " ", "?", "0", "4", "22", "-", "2 or 3", "1 and 2", "1 2", "both", "2nd week", "maybe", "yes please",
        "2 days ago", "I have 2", "not", "four", "b", "no 2", "²³", "9" * 500, "one two",
    ],
)  # fmt: skip
def test_nothing_is_guessed(reader: ChoiceReader, said: str) -> None:
    assert reader.read(said, THREE) is None


def test_a_minus_is_no_number_below_one(reader: ChoiceReader) -> None:
    chosen = reader.read("- 2", THREE)
    assert chosen is not None and chosen.token == "token-2"


@pytest.mark.parametrize(
    ("said", "token"),
    [
        ("c", "token-3"),
        ("C.", "token-3"),
        ("(b)", "token-2"),
        ("2 days ago", "token-3"),
        ("Today", "token-1"),
    ],
)
def test_letters(reader: ChoiceReader, said: str, token: str) -> None:
    assert DAYS.labels == "letters"
    chosen = reader.read(said, DAYS)
    assert chosen is not None and chosen.token == token


@pytest.mark.parametrize("said", ["2", "two", "e", "second"])
def test_numbers_are_not_read_where_letters_stand(reader: ChoiceReader, said: str) -> None:
    assert reader.read(said, DAYS) is None


def test_a_filler_that_is_a_choice_itself_is_no_filler(reader: ChoiceReader) -> None:
    assert reader.read("no 1", THREE) is None
    chosen = reader.read("no 1", offer("Better", "Worse"))
    assert chosen is not None and chosen.token == "token-1"


def test_buttons_are_read_by_their_words_alone(reader: ChoiceReader) -> None:
    buttons = Offer((Choice("Request a consultation", "t1", "Ask for consultation"), Choice("No", "t2")))
    for said in ("request a consultation", "Ask for consultation!"):
        chosen = reader.read(said, buttons)
        assert chosen is not None and chosen.token == "t1"
    assert reader.read("1", buttons) is None


def test_words_that_two_choices_share_are_not_sure(reader: ChoiceReader) -> None:
    same = Offer((Choice("Back", "t1"), Choice("BACK!", "t2")), "numbers")
    assert reader.read("back", same) is None


def test_a_word_that_is_one_choice_and_the_number_of_another_is_not_sure(reader: ChoiceReader) -> None:
    assert reader.read("one", offer("Both", "One", labels="numbers")) is None


def test_an_offer_survives_being_kept_as_json() -> None:
    assert Offer.from_dict(DAYS.as_dict()) == DAYS
    assert Offer.from_dict(Offer().as_dict()) == Offer()


def test_no_offer_is_no_choice(reader: ChoiceReader) -> None:
    assert reader.read("1", Offer()) is None
