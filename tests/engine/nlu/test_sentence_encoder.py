"""Sentence vectors: their shape, what they mean, and that only the reviewed model makes them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.nlu import sentence_encoder
from engine.nlu.sentence_encoder import DIMENSIONS, ModelFileError, SentenceEncoder, verified_file


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


def test_each_text_gets_a_vector_of_length_one(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["does it hurt", "🙂", "", "one word " * 500])
    assert vectors.shape == (4, DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSIONS)


def test_the_same_text_always_gets_the_same_vector(encoder: SentenceEncoder) -> None:
    assert np.array_equal(encoder.encode(["does it hurt"]), SentenceEncoder().encode(["does it hurt"]))


def test_vectors_come_in_the_order_of_the_texts(encoder: SentenceEncoder) -> None:
    texts = [f"question number {number} " + "please " * (number % 7) for number in range(70)]
    together = encoder.encode(texts)
    for number in (0, 31, 32, 69):
        assert np.array_equal(together[number], encoder.encode([texts[number]])[0])


@pytest.mark.parametrize(
    ("text", "alike", "unlike"),
    [
        ("does it hurt", "is it painful", "what does it cost"),
        ("how much is it", "what is the price", "can i wear makeup"),
        ("im pregnant", "i am expecting a baby", "where are you located"),
    ],
)
def test_words_of_like_meaning_are_closer(
    encoder: SentenceEncoder, text: str, alike: str, unlike: str
) -> None:
    vectors = encoder.encode([text, alike, unlike])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


@pytest.mark.parametrize("file", ["_MODEL", "_TOKENIZER"])
def test_a_changed_file_is_refused(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    package, name, _ = getattr(sentence_encoder, file)
    monkeypatch.setattr(sentence_encoder, file, (package, name, "0" * 64))
    with pytest.raises(ModelFileError, match=f"{name} of {package} is not the reviewed file"):
        SentenceEncoder()


def test_a_missing_package_or_file_is_named() -> None:
    with pytest.raises(ModelFileError, match="no_such_package is not installed"):
        verified_file("no_such_package", "model.onnx", "")
    with pytest.raises(ModelFileError, match=r"Cannot read nothing\.onnx of engine"):
        verified_file("engine", "nothing.onnx", "")


def test_a_text_is_not_padded(encoder: SentenceEncoder) -> None:
    assert len(encoder._tokenizer.encode("does it hurt").ids) == 5
