"""The running engine leaves out what it does not use, and gives the real thing to whoever uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python(code: str) -> str:
    """Run code in a fresh interpreter after the deferrals; returns what it printed."""
    start = "import sys; from engine import deferred_imports; deferred_imports.apply(); "
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", start + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_server_and_our_components_do_without_what_they_do_not_use() -> None:
    modules = (
        "rasa.core.run, rasa.core.policies.rule_policy, engine.connector, engine.tracker_store, engine.nlg, "
        "rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer, engine.nlu.clinical_extractor, "
        "engine.nlu.linear_classifier, engine.policies.turn_policy, engine.upstream_fixes"
    )
    unused = "{'tensorflow', 'keras', 'matplotlib', 'boto3', 'pymongo'}"
    assert python(f"import {modules}; print({unused} & set(sys.modules))") == "set()"


def test_who_trains_a_neural_component_gets_the_real_classes() -> None:
    code = (
        "from rasa.utils import train_utils; print('tensorflow' in sys.modules); "
        "from rasa.nlu.classifiers.diet_classifier import DIETClassifier; "
        "from rasa.utils.tensorflow.callback import RasaTrainingLogger as Real; "
        "made = train_utils.create_common_callbacks(epochs=1); "
        "print('tensorflow' in sys.modules, [type(one) is Real for one in made])"
    )
    assert python(code).splitlines() == ["False", "True [True]"]


def test_who_plots_or_queries_gets_the_real_functions() -> None:
    code = (
        "import rasa.nlu.test, rasa.core.tracker_store, importlib; "
        "print('matplotlib' in sys.modules, 'boto3' in sys.modules); "
        "plot = rasa.nlu.test.plot_utils.plot_confusion_matrix; "
        "print(plot is importlib.import_module('rasa.utils.plotting').plot_confusion_matrix); "
        "import boto3.dynamodb.conditions as real; "
        "print(rasa.core.tracker_store.Key('sender_id').eq('a') == real.Key('sender_id').eq('a'))"
    )
    assert python(code).splitlines() == ["False False", "True", "True"]
