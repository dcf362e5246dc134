"""Yes, no, not sure and questions, as people type them."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.speech_acts import SpeechActExtractor, answer, is_question

YES = [
    "yes", "Yes.", "YES!!", "yess", "yeah i do", "yup", "yep", "ya", "y", "sure", "sure thing", "ok yes",
    "well, yes", "i do", "I have", "i did", "i am", "correct", "that's right", "that’s right", "of course",
    "absolutely", "yes?", "yes but only a bit", "yeah no worries",
]  # fmt: skip
NO = [
    "no", "No.", "nope", "nah", "n", "none of these", "neither", "never", "nothing", "not really", "not me",
    "i don't", "i don’t", "i dont have any", "i do not", "i'm not", "I’m not", "im not", "i am not", "i haven't",
    "I don't think so", "actually no", "no, but i do have eczema", "no thanks", "of course not",
    "absolutely not", "definitely not", "i have no allergies", "i have none", "i have not", "i have never had it",
    "i did not", "i have nothing like that",
]  # fmt: skip
UNSURE = [
    "not sure", "i'm not sure", "i’m not sure", "im not sure", "i am not sure", "not really sure", "unsure",
    "idk", "i don't know", "i don’t know", "i do not know", "dont know", "maybe", "perhaps", "no idea", "could be",
    "not that i know of", "hmm... maybe", "uncertain", "who knows",
]  # fmt: skip
NEITHER = [
    "", "   ", "🙂", "acne scars", "yesterday", "year", "now", "north", "notice", "Nora Noon", "Nolan", "Yasmin",
    "incorrect spelling", "my name is No", "two weeks ago",
]  # fmt: skip


@pytest.mark.parametrize("text", YES)
def test_a_text_that_opens_with_yes_is_a_yes(text: str) -> None:
    assert answer(text) == "yes"


@pytest.mark.parametrize("text", NO)
def test_a_text_that_opens_with_no_is_a_no(text: str) -> None:
    assert answer(text) == "no"


@pytest.mark.parametrize("text", UNSURE)
def test_a_text_that_opens_with_doubt_is_unsure(text: str) -> None:
    assert answer(text) == "unsure"


@pytest.mark.parametrize("text", NEITHER)
def test_other_texts_are_no_answer(text: str) -> None:
    assert answer(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "does it hurt?", "does it hurt", "what about acne scars", "whats the price", "can i go in the sun",
        "and how long", "ok, but is it safe", "hi, do you take cards", "really? (just asking?)", "acne scars?",
        "quick question: why needles",
    ],
)  # fmt: skip
def test_a_question_is_known_by_its_mark_or_its_opening(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text", ["acne scars", "i do", "tuesday morning", "", "no", "howard lee", "canada", "isabel"]
)
def test_a_statement_is_no_question(text: str) -> None:
    assert not is_question(text)


def test_a_message_gets_its_acts_beside_what_others_found() -> None:
    condition = {"entity": "condition", "value": "eczema"}
    [message] = SpeechActExtractor().process([Message({"text": "no, is that ok?", "entities": [condition]})])
    found = message.get("entities")
    assert found[0] == condition
    assert [(entity["entity"], entity["value"]) for entity in found[1:]] == [
        ("answer", "no"),
        ("question", "yes"),
    ]
    assert {(entity["start"], entity["end"]) for entity in found[1:]} == {(0, len("no, is that ok?"))}
    assert {entity["extractor"] for entity in found[1:]} == {"SpeechActExtractor"}


def test_a_message_without_text_gets_none() -> None:
    [message] = SpeechActExtractor().process([Message({"intent": "greet"})])
    assert message.get("entities") == []


@pytest.mark.parametrize(
    "text",
    [
        "I'd like to know how long it takes",
        "we were wondering whether you open on sundays",
        "my husband wants me to ask about the price",
        "no idea really, so tell me what happens on the day",
        "secondly what do i owe you",
        "i want know price",
        "nobody has ever told me the price",
        "i don't know if i can drive myself home",
        "please advise on parking, sir",
        "it is good for old scars or not",
        "r u open on sundays",
        "could do with an idea of the price",
    ],
)
def test_an_indirect_question_is_a_question(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "i know what i want",
        "she told me about her eczema",
        "i see a dermatologist",
        "i don't know if i have ever had one",
        "dont know whether im allergic",
    ],
)
def test_a_statement_with_such_words_is_not(text: str) -> None:
    assert not is_question(text)
