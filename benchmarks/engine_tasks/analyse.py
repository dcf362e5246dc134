"""Task: the conditions that the clinical analyser finds in each text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from benchmarks.engine_tasks.files import run


def analyse(request: dict[str, Any]) -> list[list[list[str]]]:
    """Return key and assertion of each condition in each of `request["texts"]`."""
    from engine.nlu.clinical_analyser import ClinicalAnalyser

    folder = Path(request["knowledge"])
    analyser = ClinicalAnalyser(
        yaml.safe_load((folder / "conditions.yml").read_text(encoding="utf-8")),
        yaml.safe_load((folder / "symptoms.yml").read_text(encoding="utf-8")),
    )
    return [
        [[m.value, m.assertion or ""] for m in analyser.analyse(text) if m.entity == "condition"]
        for text in request["texts"]
    ]


if __name__ == "__main__":
    run(analyse)
