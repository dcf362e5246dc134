"""The runner's promise: all processes start, all stop together, and none is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS


def forks(then: str) -> str:
    """Code that starts a process of its own, notes both ids in the file named by $PIDS, and goes on."""
    note = "open(os.environ['PIDS'], 'a').write(f'{os.getpid()} {child.pid} ')"
    return (
        "import os, subprocess, sys; "
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); {note}; {then}"
    )


@pytest.fixture
def pids(tmp_path: Path) -> Callable[[], list[int]]:
    """Reads the ids that the stand-ins noted."""
    noted = tmp_path / "pids"
    noted.touch()
    return lambda: [int(pid) for pid in noted.read_text().split()]


@pytest.fixture
def start(tmp_path: Path, pids: Callable[[], list[int]]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the supervisor with the given stand-ins. Whatever a failed test leaves is killed."""
    runners = []

    def begin(grace: float = 3.0, **fakes: str) -> subprocess.Popen[str]:
        runner = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("run_fakes.py")), str(grace)]
            + [f"{name}={code}" for name, code in fakes.items()],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PIDS": str(tmp_path / "pids")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        runners.append(runner)
        return runner

    yield begin
    for runner in runners:
        if runner.poll() is None:
            runner.kill()
        runner.communicate()
    for pid in pids():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether the process exists and is not just a zombie that nobody has collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def eventually(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def wait_until_started(pids: Callable[[], list[int]], count: int) -> list[int]:
    assert eventually(lambda: len(pids()) == count)
    assert all(is_running(pid) for pid in pids())
    return pids()


def test_one_that_dies_stops_the_others_and_the_exit_code_says_so(start, pids):
    runner = start(stays=forks(SLEEPS), dies="import time; time.sleep(1); raise SystemExit(3)")
    output, _ = runner.communicate(timeout=20)
    assert runner.returncode == 1
    assert "dies ended with exit code 3; stopping the others" in output
    assert len(pids()) == 2
    assert not any(is_running(pid) for pid in pids())


def test_one_that_is_killed_is_named_with_its_signal(start, pids):
    runner = start(stays=SLEEPS, killed=forks(SLEEPS))
    os.kill(wait_until_started(pids, 2)[0], signal.SIGKILL)
    output, _ = runner.communicate(timeout=20)
    assert runner.returncode == 1
    assert "killed was ended by SIGKILL" in output
    assert not any(is_running(pid) for pid in pids())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_leaves_no_orphan(start, pids, number):
    runner = start(one=forks(SLEEPS), two=forks(SLEEPS))
    started = wait_until_started(pids, 4)
    runner.send_signal(number)
    runner.communicate(timeout=20)
    assert runner.returncode == 0
    assert not any(is_running(pid) for pid in started)


def test_one_that_ignores_sigterm_is_killed_after_the_grace(start, pids):
    runner = start(grace=1.0, stubborn=forks(IGNORES_SIGTERM))
    started = wait_until_started(pids, 2)
    assert "up" in runner.stdout.readline()
    runner.send_signal(signal.SIGTERM)
    began = time.monotonic()
    runner.communicate(timeout=20)
    assert time.monotonic() - began >= 0.9
    assert not any(is_running(pid) for pid in started)


def test_a_second_ctrl_c_ends_the_waiting(start, pids):
    runner = start(grace=60.0, stubborn=forks(IGNORES_SIGTERM))
    started = wait_until_started(pids, 2)
    assert "up" in runner.stdout.readline()
    runner.send_signal(signal.SIGINT)
    time.sleep(0.5)
    runner.send_signal(signal.SIGINT)
    runner.communicate(timeout=20)
    assert not any(is_running(pid) for pid in started)


def test_a_killed_runner_takes_its_processes_and_theirs_along(start, pids):
    runner = start(grace=1.0, one=forks(SLEEPS), stubborn=forks(IGNORES_SIGTERM))
    started = wait_until_started(pids, 4)
    runner.kill()
    assert eventually(lambda: not any(is_running(pid) for pid in started))


def test_log_lines_carry_the_name_of_their_process(start):
    runner = start(talks="print('first'); print('second')", other=SLEEPS)
    output, _ = runner.communicate(timeout=20)
    assert "talks | first\n" in output
    assert "talks | second\n" in output


def test_a_very_long_log_line_does_not_stop_the_log(start):
    runner = start(talks="print('x' * 3_000_000); print('after')")
    output, _ = runner.communicate(timeout=20)
    assert output.count("x") >= 3_000_000
    assert "talks | after\n" in output
