"""Runs processes side by side: all start, their logs flow together, and all stop when one does."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.console import say
from scripts.groups import is_alive, send

GRACE = 20.0
"""Seconds that the processes get to stop by themselves."""

FIRST_SHARE = 0.6
"""The part of the grace that goes to the process that is stopped first."""

COLOURS = ("36", "35", "33", "32", "34")

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

STOP = "stop"


@dataclass(frozen=True)
class Service:
    """A process to run: the name before its log lines, and its command."""

    name: str
    command: Sequence[str]


class Supervisor:
    """Starts services, each as the leader of its own process group, and leaves none behind.

    A stop signal or the end of one service stops them all, the last started first: SIGTERM, and SIGKILL to
    whatever is left of the groups when `grace` seconds are over. A second stop signal ends the waiting.
    `scripts.guard` and `scripts.child` do the same if this process is killed.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        root: Path,
        env: Mapping[str, str],
        grace: float = GRACE,
        colour: bool = False,
    ) -> None:
        self._services = services
        self._root = root
        self._env = env
        self._grace = grace
        self._colour = colour
        self._width = max(len(service.name) for service in services)
        self._groups: list[int] = []
        self._logs: list[threading.Thread] = []
        # Filled by the signal handlers too, which only a SimpleQueue allows.
        self._events: queue.SimpleQueue[str] = queue.SimpleQueue()

    def run(self, on_start: Callable[[], None] | None = None) -> int:
        """Run until a stop signal (returns 0) or until a service ends or cannot start (returns 1).

        `on_start` runs in a thread beside the services, for instance to tell when they are ready. Call it in
        the main thread: the kernel ties the services' life to the thread that starts them.
        """
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: self._events.put(STOP))
        guard = self._start_guard()
        try:
            for index, service in enumerate(self._services):
                self._start(service, index, guard)
            if on_start:
                threading.Thread(target=on_start, daemon=True).start()
            event = self._events.get()
            if event != STOP:
                say(f"{event}; stopping the others")
        finally:
            self._stop_all()
            _tell(guard, "done")
            guard.wait()
        for log in self._logs:
            log.join(timeout=1)
        return 0 if event == STOP else 1

    def _start_guard(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "scripts.guard", str(self._grace)],
            cwd=self._root,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def _start(self, service: Service, index: int, guard: subprocess.Popen[str]) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.child", str(os.getpid()), *service.command],
            cwd=self._root,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._groups.append(process.pid)
        _tell(guard, str(process.pid))
        log = threading.Thread(target=self._copy_log, args=(process, service.name, index), daemon=True)
        log.start()
        self._logs.append(log)
        threading.Thread(target=self._report_end, args=(process, service.name), daemon=True).start()

    def _report_end(self, process: subprocess.Popen[str], name: str) -> None:
        code = process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        self._events.put(f"{name} {how}")

    def _copy_log(self, process: subprocess.Popen[str], name: str, index: int) -> None:
        assert process.stdout is not None
        prefix = f"{name:<{self._width}} | "
        if self._colour:
            prefix = f"\033[{COLOURS[index % len(COLOURS)]}m{prefix}\033[0m"
        for line in process.stdout:
            say(prefix + line.rstrip("\n"))

    def _stop_all(self) -> None:
        """Stop the last started while it can still reach the others, then these; kill what is left.

        The last one is the gateway, which finishes the answers it is giving.
        """
        began = time.monotonic()
        hurry = False
        for asked, share in ((self._groups[-1:], FIRST_SHARE), (self._groups, 1.0)):
            for group in asked:
                send(group, signal.SIGTERM)
            deadline = began + self._grace * share
            while any(map(is_alive, asked)) and time.monotonic() < deadline and not hurry:
                with contextlib.suppress(queue.Empty):
                    hurry = self._events.get(timeout=0.05) == STOP
        for group in self._groups:
            send(group, signal.SIGKILL)


def _tell(guard: subprocess.Popen[str], line: str) -> None:
    assert guard.stdin is not None
    with contextlib.suppress(OSError):
        guard.stdin.write(line + "\n")
        guard.stdin.flush()
