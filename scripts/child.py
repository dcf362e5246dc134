"""Becomes a command that does not outlive its starter: `python -m scripts.child PARENT_PID COMMAND…`."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""`prctl` option of Linux: the signal to get when the parent dies. Survives `exec`."""


def end_with_parent(parent: int) -> None:
    """Ask the kernel for SIGTERM when `parent` dies. Exits at once if it has died already.

    Linux only. Elsewhere, and where Python was built without ctypes, `scripts.guard` alone sees to it.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(ImportError):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
