"""Reading the evaluation set, corrupting it, and refusing near-copies of the training data."""

from __future__ import annotations

import pytest

from benchmarks.evaluate.entries import HALVES, PARTS, load, turns
from benchmarks.evaluate.near_copies import (
    Check,
    Copy,
    Example,
    Message,
    find_copies,
    is_copy,
    training_examples,
)
from benchmarks.evaluate.typos import corrupt
from scripts.console import SetUpError


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("part", PARTS)
def test_every_file_of_the_set_can_be_scored(half, part):
    assert all(turns(entry) for entry in load(half, part))


def test_an_unknown_field_is_named_without_its_text(tmp_path):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "triage.yml").write_text("- {text: secret, tier: ask, teir: ask}", encoding="utf-8")
    with pytest.raises(SetUpError, match="entry 1: unknown field teir") as error:
        load("dev", "triage", tmp_path)
    assert "secret" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SetUpError, match=r"triage\.yml"):
        load("dev", "triage", tmp_path)


def test_a_corrupted_copy_differs_and_is_the_same_every_time():
    texts = [entry["text"] for entry in load("dev", "messages")]
    copies = [corrupt(text) for text in texts]
    assert copies == [corrupt(text) for text in texts]
    assert sum(copy != text for copy, text in zip(copies, texts, strict=True)) > 0.95 * len(texts)
    assert copies != [corrupt(text, seed=1) for text in texts]


def test_short_words_are_left_alone():
    assert corrupt("hi") == "hi"


def test_copies_are_told_from_likeness():
    assert is_copy(0.80, 0.95)
    assert is_copy(0.97, 0.80)
    assert not is_copy(0.97, 0.50)
    assert not is_copy(0.70, 0.80)


def test_an_entry_is_refused_if_every_turn_is_a_near_copy():
    example = Example("does it hurt", "ask_pain", "data/education/ask_pain.yml")
    messages = [
        Message("does it hurt?", "dev", "messages", 1),
        Message("what about my neck", "dev", "messages", 2),
    ]
    likeness = [{"example": 0, "cosine": 0.99, "overlap": 1.0}, {"example": 0, "cosine": 0.4, "overlap": 0.1}]
    nearest = [{"by_meaning": pair, "by_letters": pair} for pair in likeness]
    copies = tuple(find_copies(messages, [example], nearest))
    assert [copy.message.number for copy in copies] == [1]
    check = Check(1, 2, 0, 0, copies, (0.4, 0.99))
    assert check.is_refused("dev", "messages", 1, {"text": "does it hurt?"})
    assert not check.is_refused("dev", "messages", 2, {"text": "what about my neck"})
    assert not check.is_refused("test", "messages", 1, {"text": "does it hurt?"})
    assert not check.is_refused("dev", "messages", 1, {"turns": ["does it hurt?", "and my neck"]})


def test_one_and_two_words_are_exempt():
    assert Message("hi there", "dev", "messages", 1).is_short
    assert Message("does it", "dev", "messages", 1).is_short
    assert not Message("does it hurt", "dev", "messages", 1).is_short


def test_the_training_examples_are_read_without_markup(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.yml").write_text(
        "version: '3.1'\nnlu:\n- intent: ask_pain\n  examples: |\n    - does it hurt on my [chin](area)\n    - ouch\n",
        encoding="utf-8",
    )
    assert training_examples(folder) == [
        Example("does it hurt on my chin", "ask_pain", "data/a.yml"),
        Example("ouch", "ask_pain", "data/a.yml"),
    ]
    assert str(Copy(Message("x", "dev", "messages", 1), training_examples(folder)[0], 1.0, 1.0)).startswith(
        "'x'"
    )
