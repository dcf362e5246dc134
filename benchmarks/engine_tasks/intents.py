"""Task: train a pipeline on labelled sentences and predict the intents of others."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from benchmarks.engine_tasks.files import run
from benchmarks.engine_tasks.rank import best

OURS, STOCK = "ours", "stock"
CLASSIFIER = "LinearIntentClassifier"
OF_THE_CLINIC = "ConditionDetector"
"""Learns from descriptions of conditions, of which other data sets have none."""


def intents(request: dict[str, Any]) -> dict[str, Any]:
    """Train `request["pipeline"]` ("ours" or "stock") on `train` and predict the intents of `texts`.

    `train` gives pairs of sentence and label. Returns `predictions` (name and confidence for each text), and
    `train_seconds`.
    """
    import rasa
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "config.yml"
        if request["pipeline"] == STOCK:
            shutil.copy(Path(rasa.__file__).parent / "cli" / "initial_project" / "config.yml", config)
        else:
            ours = yaml.safe_load(Path("config.yml").read_text(encoding="utf-8"))
            config.write_text(yaml.safe_dump(up_to_classifier(ours)), encoding="utf-8")
        (folder / "nlu.yml").write_text(training_file(request["train"]), encoding="utf-8")
        started = time.monotonic()
        model = train_nlu(
            str(config), str(folder / "nlu.yml"), str(folder / "models"), fixed_model_name="intents"
        )
        seconds = time.monotonic() - started
        agent = Agent.load(model)

        async def parse_all() -> list[dict[str, Any]]:
            return [best(await agent.parse_message(text)) for text in request["texts"]]

        return {"predictions": asyncio.run(parse_all()), "train_seconds": seconds}


def up_to_classifier(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with our pipeline's steps up to the intent classifier that suit any data set."""
    names = [step["name"].rsplit(".", 1)[-1] for step in config["pipeline"]]
    wanted = names[: names.index(CLASSIFIER) + 1]
    steps = [step for step, name in zip(config["pipeline"], wanted, strict=False) if name != OF_THE_CLINIC]
    return {"recipe": config["recipe"], "language": config["language"], "pipeline": steps, "policies": []}


def training_file(pairs: list[list[str]]) -> str:
    """Return Rasa's training data for pairs of sentence and label.

    Each example is a mapping with its `text`, so that no sentence is taken for the start of a list.
    """
    by_label: dict[str, list[str]] = {}
    for sentence, label in pairs:
        by_label.setdefault(label, []).append(" ".join(sentence.split()))
    nlu = [
        {"intent": label, "examples": [{"text": sentence} for sentence in sentences]}
        for label, sentences in by_label.items()
    ]
    return yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True)


if __name__ == "__main__":
    run(intents)
