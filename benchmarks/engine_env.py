"""Runs a task of `benchmarks.engine_tasks` in the engine's environment."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from scripts.console import ROOT, SetUpError
from scripts.environments import ENGINE
from scripts.processes import child_environment

LAST_LINES = 15


def run_task(name: str, request: Any, *, timeout: float = 900.0) -> Any:
    """Return what the task makes of a request. Raises SetUpError ending in its last words when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "request.json"), Path(folder, "result.json")
        source.write_text(json.dumps(request), encoding="utf-8")
        command = [str(ENGINE.python), "-m", f"benchmarks.engine_tasks.{name}", str(source), str(target)]
        task = subprocess.run(
            command,
            cwd=ROOT,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
        if task.returncode != 0 or not target.exists():
            said = "\n".join((task.stderr or task.stdout).strip().splitlines()[-LAST_LINES:])
            raise SetUpError(f"The task {name} failed:\n{said}")
        return json.loads(target.read_text(encoding="utf-8"))
