"""Process groups: asking a whole family of processes to stop, and seeing that it did.

macOS answers "not permitted" about a group of which only zombies are left.
"""

from __future__ import annotations

import contextlib
import os
import signal


def send(group: int, what: signal.Signals) -> None:
    """Send a signal to every process of the group, if there is one left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, what)


def is_alive(group: int) -> bool:
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
