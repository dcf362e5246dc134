"""`make test` and `make lint`: every check and test suite, all of them even if one fails."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.browser import get_chromium
from scripts.console import ROOT, entry, say
from scripts.environments import ENGINE, MAIN, exclusively, set_up
from scripts.model import train
from scripts.node import WIDGET, build, install_packages
from scripts.processes import child_environment


@dataclass(frozen=True)
class Suite:
    """A check: its name and its command."""

    name: str
    command: Sequence[str]
    path: str | None = None
    """PATH, where it must be another one."""


@dataclass(frozen=True)
class Result:
    """How a suite ended: its exit code, the seconds it took, and the last line it printed."""

    suite: Suite
    code: int
    seconds: float
    closing_line: str


def lint() -> list[Suite]:
    """Style and types."""
    tool = str(MAIN.folder / "bin") + os.sep
    return [
        Suite("ruff check", [f"{tool}ruff", "check", "."]),
        Suite("ruff format", [f"{tool}ruff", "format", "--check", "."]),
        Suite("mypy", [f"{tool}mypy"]),
        Suite(
            "mypy engine",
            [f"{tool}mypy", "--config-file", "engine/pyproject.toml", "engine", "benchmarks/engine_tasks"],
        ),
    ]


def tests() -> list[Suite]:
    """The test suites, each in its environment."""
    colour = [f"--color={'yes' if sys.stdout.isatty() else 'no'}"]
    engine, main = str(ENGINE.python), str(MAIN.python)
    suites = [
        Suite("engine", [engine, "-m", "pytest", *colour, "tests/engine"]),
        Suite("rasa data", [sys.executable, "-m", "scripts.rasa_data"]),
        Suite("pytest", [main, "-m", "pytest", *colour, "tests"]),
    ]
    if (ROOT / "tests" / "stories").is_dir():
        stories = ["--stories", "tests/stories", "--out", "results", "--fail-on-prediction-errors"]
        model = ["--model", "models/needlewise.tar.gz", "--endpoints", "endpoints.yml"]
        suites.insert(2, Suite("stories", [engine, "-m", "rasa", "test", "core", *stories, *model]))
    return suites


def widget(script: str) -> Suite:
    """A script of the chat widget's own `package.json`."""
    found = install_packages()
    command = [*found.npm, "--prefix", str(WIDGET), "run", script]
    return Suite(f"widget {script}", command, found.environment()["PATH"])


def run(suite: Suite) -> Result:
    """Run one suite, its output passed on as it comes."""
    say(f"\n== {suite.name}")
    started = time.monotonic()
    process = subprocess.Popen(
        suite.command,
        cwd=ROOT,
        env=child_environment() | ({"PATH": suite.path} if suite.path else {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    closing_line = ""
    try:
        for line in process.stdout:
            say(line.rstrip("\n"))
            closing_line = line.strip() or closing_line
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return Result(suite, code, time.monotonic() - started, closing_line)


def report(results: Sequence[Result]) -> int:
    """Print how each suite ended, in its own closing words. Returns 1 if one failed, else 0."""
    say("")
    for result in results:
        state = "ok    " if result.code == 0 else "FAILED"
        say(f"{state} {result.suite.name:<12} {result.seconds:6.1f} s   {result.closing_line}")
    return int(any(result.code for result in results))


def main() -> int:
    """Set up with the tools, and run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m scripts.checks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", "lint"], default="all")
    only_lint = parser.parse_args().what == "lint"
    set_up(dev=True)
    with exclusively():
        suites = [*lint(), widget("check")]
    if not only_lint:
        train()
        get_chromium()
        with exclusively():
            build()
        suites += [widget("test"), *tests()]
    return report([run(suite) for suite in suites])


if __name__ == "__main__":
    entry(main)
