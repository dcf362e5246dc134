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
    unused = (
        "{'tensorflow', 'keras', 'matplotlib', 'boto3', 'pymongo', 'sklearn.model_selection', 'scipy.stats', "
        "'dask', 'apscheduler', 'redis', 'spacy.cli', 'slack_sdk', 'aiogram', 'questionary', 'socketio'}"
    )
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


def test_who_names_a_channel_gets_the_real_one() -> None:
    code = (
        "from rasa.core.channels import BUILTIN_CHANNELS, RestInput; from rasa.core import run; "
        "print(sorted(BUILTIN_CHANNELS)); print(BUILTIN_CHANNELS['rest'] is RestInput); "
        "made = run._create_single_channel('telegram', {'access_token': '1:a', 'verify': 'v', "
        "'webhook_url': 'u'}); from rasa.core.channels.telegram import TelegramInput as Real; "
        "print(type(made) is Real, 'slack_sdk' in sys.modules); "
        "from rasa.core.channels import SlackInput; import rasa.core.channels.slack as slack; "
        "made = SlackInput('token', slack_signing_secret='s'); "
        "print(type(made) is slack.SlackInput, run.console.CmdlineInput.name())"
    )
    channels = (
        "['botframework', 'callback', 'cmdline', 'facebook', 'hangouts', 'mattermost', 'rasa', 'rest', "
        "'rocketchat', 'slack', 'socketio', 'telegram', 'twilio', 'twilio_voice', 'webexteams']"
    )
    assert python(code).splitlines() == [channels, "True", "True False", "True cmdline"]


def test_every_deferred_channel_has_the_name_that_rasa_gives_it() -> None:
    code = (
        "import importlib; from rasa.core.channels import input_channel_classes as classes; "
        "module = lambda name: 'console' if name == 'cmdline' else name; "
        "print([name for name, one in deferred_imports._CHANNELS.items() if getattr(importlib.import_module("
        "'rasa.core.channels.' + module(name)), one).name() != name]); "
        "print({*deferred_imports._CHANNELS} <= {one.name() for one in classes})"
    )
    assert python(code).splitlines() == ["[]", "True"]


def test_who_splits_data_or_searches_gets_the_real_functions() -> None:
    code = (
        "from rasa.utils.tensorflow import model_data; print('sklearn.model_selection' in sys.modules); "
        "print([len(part) for part in model_data.train_test_split(list(range(10)), test_size=0.2)]); "
        "from sklearn.utils.fixes import loguniform; from scipy.stats import reciprocal; "
        "print(loguniform(1, 10).mean() == reciprocal(1, 10).mean()); "
        "from sklearn.preprocessing import PowerTransformer; "
        "print(PowerTransformer(method='box-cox').fit_transform([[1.0], [2.0]]).shape); "
        "import sklearn.model_selection, sklearn.metrics, dask, rasa.engine.runner.dask as runner; "
        "print(runner.dask.get({'a': 1}, 'a') == dask.get({'a': 1}, 'a'))"
    )
    assert python(code).splitlines() == ["False", "[8, 2]", "True", "(2, 1)", "True"]


def test_who_sets_a_reminder_or_asks_spacy_gets_the_real_thing() -> None:
    code = (
        "import asyncio; from rasa.core import jobs; print('apscheduler' in sys.modules); "
        "scheduler = asyncio.run(jobs.scheduler()); "
        "from apscheduler.schedulers.asyncio import AsyncIOScheduler as Real; "
        "print(type(scheduler) is Real, scheduler.get_jobs()); "
        "import spacy; print(spacy.info(silent=True)['spacy_version'] == spacy.__version__)"
    )
    assert python(code).splitlines() == ["False", "True []", "True"]
