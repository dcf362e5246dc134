"""A real browser on the real page of the real three processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.assistant import Assistant
from scripts.browser import find_chromium
from tests.browser.chat import PHONE, Chat, visit

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Open = Callable[..., Chat]


@pytest.fixture(scope="package")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The running assistant, shared by the tests of this package."""
    running = Assistant(tmp_path_factory.mktemp("needlewise"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium (or NEEDLEWISE_CHROMIUM's), else Playwright's.

    Playwright's loop runs in this thread until it is closed, and beside it no asyncio test can run: hence
    the package's scope.
    """
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_chromium(), args=list(_FLAGS))
        yield running
        running.close()


@pytest.fixture
def open_page(assistant: Assistant, browser: Browser) -> Iterator[Open]:
    """Open the clinic's page in a browser of its own; `tests.browser.chat.visit` says what may be asked for.

    A test fails when the page broke its content security policy or threw an error.
    """
    opened: list[Chat] = []

    def open_one(**wishes: object) -> Chat:
        chat = visit(browser, assistant.url, **wishes)  # type: ignore[arg-type]
        opened.append(chat)
        return chat

    yield open_one
    faults = [fault for chat in opened for fault in chat.faults]
    for chat in opened:
        chat.page.context.close()
    assert faults == []


@pytest.fixture
def chat(open_page: Open) -> Chat:
    """The page on a desktop, as it comes."""
    return open_page()


@pytest.fixture
def phone(open_page: Open) -> Chat:
    """The page on a phone, as it comes."""
    return open_page(size=PHONE)


@pytest.fixture
def page(chat: Chat) -> Page:
    """The page of `chat`."""
    return chat.page


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Chat, str], None]:
    """Keep a picture of a page as a test artefact."""

    def keep(chat: Chat, name: str) -> None:
        folder = Path(os.environ.get("NEEDLEWISE_PICTURES") or tmp_path)
        folder.mkdir(parents=True, exist_ok=True)
        chat.page.screenshot(path=folder / f"{name}.png")

    return keep
