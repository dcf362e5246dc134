"""What runs in the engine's environment: the parts that need none of its libraries."""

from __future__ import annotations

import pytest
import yaml

from benchmarks.engine_env import run_task
from benchmarks.engine_tasks.intents import training_file, up_to_classifier
from benchmarks.engine_tasks.rank import best
from scripts.console import ROOT, SetUpError


def test_the_fallback_is_not_an_intent():
    ranking = [{"name": "nlu_fallback", "confidence": 0.65}, {"name": "ask_pain", "confidence": 0.3}]
    assert best({"intent_ranking": ranking}) == {"name": "ask_pain", "confidence": 0.3}
    assert best({"intent_ranking": []}) == {"name": "", "confidence": 0.0}


def test_our_pipeline_ends_with_its_classifier():
    ours = up_to_classifier(yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8")))
    assert ours["pipeline"][-1]["name"].endswith("LinearIntentClassifier")
    assert not any(step["name"].endswith("ConditionDetector") for step in ours["pipeline"])
    assert ours["policies"] == []


def test_a_sentence_stays_a_sentence_in_the_training_file():
    written = yaml.safe_load(training_file([("- yes: no?\nreally", "A"), ("0% EMI.", "B")]))
    assert written["nlu"] == [
        {"intent": "A", "examples": [{"text": "- yes: no? really"}]},
        {"intent": "B", "examples": [{"text": "0% EMI."}]},
    ]


def test_a_task_that_fails_is_named():
    with pytest.raises(SetUpError, match="The task nonsense failed"):
        run_task("nonsense", {})
