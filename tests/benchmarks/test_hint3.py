"""HINT3's files are read as they are, and a missing folder is named."""

from __future__ import annotations

import pytest

from benchmarks.hint3.__main__ import measured
from benchmarks.hint3.data import OUTSIDE, DataSet, Published, load
from scripts.console import SetUpError

README = """# Data

| platform | MCC | in-scope | out-of-scope recall | best in-scope at any threshold |
|---|---|---|---|---|
| Dialogflow | 0.64 | 0.72 | 0.64 | 0.73 |
| Rasa (DIET + ConveRT) | 0.53 | 0.48 | 0.86 | 0.69 |
"""


def test_a_folder_is_read(tmp_path):
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    (tmp_path / "train.csv").write_text('sentence,label\n"EMI, please",EMI\n', encoding="utf-8")
    (tmp_path / "test.csv").write_text(f'sentence,label\n"a\nb",{OUTSIDE}\n', encoding="utf-8")
    data = load(tmp_path)
    assert data.train == [("EMI, please", "EMI")]
    assert data.test == [("a\nb", OUTSIDE)]
    assert data.published == [
        Published("Dialogflow", 0.64, 0.72, 0.64, 0.73),
        Published("Rasa (DIET + ConveRT)", 0.53, 0.48, 0.86, 0.69),
    ]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(SetUpError, match="DATA=dir"):
        load(tmp_path / "nowhere")
    with pytest.raises(SetUpError, match=r"train\.csv"):
        load(tmp_path)
    (tmp_path / "train.csv").write_text("text,intent\na,b\n", encoding="utf-8")
    with pytest.raises(SetUpError, match="sentence, label"):
        load(tmp_path)


def test_wrong_predictions_lower_the_row():
    data = DataSet([], [("a", "A"), ("b", "B"), ("c", OUTSIDE)], [])

    def row(*guesses: tuple[str, float]) -> list[str]:
        predictions = [{"name": name, "confidence": confidence} for name, confidence in guesses]
        return list(measured("x", {"predictions": predictions}, data))

    assert row(("A", 0.9), ("B", 0.9), ("A", 0.1))[1:4] == ["1.000 (1.000)", "1.000", "1.000"]
    assert row(("B", 0.9), ("B", 0.9), ("A", 0.1))[2] == "0.500"
    assert row(("B", 0.9), ("A", 0.9), ("A", 0.95))[4] == "0.000"
