"""What the scripts say: progress with the seconds it took, and one clear line when something is wrong."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent

HEARTBEAT = 10.0
"""Seconds between two signs of life of a long step."""

TAIL = 30
"""Lines of a failed step's output that are shown."""


class SetUpError(Exception):
    """Something the person at the keyboard can put right; the text is one line that says how."""


def say(text: str) -> None:
    """Print a line at once. A reader that has gone away is no reason to stop."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def run_step(label: str, command: Sequence[str], *, hint: str, env: Mapping[str, str] | None = None) -> None:
    """Run `command` in the project's root, showing `label`, signs of life and the seconds it took.

    Its output is shown only if it fails. Raises SetUpError, ending in `hint`, when it cannot be started or
    ends with another code than 0.
    """
    say(f"{label} …")
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise SetUpError(f"{label}: cannot start {command[0]} ({error.strerror}). {hint}") from error
    tail: deque[str] = deque(maxlen=TAIL)

    def read() -> None:
        assert process.stdout is not None
        tail.extend(process.stdout)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        code = _wait(process, label, started)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    reader.join(timeout=1)
    seconds = time.monotonic() - started
    if code != 0:
        for line in list(tail):
            print("    " + line.rstrip(), file=sys.stderr)
        raise SetUpError(f"{label} failed after {seconds:.0f} s. {hint}")
    say(f"{label}: done in {seconds:.0f} s")


def _wait(process: subprocess.Popen[str], label: str, started: float) -> int:
    while True:
        try:
            return process.wait(timeout=HEARTBEAT)
        except subprocess.TimeoutExpired:
            say(f"{label} … {time.monotonic() - started:.0f} s")


def entry(main: Callable[[], int]) -> NoReturn:
    """Run a script's `main` and leave with its code; a SetUpError becomes one line and code 1."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        code = main()
    except SetUpError as error:
        print(f"needlewise: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _leave(number: int, _frame: object) -> NoReturn:
    """End as if interrupted, so that a running step is stopped on the way out."""
    sys.exit(128 + number)
