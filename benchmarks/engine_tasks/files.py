"""The frame of a task: `python -m benchmarks.engine_tasks.<name> IN OUT`."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(task: Callable[[Any], Any]) -> None:
    """Call a task with the content of the first file and write its result to the second."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    source, target = map(Path, sys.argv[1:3])
    result = task(json.loads(source.read_text(encoding="utf-8")))
    target.write_text(json.dumps(result), encoding="utf-8")
