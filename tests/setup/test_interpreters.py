"""Interpreters are found where people have them, and shims that fail are passed over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.interpreters import find_cpython

ROOT = Path(__file__).resolve().parents[2]


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def python(path: Path, version: str = "3 10", implementation: str = "cpython") -> Path:
    return executable(path, f"echo {implementation} {version}")


def search(tmp_path: Path, *folders: str) -> Path | None:
    path = ":".join(str(tmp_path / folder) for folder in folders)
    return find_cpython((3, 10), {"PATH": path, "PYENV_ROOT": str(tmp_path / "pyenv"), "HOME": str(tmp_path)})


def test_the_first_one_on_path_is_taken(tmp_path):
    first = python(tmp_path / "a" / "python3.10")
    python(tmp_path / "b" / "python3.10")
    assert search(tmp_path, "a", "b") == first


def test_a_shim_that_fails_is_passed_over(tmp_path):
    executable(tmp_path / "shims" / "python3.10", "echo 'command not found' >&2; exit 127")
    works = python(tmp_path / "b" / "python3.10")
    assert search(tmp_path, "shims", "b") == works


def test_pyenvs_folder_is_searched_newest_patch_first(tmp_path):
    executable(tmp_path / "shims" / "python3.10", "exit 127")
    python(tmp_path / "pyenv" / "versions" / "3.10.9" / "bin" / "python")
    newest = python(tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python")
    python(tmp_path / "pyenv" / "versions" / "3.11.7" / "bin" / "python", "3 11")
    assert search(tmp_path, "shims") == newest


def test_pyenvs_folder_in_the_home_folder_is_the_default(tmp_path):
    found = python(tmp_path / ".pyenv" / "versions" / "3.10.1" / "bin" / "python")
    assert find_cpython((3, 10), {"PATH": "", "HOME": str(tmp_path)}) == found


def test_another_version_under_that_name_or_another_implementation_does_not_do(tmp_path):
    python(tmp_path / "a" / "python3.10", "3 9")
    python(tmp_path / "b" / "python3.10", implementation="pypy")
    assert search(tmp_path, "a", "b", "missing") is None


def test_none_is_none(tmp_path):
    assert search(tmp_path, "a") is None


def wrapper(path: str, home: Path, *, chosen: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            "/bin/sh",
            str(ROOT / "scripts" / "python.sh"),
            "-c",
            "import sys; print(sys.version_info >= (3, 11))",
        ],
        env={
            "PATH": path,
            "HOME": str(home),
            "PYENV_ROOT": str(home),
            **({"PYTHON": chosen} if chosen else {}),
        },
        capture_output=True,
        text=True,
    )


def test_the_wrapper_runs_a_new_enough_python_and_passes_over_shims(tmp_path):
    executable(tmp_path / "shims" / "python3.11", "exit 127")
    executable(tmp_path / "bin" / "python3", f'exec {sys.executable} "$@"')
    found = wrapper(f"{tmp_path}/shims:{tmp_path}/bin", tmp_path)
    assert (found.stdout, found.stderr) == ("True\n", "")


def test_the_wrapper_refuses_a_chosen_python_that_is_too_old(tmp_path):
    old = executable(tmp_path / "old", "exit 1")
    refused = wrapper("/nowhere", tmp_path, chosen=str(old))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"needlewise: PYTHON={old} is not CPython 3.11 or newer. Unset it, or point it at one.\n"
    )
