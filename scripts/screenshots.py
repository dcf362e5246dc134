"""Takes the pictures of the chat widget in docs/images/ from the running assistant, in a real browser.

.venv/bin/python -m scripts.screenshots
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.assistant import Assistant
from scripts.browser import find_chromium
from scripts.console import ROOT, entry, say
from tests.browser.chat import DESKTOP, PHONE, Chat, visit

FOLDER: Final = ROOT / "docs" / "images"


def _welcome(chat: Chat) -> None:
    chat.open()


def _answer(chat: Chat) -> None:
    chat.start().say("does it hurt?")


def _days(chat: Chat) -> None:
    chat.start().say("what happens day by day after the treatment?")
    if chat.choice("Show me day by day").count():
        chat.choose("Show me day by day")


def _emergency(chat: Chat) -> None:
    chat.start().say("i can't breathe")


def _screening(chat: Chat) -> None:
    chat.start().choose("Start the screening")
    chat.choose("No")


def _consultation(chat: Chat) -> None:
    chat.start().choose("Request a consultation")
    chat.say("Jo Sample")
    chat.say("sample@clinic.example")
    chat.say("weekday mornings")
    chat.say("acne scars on my cheeks")


_DARK: Final[dict[str, Any]] = {"color_scheme": "dark"}
_PHONE: Final[dict[str, Any]] = {"size": PHONE, "device_scale_factor": 2}
_DESKTOP: Final[dict[str, Any]] = {"size": DESKTOP}

PICTURES: Final[dict[str, tuple[Callable[[Chat], object], dict[str, Any]]]] = {
    "desktop": (_answer, _DESKTOP),
    "desktop-dark": (_answer, _DESKTOP | _DARK),
    "phone-welcome": (_welcome, _PHONE),
    "phone-answer": (_answer, _PHONE),
    "phone-days": (_days, _PHONE),
    "phone-emergency": (_emergency, _PHONE),
    "phone-emergency-dark": (_emergency, _PHONE | _DARK),
    "phone-screening": (_screening, _PHONE),
    "phone-consultation": (_consultation, _PHONE),
    "spanish": (_welcome, _PHONE | {"attributes": 'data-language="es"'}),
}
"""A picture's name, what is done for it, and how the page is opened."""


def take(browser: Browser, url: str, name: str) -> Path:
    """Take one picture; returns its file."""
    do, wishes = PICTURES[name]
    chat = visit(browser, url, **wishes)
    do(chat)
    chat.page.mouse.move(0, 0)
    expect(chat.page.locator("needlewise-chat .typing")).to_be_hidden()
    chat.page.wait_for_timeout(400)
    path = FOLDER / f"widget-{name}.png"
    chat.page.screenshot(path=path)
    chat.page.context.close()
    return path


def main() -> int:
    """Start the assistant and take them all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as var_dir, sync_playwright() as playwright:
        assistant = Assistant(Path(var_dir))
        assistant.start()
        try:
            flags = ["--no-sandbox", "--disable-gpu"]
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
            for name in PICTURES:
                say(str(take(browser, assistant.url, name).relative_to(ROOT)))
            browser.close()
        finally:
            assistant.stop()
    return 0


if __name__ == "__main__":
    entry(main)
