"""Environments are built again when their lock file changed; what stands in the way is said in one line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scripts import environments
from scripts.console import SetUpError
from scripts.environments import Environment


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    made = Environment(
        "test", tmp_path / ".venv", tmp_path / "requirements.lock", tmp_path / "requirements-dev.lock"
    )
    made.lock.write_text("one")
    made.dev_lock.write_text("one with tools")
    return made


@pytest.fixture
def steps(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Records what would be run; the interpreter appears as if uv had made it."""
    commands: list[list[str]] = []

    def run_step(label: str, command: list[str], **_: object) -> None:
        commands.append(command)
        environment.python.parent.mkdir(parents=True, exist_ok=True)
        environment.python.touch()

    monkeypatch.setattr(environments, "run_step", run_step)
    monkeypatch.setattr(environments, "find_uv", lambda: "uv")
    return commands


def test_a_built_environment_is_current_until_its_lock_changes(environment, steps):
    assert not environment.is_current(dev=False)
    environments.build(environment, dev=False)
    assert environment.is_current(dev=False)
    environment.lock.write_text("two")
    assert not environment.is_current(dev=False)


def test_an_environment_with_the_tools_serves_without_them_but_not_the_other_way_round(environment, steps):
    environments.build(environment, dev=False)
    assert not environment.is_current(dev=True)
    environments.build(environment, dev=True)
    assert environment.is_current(dev=True)
    assert environment.is_current(dev=False)


def test_only_what_the_hashed_lock_names_is_installed(environment, steps):
    environments.build(environment, dev=True)
    assert steps[-1][:5] == ["uv", "pip", "sync", "--require-hashes", "--compile-bytecode"]
    assert steps[-1][-1] == str(environment.dev_lock)


def test_a_lost_interpreter_means_building_again(environment, steps):
    environments.build(environment, dev=False)
    environment.python.unlink()
    assert not environment.is_current(dev=False)


def test_a_damaged_stamp_means_building_again(environment, steps):
    environments.build(environment, dev=False)
    environment.stamp.write_text("{")
    assert not environment.is_current(dev=False)


def test_a_build_that_failed_is_not_current(environment, steps, monkeypatch):
    environments.build(environment, dev=False)

    def fail(*_: object, **__: object) -> None:
        raise SetUpError("no network")

    monkeypatch.setattr(environments, "run_step", fail)
    with pytest.raises(SetUpError):
        environments.build(environment, dev=True)
    assert not environment.is_current(dev=False)


def test_the_engine_gets_python_3_10_from_uv_when_there_is_none(monkeypatch, capsys):
    monkeypatch.setattr(environments, "find_cpython", lambda version: None)
    assert environments._interpreter(environments.ENGINE) == [
        "--python-preference",
        "only-managed",
        "--python",
        "3.10",
    ]
    assert "uv fetches it" in capsys.readouterr().out


def test_the_main_environment_gets_the_python_that_runs_the_script():
    assert environments._interpreter(environments.MAIN) == ["--python", os.path.realpath(sys.executable)]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    blocked = tmp_path / "var"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(SetUpError, match="Cannot write in") as refused:
        environments.require_writable(blocked)
    assert str(blocked) in str(refused.value)


def test_lock_files_name_no_index_and_no_path_and_hash_every_package():
    for environment in (environments.MAIN, environments.ENGINE):
        for lock in (environment.lock, environment.dev_lock):
            text = lock.read_text()
            assert "--index-url" not in text
            assert "--find-links" not in text
            assert "://" not in text
            assert str(Path.home()) not in text
            packages = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
            assert packages
            assert all("==" in line and line.endswith("\\") for line in packages)


def test_the_lock_with_tools_has_the_same_versions():
    def pins(path: Path) -> set[str]:
        lines = path.read_text().splitlines()
        return {line.split()[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}

    for environment in (environments.MAIN, environments.ENGINE):
        assert pins(environment.lock) <= pins(environment.dev_lock)
