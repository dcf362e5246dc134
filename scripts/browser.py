"""A Chromium for the browser tests: the machine's own, else Debian's package, else Playwright's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping

from scripts.console import SetUpError, entry, run_step, say
from scripts.environments import MAIN

VARIABLE = "NEEDLEWISE_CHROMIUM"
"""Names the browser's program, where it is not on PATH."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES = ("chromium", "fonts-dejavu-core")
_HINT = f"Install Chromium or Chrome, or name its program in {VARIABLE}; then run make test again."


def find_chromium(env: Mapping[str, str] = os.environ) -> str | None:
    """The program that the environment names, else one on PATH; None where Playwright's own is to be used.

    Raises SetUpError if the environment names a program that is not there.
    """
    named = env.get(VARIABLE)
    if named:
        if shutil.which(named) is None:
            raise SetUpError(f"{VARIABLE} is {named!r}, which is no program.")
        return named
    found = (shutil.which(name, path=env.get("PATH", "")) for name in _NAMES)
    return next(filter(None, found), None)


def get_chromium() -> None:
    """See to it that there is a browser, installed if need be. Raises SetUpError when that fails."""
    if find_chromium() or _playwright_has_one():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        run_step("Getting Chromium: package lists", ["apt-get", "update", "-qq"], hint=_HINT)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES]
        run_step("Getting Chromium: package", install, hint=_HINT)
    else:
        get = [str(MAIN.python), "-m", "playwright", "install", "chromium"]
        run_step("Getting Chromium from Playwright", get, hint=_HINT)


def _playwright_has_one() -> bool:
    look = (
        "import os, playwright.sync_api as p\n"
        "with p.sync_playwright() as started:\n"
        "    raise SystemExit(not os.path.exists(started.chromium.executable_path))"
    )
    return subprocess.run([str(MAIN.python), "-c", look], capture_output=True).returncode == 0


def main() -> int:
    """Get a browser and say which."""
    get_chromium()
    say(f"Browser tests use {find_chromium() or 'the Chromium of Playwright'}")
    return 0


if __name__ == "__main__":
    entry(main)
