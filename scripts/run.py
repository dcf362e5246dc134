"""`make run`: sets up what is missing, starts the three processes and stays until they stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from scripts import node
from scripts.child import end_with_parent
from scripts.console import ROOT, SetUpError, entry, say
from scripts.environments import ENGINE, MAIN, require_writable, set_up
from scripts.model import train
from scripts.processes import addresses, child_environment, require_free
from scripts.supervisor import Service, Supervisor

POLL = 0.25
"""Seconds between two looks at /readyz."""

PATIENCE = 15.0
"""Seconds after which a start that is not over says what it waits for."""

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main() -> int:
    """Prepare, then run. Returns 0 after a stop signal and 1 when a process died."""
    if _started_by_make():
        end_with_parent(os.getppid())
    where = addresses()
    require_free(where)
    require_writable(Path(os.environ.get("NEEDLEWISE_VAR_DIR") or ROOT / "var"))
    set_up()
    train()
    node.build_if_possible()
    _prepare()
    supervisor = Supervisor(
        [
            Service("actions", [str(MAIN.python), "-m", "actions"]),
            Service("engine", [str(ENGINE.python), "-m", "engine", "run"]),
            Service("gateway", [str(MAIN.python), "-m", "gateway"]),
        ],
        root=ROOT,
        env=child_environment(),
        colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
    )
    return supervisor.run(lambda: announce(where.gateway.url))


def _started_by_make() -> bool:
    """Whether the parent is make itself, whose violent death should stop the assistant as well."""
    try:
        return Path(f"/proc/{os.getppid()}/comm").read_text(encoding="ascii").strip() in ("make", "gmake")
    except (OSError, ValueError):
        return False


def _prepare() -> None:
    """Check settings and knowledge, make the secrets, migrate. Raises SetUpError with the command's words."""
    prepared = subprocess.run(
        [str(MAIN.python), "-m", "clinic", "prepare"],
        cwd=ROOT,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if prepared.returncode != 0:
        *before, said = (prepared.stderr or prepared.stdout).strip().splitlines() or [
            "clinic prepare failed."
        ]
        if before:
            print("\n".join(before), file=sys.stderr)
        raise SetUpError(said.removeprefix("error: "))


def announce(url: str) -> None:
    """Poll `url`/readyz until it is ready, then print the line that says so."""
    started = told = time.monotonic()
    while missing := readiness(url):
        if time.monotonic() - told >= PATIENCE:
            told = time.monotonic()
            say(f"Still starting after {told - started:.0f} s; waiting for: {missing}")
        time.sleep(POLL)
    say(f"Ready: {url}")


def readiness(url: str) -> str:
    """What /readyz says is missing; empty when everything answers."""
    try:
        with _DIRECT.open(f"{url}/readyz", timeout=10):
            return ""
    except urllib.error.HTTPError as error:
        try:
            return ", ".join(json.load(error)["missing"])
        except (ValueError, KeyError, TypeError):
            return f"HTTP {error.code}"
    except OSError:
        return "gateway"


if __name__ == "__main__":
    entry(main)
