"""Finding a CPython of one version: on PATH, or in pyenv's versions folder."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

PROBE = "import sys; print(sys.implementation.name, *sys.version_info[:2])"


def find_cpython(version: tuple[int, int], env: Mapping[str, str] = os.environ) -> Path | None:
    """The first working CPython of `version`, or None.

    Every candidate is run once: a name on PATH may be a version manager's shim that fails unless its
    version is selected, while the interpreter itself stands in the manager's folder.
    """
    for candidate in _candidates(version, env):
        if _is_cpython(candidate, version):
            return candidate
    return None


def _candidates(version: tuple[int, int], env: Mapping[str, str]) -> Iterator[Path]:
    name = f"python{version[0]}.{version[1]}"
    for folder in env.get("PATH", "").split(os.pathsep):
        candidate = Path(folder) / name
        if folder and candidate.is_file() and os.access(candidate, os.X_OK):
            yield candidate
    pyenv = Path(env.get("PYENV_ROOT") or Path(env.get("HOME") or Path.home()) / ".pyenv")
    installed = (pyenv / "versions").glob(f"{version[0]}.{version[1]}*/bin/python")
    yield from sorted(installed, key=_patch, reverse=True)


def _patch(interpreter: Path) -> int:
    match = re.fullmatch(r"\d+\.\d+\.(\d+)", interpreter.parent.parent.name)
    return int(match[1]) if match else -1


def _is_cpython(interpreter: Path, version: tuple[int, int]) -> bool:
    try:
        probe = subprocess.run(
            [interpreter, "-c", PROBE], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return probe.returncode == 0 and probe.stdout.split() == ["cpython", *map(str, version)]
