"""The reading grade, against sentences counted by hand."""

from __future__ import annotations

import pytest

from tests.content.readability import grade, sentences, syllables, words

# Text, words, sentences, syllables: counted by hand.
BY_HAND = [
    # Your skin may look red for a few days.
    ("Your skin may look red for a few days.", 9, 1, 9),
    # Ti-ny nee-dles make ve-ry small holes in the skin.
    ("Tiny needles make very small holes in the skin.", 9, 1, 12),
    # Please call the clin-ic to-day. Do not put make-up on it.
    ("Please call the clinic today. Do not put make-up on it.", 11, 2, 14),
    # Mi-cro-nee-dling is al-so called col-la-gen in-duc-tion ther-a-py.
    ("Microneedling is also called collagen induction therapy.", 7, 1, 17),
    # A cli-ni-cian cleans your skin, and of-ten puts on a numb-ing cream first; it takes thir-ty
    # min-utes.
    (
        "A clinician cleans your skin, and often puts on a numbing cream first; it takes thirty minutes.",
        17,
        1,
        23,
    ),
]


@pytest.mark.parametrize(("text", "word_count", "sentence_count", "syllable_count"), BY_HAND)
def test_counts_agree_with_the_hand(text, word_count, sentence_count, syllable_count):
    assert len(words(text)) == word_count
    assert len(sentences(text)) == sentence_count
    assert sum(map(syllables, words(text))) == syllable_count


@pytest.mark.parametrize(("text", "word_count", "sentence_count", "syllable_count"), BY_HAND)
def test_the_grade_follows_from_the_counts(text, word_count, sentence_count, syllable_count):
    by_hand = 0.39 * word_count / sentence_count + 11.8 * syllable_count / word_count - 15.59
    assert grade(text) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("dermaroller", 4),  # not in the dictionary, as all of these
        ("dermapen", 3),
        ("retinoid", 3),
        ("botox", 2),
        ("needled", 2),
        ("skin's", 1),
        ("clinic’s", 2),
        ("rash's", 2),
        ("six-week", 2),
    ],
)
def test_words_the_dictionary_lacks_and_compounds(word, count):
    assert syllables(word) == count


def test_each_item_of_a_list_is_a_sentence_and_figures_are_no_words():
    assert len(sentences("Wait for:\n\n- 2 days after sun\n- 1.5 weeks after a peel")) == 3
    assert words("4-6 weeks, 30 minutes") == ["weeks", "minutes"]


def test_abbreviations_do_not_end_a_sentence():
    assert len(sentences("We open at 9 a.m. on Monday. Ask Dr. who is there.")) == 2


def test_long_words_in_long_sentences_score_high():
    assert grade("Individuals demonstrating contraindications necessitate dermatological consultation.") > 16


def test_a_text_without_words_has_no_grade():
    with pytest.raises(ValueError, match="without words"):
        grade("123 - 456")
