"""Reads a folder of HINT3's shape: train.csv, test.csv and README.md with the published table."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from scripts.console import SetUpError

OUTSIDE = "NO_NODES_DETECTED"
"""The label of out-of-scope messages."""

_ROW = re.compile(r"^\|(?P<name>[^|]+)\|(?P<numbers>(?:\s*\d\.\d+\s*\|){4})\s*$", re.MULTILINE)

Labelled = tuple[str, str]
"""A sentence and its label."""


@dataclass(frozen=True)
class Published:
    """A platform's published figures: at its best MCC, and its best in-scope accuracy at any threshold."""

    name: str
    mcc: float
    in_scope: float
    out_of_scope: float
    best_in_scope: float


@dataclass(frozen=True)
class DataSet:
    """Labelled sentences to train on and to test with, and what others reached."""

    train: list[Labelled]
    test: list[Labelled]
    published: list[Published]


def load(folder: Path) -> DataSet:
    """Return the data set in a folder. Raises SetUpError naming what is missing."""
    if not folder.is_dir():
        raise SetUpError(f"There is no folder {folder}. Give the data's folder: make evaluate-hint3 DATA=dir")
    readme = folder / "README.md"
    table = published(readme.read_text(encoding="utf-8")) if readme.exists() else []
    return DataSet(_sentences(folder / "train.csv"), _sentences(folder / "test.csv"), table)


def published(readme: str) -> list[Published]:
    """Return the rows of the published table in the data's README."""
    return [
        Published(row["name"].strip(), *(float(number) for number in row["numbers"].split("|")[:4]))
        for row in _ROW.finditer(readme)
    ]


def _sentences(path: Path) -> list[Labelled]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise SetUpError(
            f"Cannot read {path} ({error.strerror}); it needs the columns sentence, label"
        ) from error
    if not rows or not {"sentence", "label"} <= set(rows[0]):
        raise SetUpError(f"{path} needs the columns sentence, label")
    return [(row["sentence"], row["label"]) for row in rows]
