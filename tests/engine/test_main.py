"""Starting the engine without what it needs: one clear line, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(tmp_path: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run `python -m engine`; returns its exit code and what it printed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NEEDLEWISE_")}
    environ.update({"NEEDLEWISE_VAR_DIR": str(tmp_path), **settings})
    done = subprocess.run(
        [sys.executable, "-m", "engine", *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    assert start(tmp_path, "run", NEEDLEWISE_ACTION_TIMEOUT="soon") == (
        1,
        "needlewise engine: NEEDLEWISE_ACTION_TIMEOUT must be a number of seconds, not 'soon'\n",
    )


@pytest.mark.parametrize("given", ["model", "key"])
def test_a_missing_model_or_key_is_one_line(tmp_path: Path, given: str) -> None:
    model, key = tmp_path / "model.tar.gz", tmp_path / "secrets" / "engine.key"
    missing = f"Cannot read the engine key {key}: run `make run`, which creates it"
    if given == "model":
        model.write_bytes(b"")
    else:
        missing = f"There is no model at {model}: run `make train`"
    code, printed = start(tmp_path, "run", "--model", str(model))
    assert code == 1
    assert printed.splitlines() == [f"needlewise engine: {missing}"]


def test_a_command_is_needed(tmp_path: Path) -> None:
    code, printed = start(tmp_path)
    assert code == 2
    assert printed.startswith("usage: python -m engine")
