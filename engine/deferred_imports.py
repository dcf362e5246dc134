"""Keeps libraries that the running engine never uses out of its process.

Rasa imports them with its modules, whatever the model and the settings need. `apply` is called by `run`
before anything of Rasa is imported; training and Rasa's own commands import everything as always. Nothing
is taken away: what does use such a library gets the real one, at that moment.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_IMPORTERS = (
    "rasa.utils.train_utils",
    "rasa.core.tracker_store",
    "rasa.nlu.test",
    "rasa.core.channels",
    "rasa.core.run",
    "spacy",
)

# What they import for functions that the engine does not call, with the names that they take from there:
# loops that train neural components (TensorFlow and Keras), two more tracker stores, plots (matplotlib),
# splits of training data (half of scikit-learn), dask, which `engine.upstream_fixes` replaces, reminders,
# locks in Redis, and spaCy's command line.
_DEFERRED = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "boto3.dynamodb.conditions": ("Key",),
    "pymongo.collection": ("Collection",),
    "rasa.utils.plotting": (),
    "sklearn.model_selection": ("train_test_split",),
    "dask": ("get",),
    "apscheduler.schedulers.asyncio": ("AsyncIOScheduler",),
    "portalocker.redis": ("RedisLock",),
    "spacy.cli.info": ("info",),
}

# Rasa's channels to other companies' messengers, by the name that `credentials.yml` would give.
_CHANNELS = {
    "botframework": "BotFrameworkInput",
    "cmdline": "CmdlineInput",
    "facebook": "FacebookInput",
    "hangouts": "HangoutsInput",
    "mattermost": "MattermostInput",
    "rocketchat": "RocketChatInput",
    "slack": "SlackInput",
    "socketio": "SocketIOInput",
    "telegram": "TelegramInput",
    "twilio": "TwilioInput",
    "twilio_voice": "TwilioVoiceInput",
    "webexteams": "WebexTeamsInput",
}


def apply() -> None:
    """Import the modules of Rasa named above with placeholders for what they defer.

    With everything an engine took 811 MB of memory and 18 s of CPU to start; without TensorFlow, plots and
    the other tracker stores 500 MB and 9.5 s; now it is 455 MB and 7.6 s (with `engine.upstream_fixes`, which
    keeps the training graph out).
    """
    placeholders = {
        name: _placeholder(name, {one: _forward(name, one) for one in callables})
        for name, callables in _DEFERRED.items()
    }
    for channel, name in _CHANNELS.items():
        module = f"rasa.core.channels.{'console' if channel == 'cmdline' else channel}"
        placeholders[module] = _placeholder(module, {name: _channel(module, name, channel)})
    placeholders = {name: module for name, module in placeholders.items() if name not in sys.modules}
    sys.modules.update(placeholders)
    try:
        _import_scikit_learn_without_statistics()
        for importer in _IMPORTERS:
            importlib.import_module(importer)
    finally:
        for name in placeholders:
            del sys.modules[name]


def _import_scikit_learn_without_statistics() -> None:
    """Import what counts words without `scipy.stats`, which scales and samples what we don't."""
    if "scipy.stats" in sys.modules or "sklearn" in sys.modules:
        return
    # One base class is needed at once, for a distribution (`loguniform`) that is made anew when asked for.
    sys.modules["scipy.stats"] = _placeholder("scipy.stats", {"reciprocal": object})
    try:
        fixes = importlib.import_module("sklearn.utils.fixes")
        importlib.import_module("sklearn.preprocessing")
    finally:
        del sys.modules["scipy.stats"]

    def real(attribute: str) -> Any:
        if attribute != "loguniform":
            raise AttributeError(f"module {fixes.__name__!r} has no attribute {attribute!r}")
        spec = fixes.__spec__
        assert spec is not None and spec.loader is not None
        whole = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(whole)
        return whole.loguniform

    delattr(fixes, "loguniform")
    vars(fixes)["__getattr__"] = real  # PEP 562


def _placeholder(name: str, attributes: dict[str, Any]) -> ModuleType:
    """Return a stand-in, of use also when the real module may be imported again."""
    module = ModuleType(name)
    vars(module).update(attributes)

    def real(attribute: str) -> Any:
        if attribute.startswith("__") or sys.modules.get(name) is module:
            raise AttributeError(f"module {name!r} is deferred and has no {attribute!r} yet")
        return getattr(importlib.import_module(name), attribute)

    vars(module)["__getattr__"] = real  # PEP 562
    return module


def _forward(module: str, name: str) -> Callable[..., Any]:
    """Return a function that imports a callable when it is called and calls it."""

    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*arguments, **named)

    return call


def _channel(module: str, class_name: str, channel: str) -> type:
    """Return a stand-in for a channel's class, which tells its name and makes the real one."""

    class Channel:
        """Knows a channel's name only."""

        def __new__(cls, *arguments: Any, **named: Any) -> Any:
            return getattr(importlib.import_module(module), class_name)(*arguments, **named)

        @classmethod
        def name(cls) -> str:
            return channel

        @classmethod
        def from_credentials(cls, credentials: dict[str, Any] | None) -> Any:
            return getattr(importlib.import_module(module), class_name).from_credentials(credentials)

    return Channel
