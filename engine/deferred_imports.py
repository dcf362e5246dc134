"""Keeps libraries that the running engine never uses out of its process.

Rasa imports them with its modules, whatever the model needs. `apply` is called by `run` before anything
of Rasa is imported; training and Rasa's own commands import everything as always. Nothing is taken away:
what does use such a library gets the real one.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

# Neural training loops. `rasa.utils.train_utils` needs them by name only, in two functions that train.
_TRAINING = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
}


def apply() -> None:
    """Apply every deferral."""
    defer_tensorflow()


def defer_tensorflow() -> None:
    """Import `rasa.utils.train_utils` without TensorFlow.

    Every entity extractor and policy imports that module, which imports two modules of training loops and
    with them TensorFlow and Keras. A model that does hold a neural component imports TensorFlow itself.
    """
    placeholders = {name: _placeholder(name, classes) for name, classes in _TRAINING.items()}
    sys.modules.update(placeholders)
    try:
        importlib.import_module("rasa.utils.train_utils")
    finally:
        package = sys.modules.get("rasa.utils.tensorflow")
        for name in placeholders:
            del sys.modules[name]
            vars(package).pop(name.rpartition(".")[2], None)


def _placeholder(name: str, classes: tuple[str, ...]) -> ModuleType:
    module = ModuleType(name)
    for class_name in classes:
        setattr(module, class_name, _constructor(name, class_name))
    return module


def _constructor(module: str, class_name: str) -> Callable[..., Any]:
    """Return a function that imports a class when it is called and constructs one."""

    def construct(*arguments: Any, **named: Any) -> Any:
        return getattr(importlib.import_module(module), class_name)(*arguments, **named)

    return construct
