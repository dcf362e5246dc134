"""The report tells the halves apart, names each goal that is missed, and shows no message of the test half."""

from __future__ import annotations

from benchmarks.evaluate import messages, triage
from benchmarks.evaluate.entries import PARTS
from benchmarks.evaluate.figures import Outcome
from benchmarks.evaluate.measure import Half
from benchmarks.evaluate.near_copies import Check
from benchmarks.evaluate.report import write
from benchmarks.evaluate.screen import print_half
from benchmarks.thresholds import Prediction

CHECK = Check(5000, 1700, 90, 30, (), (0.1, 0.5, 0.9))


def half(name: str, *, right: int, wrong: int) -> Half:
    """A half with messages and symptom reports, so many of each right and wrong."""
    faults = [""] * right + ["wrong topic"] * wrong
    measured = Half(name, {part: [] for part in PARTS}, dict.fromkeys(PARTS, 2))
    measured.outcomes["messages"] = [
        Outcome(f"secret {name}", "ask_pain", fault, "answer:cost") for fault in faults
    ]
    measured.figures["messages"] = messages.figures(measured.outcomes["messages"])
    measured.outcomes["triage"] = [Outcome(f"secret {name}", "emergency > emergency", "", "")] * right
    measured.figures["triage"] = triage.figures(measured.outcomes["triage"])
    measured.predictions = [
        Prediction("ask_pain", "ask_pain", 0.8),
        Prediction("out_of_scope", "ask_pain", 0.2),
    ]
    return measured


def test_the_report_has_a_column_for_each_half_and_names_what_was_missed(tmp_path, monkeypatch):
    plotted = {}
    monkeypatch.setattr("benchmarks.evaluate.report.run_task", lambda name, request: plotted.update(request))
    write([half("dev", right=20, wrong=0), half("test", right=18, wrong=2)], CHECK, tmp_path / "docs")
    report = (tmp_path / "docs" / "evaluation.md").read_text(encoding="utf-8")
    row = next(line for line in report.splitlines() if line.startswith("| Right reply |"))
    assert "100.0 % (20 of 20)" in row
    assert "90.0 % (18 of 20)" in row
    assert row.endswith("| at least 95 % | **missed** |")
    assert "| Emergency recall | 100.0 % (20 of 20), 84 to 100 |" in report
    assert "secret" not in report
    assert "(evaluation-threshold.svg)" in report
    assert sorted(plotted["curves"]) == ["dev", "test"]


def test_the_screen_shows_failures_of_the_dev_half_only(capsys):
    print_half(half("dev", right=1, wrong=1))
    assert "secret dev" in capsys.readouterr().out
    print_half(half("test", right=1, wrong=1))
    shown = capsys.readouterr().out
    assert "secret" not in shown
    assert "50.0 % (1 of 2)" in shown
