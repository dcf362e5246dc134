"""Keeps libraries that the running engine never uses out of its process.

Rasa imports them with its modules, whatever the model and the settings need. `apply` is called by `run`
before anything of Rasa is imported; training and Rasa's own commands import everything as always. Nothing
is taken away: what does use such a library gets the real one, at that moment.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

Names = tuple[str, ...]

# For each module of Rasa: what it imports for functions that the engine does not call, and the names that
# it takes from there. Entity extractors and policies import the first, whose loops train neural components
# (TensorFlow and Keras); the server imports the others (matplotlib for reports, two more tracker stores).
_DEFERRED: tuple[tuple[str, Mapping[str, Names]], ...] = (
    (
        "rasa.utils.train_utils",
        {
            "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
            "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
        },
    ),
    ("rasa.nlu.test", {"rasa.utils.plotting": ()}),
    (
        "rasa.core.tracker_store",
        {"boto3.dynamodb.conditions": ("Key",), "pymongo.collection": ("Collection",)},
    ),
)


def apply() -> None:
    """Import the modules of Rasa named above, without what they defer.

    With TensorFlow, matplotlib, boto3 and pymongo an engine took 811 MB and 18 s of CPU to start.
    """
    for importer, deferred in _DEFERRED:
        import_without(importer, deferred)


def import_without(importer: str, deferred: Mapping[str, Names]) -> None:
    """Import a module with placeholders for modules that it imports.

    Args:
        importer: The module. Nothing happens if it is imported already.
        deferred: Names of functions and classes that it takes by name, for each module to defer.
    """
    absent = [name for name in deferred if name not in sys.modules]
    if importer in sys.modules:
        return
    for name in absent:
        sys.modules[name] = _placeholder(name, deferred[name])
    try:
        importlib.import_module(importer)
    finally:
        for name in absent:
            del sys.modules[name]


def _placeholder(name: str, callables: Names) -> ModuleType:
    """Return a stand-in, of use also after the real module may be imported again."""
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
