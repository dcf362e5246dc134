"""Measures published chat widgets beside ours: bytes that a page loads, and what axe-core finds.

    python widget/compare/compare.py

Downloads the packages below with `npm pack` into a temporary folder, serves one plain page for each with
nothing around it, opens the widget in Chromium and runs axe-core with the tags of our own tests. Needs
Playwright for Python, npm, and `npm ci` and `npm run build` in widget/. Prints a table in Markdown.
"""

from __future__ import annotations

import gzip
import http.server
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

HERE = Path(__file__).parent
WIDGET = HERE.parent
AXE = WIDGET / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass(frozen=True)
class Candidate:
    """A published widget: its npm package, the file that a page loads, and what opens it on its page."""

    package: str
    version: str
    file: str
    opener: str | None
    shown: str


CANDIDATES = (
    Candidate("rasa-webchat", "1.0.1", "lib/index.js", ".rw-launcher", ".rw-conversation-container"),
    Candidate("deep-chat", "2.4.2", "dist/deepChat.bundle.js", None, "deep-chat #text-input"),
    Candidate(
        "botframework-webchat",
        "4.18.1",
        "dist/webchat-minimal.js",
        None,
        ".webchat__send-box-text-box__input",
    ),
)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def fetch(candidate: Candidate, folder: Path) -> Path:
    """Download a package; returns the file that a page loads."""
    spec = f"{candidate.package}@{candidate.version}"
    subprocess.run(["npm", "pack", "--silent", spec], cwd=folder, check=True, capture_output=True)
    archive = folder / f"{candidate.package}-{candidate.version}.tgz"
    with tarfile.open(archive) as packed:
        packed.extractall(folder / candidate.package, filter="data")
    return folder / candidate.package / "package" / candidate.file


def gzipped(file: Path) -> int:
    """Bytes of a file after gzip at its best."""
    return len(gzip.compress(file.read_bytes(), 9))


def violations(browser: Browser, url: str, opener: str | None, shown: str) -> str:
    """What axe finds with the widget open: the number of elements, and the rules."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    try:
        page.goto(url)
        if opener:
            page.locator(opener).first.click(timeout=15_000)
        page.locator(shown).first.wait_for(timeout=15_000)
        page.wait_for_timeout(1500)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("async (tags) => (await axe.run(document, {runOnly: tags})).violations", TAGS)
    except Error as error:
        return "could not be opened: " + error.message.splitlines()[0]
    finally:
        page.close()
    if not found:
        return "0"
    return f"{sum(len(rule['nodes']) for rule in found)} ({', '.join(rule['id'] for rule in found)})"


def main() -> None:
    """Measure and print."""
    manifest = json.loads((WIDGET / "dist" / "manifest.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        shutil.copytree(HERE / "pages", folder, dirs_exist_ok=True)
        shutil.copy(WIDGET / "dist" / manifest["loader"], folder)
        files = {candidate.package: fetch(candidate, folder) for candidate in CANDIDATES}
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=name))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/"
        path = os.environ.get("NEEDLEWISE_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        print("| widget | version | gzipped | axe violations when open |\n|---|---|---|---|")
        for candidate in CANDIDATES:
            size = gzipped(files[candidate.package]) / 1000
            seen = violations(browser, f"{base}{candidate.package}.html", candidate.opener, candidate.shown)
            print(f"| {candidate.package} | {candidate.version} | {size:.0f} kB | {seen} |")
        seen = violations(browser, base + "needlewise.html", ".launcher", ".message")
        print(
            f"| needlewise-chat | {manifest['version']} | {manifest['gzip_bytes'] / 1000:.1f} kB | {seen} |"
        )
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
