"""Trains the two bots from nothing."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.assistant import LAST_LINES
from benchmarks.speed.bots import rasa, stock_environment
from scripts.console import ROOT, SetUpError
from scripts.environments import ENGINE
from scripts.processes import child_environment

LONGEST = 600.0


def stock(project: Path) -> float:
    """Make and train the stock bot in a new folder; returns the seconds it took. Raises SetUpError."""
    project.mkdir()
    return _timed([*rasa("init"), "--no-prompt", "--init-dir", str(project)], project, stock_environment())


def ours(out: Path) -> float:
    """Train our model without Rasa's cache; returns the seconds it took. Raises SetUpError."""
    env = {**child_environment(), "RASA_CACHE_DIRECTORY": str(out.parent / "cache")}
    return _timed([str(ENGINE.python), "-m", "engine", "train", "--out", str(out)], ROOT, env)


def _timed(command: list[str], cwd: Path, env: Mapping[str, str]) -> float:
    started = time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired as error:
        raise SetUpError(f"{' '.join(command[1:4])} took more than {LONGEST:.0f} s") from error
    if done.returncode != 0:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-LAST_LINES:])
        raise SetUpError(f"{' '.join(command[1:4])} failed:\n{said}")
    return time.monotonic() - started
