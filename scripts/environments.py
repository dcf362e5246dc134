"""The two Python environments, built from their hashed lock files by uv when these have changed."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.console import ROOT, SetUpError, entry, run_step, say
from scripts.interpreters import find_cpython

NETWORK_HINT = "See the lines above; check the network and the free disk space, then run make again."


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the lock files it is made from; `dev_lock` holds the other's packages too."""

    name: str
    folder: Path
    lock: Path
    dev_lock: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """Names the lock files the environment was last built from. It goes when the environment goes."""
        return self.folder / "needlewise.json"

    def is_current(self, *, dev: bool) -> bool:
        """Whether the environment was built from the lock files as they are now."""
        if not self.python.exists():
            return False
        try:
            built = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        if not isinstance(built, dict) or built.get("lock") != digest(self.lock):
            return False
        return not dev or built.get("dev_lock") == digest(self.dev_lock)


MAIN = Environment("main", ROOT / ".venv", ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
ENGINE = Environment(
    "engine",
    ROOT / "engine" / ".venv",
    ROOT / "engine" / "requirements.lock",
    ROOT / "engine" / "requirements-dev.lock",
)
ENGINE_PYTHON = (3, 10)
"""The newest Python that Rasa 3.6 runs on."""


def digest(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def set_up(*, dev: bool = False) -> None:
    """Make both environments current. Does next to nothing when they are."""
    with exclusively():
        for environment in (MAIN, ENGINE):
            if not environment.is_current(dev=dev):
                build(environment, dev=dev)


@contextlib.contextmanager
def exclusively() -> Iterator[None]:
    """Hold the folder's set-up lock, so that two runs beside each other do not build the same thing."""
    var = ROOT / "var"
    require_writable(ROOT)
    require_writable(var)
    with open(var / "set-up.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work in this folder; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def require_writable(folder: Path) -> None:
    """Make `folder` if it is missing. Raises SetUpError if nothing can be written in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SetUpError(
            f"Cannot write in {folder} ({error.strerror}). Make it writable for your account, then try again."
        ) from error


def build(environment: Environment, *, dev: bool) -> None:
    """Bring `environment` to exactly what its lock file says. Raises SetUpError when that fails."""
    uv = find_uv()
    environment.stamp.unlink(missing_ok=True)
    label = f"Building the {environment.name} environment"
    if not environment.python.exists():
        shutil.rmtree(environment.folder, ignore_errors=True)
        run_step(
            f"{label}: interpreter",
            [uv, "venv", *_interpreter(environment), str(environment.folder)],
            hint="Install CPython 3.10 (for instance with pyenv or uv), then run make again."
            if environment is ENGINE
            else NETWORK_HINT,
        )
    lock = environment.dev_lock if dev else environment.lock
    # Compiled once here; where Python may not write bytecode, every start of the engine would do it again.
    sync = [uv, "pip", "sync", "--require-hashes", "--compile-bytecode"]
    run_step(
        f"{label}: packages",
        [*sync, "--python", str(environment.python), str(lock)],
        hint=NETWORK_HINT,
    )
    built = {
        "lock": digest(environment.lock),
        "dev_lock": digest(environment.dev_lock) if dev else None,
    }
    environment.stamp.write_text(json.dumps(built), encoding="utf-8")


def _interpreter(environment: Environment) -> list[str]:
    """uv's options that choose the interpreter: this one, or an old CPython from anywhere."""
    if environment is not ENGINE:
        return ["--python", os.path.realpath(sys.executable)]
    found = find_cpython(ENGINE_PYTHON)
    if found:
        return ["--python", str(found)]
    version = ".".join(map(str, ENGINE_PYTHON))
    say(f"CPython {version} is not on this machine; uv fetches it")
    return ["--python-preference", "only-managed", "--python", version]


def find_uv() -> str:
    """The path of a working uv: the one on PATH, else our own copy, installed at the first call."""
    for candidate in (shutil.which("uv"), str(ROOT / "var" / "tools" / "uv" / "bin" / "uv")):
        if candidate and _answers(candidate):
            return candidate
    folder = ROOT / "var" / "tools" / "uv"
    shutil.rmtree(folder, ignore_errors=True)
    run_step(
        "Getting uv: environment",
        [sys.executable, "-m", "venv", str(folder)],
        hint="Install Python's venv module (Debian and Ubuntu: apt install python3-venv), or uv itself.",
    )
    run_step(
        "Getting uv: package",
        [
            str(folder / "bin" / "python"),
            *("-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *("-r", str(ROOT / "scripts" / "uv-requirements.lock")),
        ],
        hint=NETWORK_HINT,
    )
    return str(folder / "bin" / "uv")


def _answers(uv: str) -> bool:
    try:
        return subprocess.run([uv, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    """Build what is missing."""
    parser = argparse.ArgumentParser(prog="python -m scripts.environments", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with the tools that the checks need")
    set_up(dev=parser.parse_args().dev)
    return 0


if __name__ == "__main__":
    entry(main)
