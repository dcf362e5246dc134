"""Resident memory of a process and its children, from Linux's /proc."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PROC = Path("/proc")
MEGABYTE = 1_000_000


def resident(pid: int) -> float:
    """Return the resident memory of a process and all below it in MB (1,000,000 bytes).

    Pages that two of them share count twice. Raises OSError when the process has ended.
    """
    whole = _resident_pages(pid)
    for child in descendants(pid):
        with contextlib.suppress(OSError):
            whole += _resident_pages(child)
    return whole * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def descendants(pid: int) -> list[int]:
    """Return the processes below one."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(_parent(folder), []).append(int(folder.name))
    found, look = [], [pid]
    while look:
        below = children.get(look.pop(), [])
        found += below
        look += below
    return found


def _parent(folder: Path) -> int:
    # The name in brackets, which may hold anything, comes before the state and the parent.
    return int((folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])


def _resident_pages(pid: int) -> int:
    return int((PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1])
