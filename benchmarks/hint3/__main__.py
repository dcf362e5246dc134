"""Trains on HINT3 and compares: `python -m benchmarks.hint3 [--data DIR] [--skip-stock]`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import thresholds
from benchmarks.engine_env import run_task
from benchmarks.hint3.data import OUTSIDE, DataSet, load
from benchmarks.tables import table
from scripts.console import ROOT, entry, say

REPORT = ROOT / "docs" / "evaluation-hint3.md"
DATA = ROOT.parent / "shared" / "data" / "hint3"
OURS, STOCK = "Needlewise", "Rasa, as `rasa init` makes it (DIET)"
STOCK_TIMEOUT = 3600.0

_REPORT = """\
# Evaluation on HINT3

Written by `make evaluate-hint3` on {date}. Do not edit by hand.

Real users' messages to a shop's bot (SOFMattress of HINT3, Arora et al., 2020), used for nothing else: {train}
sentences to train on, {test} to test with, {outside} of them out of scope. Trained and tested in one run on one
machine: Needlewise's featurizers and classifier as `config.yml` has them, and the configuration that `rasa init`
writes. A message counts as out of scope when the best intent is less sure than the threshold. As in the published
table, the threshold is the one with the best Matthews correlation (MCC) on the test messages; ours is looked for in
steps of 0.01, and in brackets in steps of 0.1.

{table}

The figures of the other platforms are those published with the data. Training took {seconds}.
"""


def main() -> int:
    """Train both pipelines, print the comparison, and write the report if nothing was skipped."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hint3", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with train.csv and test.csv")
    parser.add_argument("--skip-stock", action="store_true", help="leave out the slow run; writes no report")
    options = parser.parse_args()
    data = load(options.data)
    results = {OURS: train("ours", data)}
    if not options.skip_stock:
        results[STOCK] = train("stock", data)
    rows = [
        *(measured(name, result, data) for name, result in results.items()),
        *(
            [p.name, *(f"{n:.2f}" for n in (p.mcc, p.in_scope, p.out_of_scope, p.best_in_scope)), ""]
            for p in data.published
        ),
    ]
    head = [
        "",
        "MCC",
        "in-scope accuracy",
        "out-of-scope recall",
        "best in-scope at any threshold",
        "threshold",
    ]
    comparison = table(head, rows)
    say(comparison)
    if not options.skip_stock:
        write(data, comparison, results)
    return 0


def train(pipeline: str, data: DataSet) -> Any:
    """Return the predictions for the test messages of a pipeline trained on the data."""
    say(f"Training and testing: {pipeline} …")
    request = {"pipeline": pipeline, "train": data.train, "texts": [text for text, _ in data.test]}
    return run_task("intents", request, timeout=STOCK_TIMEOUT)


def measured(name: str, result: Any, data: DataSet) -> Sequence[str]:
    """Return the table's row of a pipeline that was trained here."""
    predictions = [
        thresholds.Prediction(label, guess["name"], guess["confidence"])
        for (_, label), guess in zip(data.test, result["predictions"], strict=True)
    ]
    fine = thresholds.curve(predictions, OUTSIDE)
    best = thresholds.best_mcc(fine)
    coarse = thresholds.best_mcc(thresholds.curve(predictions, OUTSIDE, thresholds.COARSE))
    highest = max(one.in_scope for one in fine)
    return [
        f"**{name}**",
        f"{best.mcc:.3f} ({coarse.mcc:.3f})",
        f"{best.in_scope:.3f}",
        f"{best.out_of_scope:.3f}",
        f"{highest:.3f}",
        f"{best.threshold:.2f} ({coarse.threshold:.1f})",
    ]


def write(data: DataSet, comparison: str, results: dict[str, Any]) -> None:
    """Write docs/evaluation-hint3.md."""
    seconds = " and ".join(f"{result['train_seconds']:.0f} s ({name})" for name, result in results.items())
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(
        _REPORT.format(
            date=datetime.now(UTC).date().isoformat(),
            train=len(data.train),
            test=len(data.test),
            outside=sum(label == OUTSIDE for _, label in data.test),
            table=comparison,
            seconds=seconds,
        ),
        encoding="utf-8",
    )
    say(f"Written: {REPORT.relative_to(ROOT)}")


if __name__ == "__main__":
    entry(main)
