"""Task: the training example that is nearest to each text, by meaning and by letters."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.engine_tasks.files import run


def nearest(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Compare each of `request["texts"]` with each of `request["examples"]`.

    Returns, for each text, its nearest example by meaning and by letters: the example's index, the cosine of
    the sentence vectors, and the overlap of letter triples (Dice's coefficient), both from 0 to 1.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    from engine.nlu.sentence_encoder import SentenceEncoder

    texts, examples = request["texts"], request["examples"]
    encoder = SentenceEncoder()
    cosines = encoder.encode(texts) @ encoder.encode(examples).T
    triples = CountVectorizer(analyzer="char_wb", ngram_range=(3, 3), binary=True, dtype=np.float32)
    of_examples = triples.fit(texts + examples).transform(examples)
    of_texts = triples.transform(texts)
    shared = (of_texts @ of_examples.T).toarray()
    sizes = np.asarray(of_texts.sum(axis=1)) + np.asarray(of_examples.sum(axis=1)).T
    overlaps = 2 * shared / np.maximum(sizes, 1)

    def pair(row: int, column: int) -> dict[str, Any]:
        return {
            "example": column,
            "cosine": float(cosines[row, column]),
            "overlap": float(overlaps[row, column]),
        }

    return [
        {
            "by_meaning": pair(row, int(cosines[row].argmax())),
            "by_letters": pair(row, int(overlaps[row].argmax())),
        }
        for row in range(len(texts))
    ]


if __name__ == "__main__":
    run(nearest)
