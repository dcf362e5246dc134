"""Stops the runner's processes when the runner has been killed and cannot do so itself.

The supervisor holds the other end of this process's standard input and writes the process groups to it, one
a line, then `done`. End of file without `done` means that it was killed: `python -m scripts.guard GRACE`.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable

from scripts.groups import is_alive, send


def watch(lines: Iterable[str], grace: float) -> None:
    """Read until `done` or the end; at the end, stop all groups, with SIGKILL after `grace` seconds."""
    groups = []
    for line in lines:
        if line.strip() == "done":
            return
        groups.append(int(line))
    for group in groups:
        send(group, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and any(is_alive(group) for group in groups):
        time.sleep(0.1)
    for group in groups:
        send(group, signal.SIGKILL)


if __name__ == "__main__":
    watch(sys.stdin, float(sys.argv[1]))
