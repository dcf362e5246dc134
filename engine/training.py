"""Trains the model from nothing, without the bookkeeping that would let Rasa train parts of it again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def train(out: Path) -> None:
    """Train on the repository's domain, pipeline and data.

    Args:
        out: Where to write the model, a `.tar.gz`.

    Raises:
        SystemExit: If training failed; Rasa has said why.
    """
    from rasa.engine.training.hooks import TrainingHook
    from rasa.model_training import train as train_model

    # Rasa takes the fingerprint of everything that each step puts out, so as to keep it for the next
    # training: each token and feature of each example, a dozen times over. `scripts.model` knows by the
    # files whether there is anything to train, and then trains all of it.
    TrainingHook.on_before_node = _nothing
    TrainingHook.on_after_node = _nothing
    out.parent.mkdir(parents=True, exist_ok=True)
    result = train_model(
        domain="domain.yml",
        config="config.yml",
        training_files=["data"],
        output=str(out.parent),
        fixed_model_name=out.name.removesuffix(".tar.gz"),
        force_training=True,
    )
    if result.code != 0 or not result.model:
        sys.exit("needlewise engine: training failed; the lines above say why")


def _nothing(*_: Any, **__: Any) -> dict[str, Any]:
    return {}
