"""The chat on the page, as a person uses it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

from scripts.console import ROOT

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
NARROW = ViewportSize(width=320, height=568)
TIMEOUT = 20_000

AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

_REPORTS = """
window.reports = [];
addEventListener("securitypolicyviolation", (event) => reports.push(event.violatedDirective + " " + event.blockedURI));
"""
_IN_WIDGET = "document.querySelector('needlewise-chat').shadowRoot"


@dataclass
class Chat:
    """The widget on one page, and what the page asked of the network."""

    page: Page
    requests: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Script errors and breaches of the content security policy."""
        return self.errors + (self.page.evaluate("window.reports ?? []") if not self.page.is_closed() else [])

    @property
    def launcher(self) -> Locator:
        """The round button."""
        return self.page.locator("needlewise-chat .launcher")

    @property
    def field(self) -> Locator:
        """Where the person writes."""
        return self.page.locator("needlewise-chat #field")

    @property
    def panel(self) -> Locator:
        """The window."""
        return self.page.locator("needlewise-chat .panel")

    @property
    def log(self) -> Locator:
        """The messages."""
        return self.page.locator("needlewise-chat .log")

    @property
    def replies(self) -> Locator:
        """What the assistant said."""
        return self.page.locator("needlewise-chat .message[data-look]")

    @property
    def mine(self) -> Locator:
        """What the person said."""
        return self.page.locator("needlewise-chat .person .text")

    @property
    def banner(self) -> Locator:
        """What it says about the connection."""
        return self.page.locator("needlewise-chat .banner")

    def open(self) -> None:
        """Press the launcher."""
        self.launcher.click()
        expect(self.panel).to_be_visible()

    def start(self) -> Chat:
        """Open the chat, agree, and wait for the greeting."""
        self.open()
        self.page.locator("needlewise-chat .welcome .accent").click()
        expect(self.replies.first).to_be_visible(timeout=TIMEOUT)
        return self

    def say(self, text: str) -> Locator:
        """Type a message; returns the last reply once it is there."""
        before = self.replies.count()
        self.field.fill(text)
        if self.field.get_attribute("enterkeyhint") == "enter":
            self.panel.get_by_role("button", name="Send").click()
        else:
            self.field.press("Enter")
        return self.answered(before)

    def choose(self, title: str) -> Locator:
        """Press the newest choice with this title; returns the last reply once it is there."""
        before = self.replies.count()
        self.choice(title).click()
        return self.answered(before)

    def choice(self, title: str) -> Locator:
        """The newest choice with this title that can be pressed."""
        exactly = re.compile(f"^{re.escape(title)}$")
        return self.page.locator("needlewise-chat .choice:enabled").filter(has_text=exactly).last

    def answered(self, before: int) -> Locator:
        """Wait until there are more than `before` replies and nothing is being sent; returns the last reply."""
        expect(self.replies.nth(before)).to_be_attached(timeout=TIMEOUT)
        expect(self.page.locator("needlewise-chat .note:not(:empty)")).to_have_count(0, timeout=TIMEOUT)
        return self.replies.last

    def menu(self, item: str) -> None:
        """Choose an item of the menu."""
        self.page.get_by_role("button", name="Menu").click()
        self.panel.get_by_role("button", name=item).click()

    def texts(self) -> list[str]:
        """All that was said, in order."""
        return self.page.locator("needlewise-chat .message .text").all_inner_texts()

    def stored(self) -> dict[str, Any]:
        """What the browser keeps for the page."""
        return self.page.evaluate(
            "async () => ({session: {...sessionStorage}, local: {...localStorage}, cookies: document.cookie,"
            " databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length})"
        )

    def kept(self) -> dict[str, Any]:
        """The chat's own part of what is kept."""
        (text,) = self.stored()["session"].values()
        kept: dict[str, Any] = json.loads(text)
        return kept

    def api_calls(self, method: str, path: str) -> int:
        """How often this was asked of the chat API."""
        return self.requests.count((method, "/api/" + path))

    def focused(self) -> str:
        """What has the keyboard's focus inside the widget, as `tag.class`; empty for nothing."""
        return str(
            self.page.evaluate(
                f"(() => {{ const e = {_IN_WIDGET}.activeElement;"
                " return e ? e.localName + '.' + e.className.replaceAll(' ', '.') : '' })()"
            )
        )

    def violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 A and AA on the whole page, the widget included."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "async (tags) => (await axe.run(document, {runOnly: tags})).violations", AXE_TAGS
        )
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found
            for node in rule["nodes"]
        ]


def visit(
    browser: Browser,
    url: str,
    *,
    size: ViewportSize = DESKTOP,
    html: Callable[[str], str] | None = None,
    attributes: str = "",
    **wishes: Any,
) -> Chat:
    """Open the clinic's page.

    Args:
        html: Changes the page's markup on its way; headers, and so the policy, stay.
        attributes: More attributes for the script's tag.
        **wishes: More for the browser's context, such as `color_scheme`.
    """
    is_phone = size["width"] < 480
    context = browser.new_context(
        viewport=size,
        base_url=url,
        **{"has_touch": is_phone, "is_mobile": is_phone, "reduced_motion": "reduce", **wishes},
    )
    page = context.new_page()
    chat = Chat(page)
    page.add_init_script(_REPORTS)
    page.on("pageerror", lambda error: chat.errors.append(str(error)))
    page.on(
        "request",
        lambda request: chat.requests.append((request.method, request.url.removeprefix(url).split("?")[0])),
    )
    if html or attributes:

        def change(route: Route) -> None:
            answer = route.fetch()
            text = answer.text().replace("<script async", f"<script async {attributes}", 1)
            route.fulfill(response=answer, body=html(text) if html else text)

        page.route(url + "/", change)
    page.goto(url + "/")
    expect(chat.launcher).to_be_attached()
    return chat


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a condition. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)
