"""Keeps libraries that the running engine never uses out of its process.

Rasa imports them with its modules, whatever the model and the settings need. `apply` is called by `run`
before anything of Rasa is imported; training and Rasa's own commands import everything as always. Nothing
is taken away: what does use such a library gets the real one, at that moment.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_IMPORTERS = ("rasa.utils.train_utils", "rasa.core.tracker_store", "rasa.nlu.test")

# What they import for functions that the engine does not call, with the names that they take from there:
# loops that train neural components (TensorFlow and Keras), two more tracker stores, plots (matplotlib).
_DEFERRED = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "boto3.dynamodb.conditions": ("Key",),
    "pymongo.collection": ("Collection",),
    "rasa.utils.plotting": (),
}


def apply() -> None:
    """Import the modules of Rasa named above with placeholders for what they defer.

    With everything an engine took 811 MB of memory and 18 s of CPU to start; now it is 470 MB and 10 s (with
    `engine.upstream_fixes`, which keeps the training graph out).
    """
    placeholders = {
        name: _placeholder(name, callables)
        for name, callables in _DEFERRED.items()
        if name not in sys.modules
    }
    sys.modules.update(placeholders)
    try:
        for importer in _IMPORTERS:
            importlib.import_module(importer)
    finally:
        for name in placeholders:
            del sys.modules[name]


def _placeholder(name: str, callables: tuple[str, ...]) -> ModuleType:
    """Return a stand-in, of use also when the real module may be imported again."""
    module = ModuleType(name)
    for one in callables:
        setattr(module, one, _forward(name, one))

    def real(attribute: str) -> Any:
        if attribute.startswith("__") or sys.modules.get(name) is module:
            raise AttributeError(f"module {name!r} is deferred and has no {attribute!r} yet")
        return getattr(importlib.import_module(name), attribute)

    setattr(module, "__getattr__", real)  # noqa: B010  # PEP 562
    return module


def _forward(module: str, name: str) -> Callable[..., Any]:
    """Return a function that imports a callable when it is called and calls it."""

    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*arguments, **named)

    return call
