"""WCAG 2.2 A and AA: what axe sees in each state, and what only a keyboard shows."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import NARROW, PHONE, Chat
from tests.browser.conftest import Open


def _closed(chat: Chat) -> None:
    expect(chat.launcher).to_be_visible()


def _welcome(chat: Chat) -> None:
    chat.open()


def _open(chat: Chat) -> None:
    chat.start()


def _answer(chat: Chat) -> None:
    chat.start().say("does it hurt?")
    chat.page.locator("needlewise-chat summary").click()
    chat.page.get_by_role("button", name="Yes, helpful").click()


def _typing(chat: Chat) -> None:
    chat.start()
    chat.page.route("**/api/messages", lambda route: None)
    chat.field.fill("does it hurt?")
    chat.field.press("Enter")
    expect(chat.page.locator("needlewise-chat .typing")).to_be_visible()


def _buttons(chat: Chat) -> None:
    chat.start().choose("Start the screening")
    chat.choose("No")


def _flag(chat: Chat) -> None:
    chat.start().say("I am 5 months pregnant")


def _emergency(chat: Chat) -> None:
    chat.start().say("i can't breathe")
    expect(chat.page.locator("needlewise-chat [role=alert]")).to_be_visible()


def _call_clinic(chat: Chat) -> None:
    chat.start().say("my skin is oozing pus since my treatment")


def _days(chat: Chat) -> None:
    chat.start().say("what happens day by day after the treatment?")


def _refused(chat: Chat) -> None:
    chat.start()
    problem = {"type": "urn:needlewise:problem:too-large", "detail": "The message is too long."}
    chat.page.route("**/api/messages", lambda route: route.fulfill(status=413, body=json.dumps(problem)))
    chat.field.fill("a long message")
    chat.field.press("Enter")
    expect(chat.page.locator("needlewise-chat .failed .note")).to_contain_text("too long")


def _offline(chat: Chat) -> None:
    chat.start()
    chat.page.context.set_offline(True)
    chat.field.fill("does it hurt?")
    chat.field.press("Enter")
    expect(chat.banner).to_contain_text("offline")


def _menu(chat: Chat) -> None:
    chat.start().page.get_by_role("button", name="Menu").click()


def _erase(chat: Chat) -> None:
    chat.start().menu("Erase this chat")
    expect(chat.page.get_by_role("alertdialog")).to_be_visible()


def _privacy(chat: Chat) -> None:
    chat.start().menu("Privacy")
    expect(chat.panel.get_by_role("dialog", name="Privacy")).to_be_visible()


def _consultation(chat: Chat) -> None:
    chat.start().choose("Request a consultation")
    chat.say("Jo Sample")


STATES: dict[str, Callable[[Chat], None]] = {
    "closed": _closed,
    "welcome": _welcome,
    "open": _open,
    "answer": _answer,
    "typing": _typing,
    "buttons": _buttons,
    "flag": _flag,
    "emergency": _emergency,
    "call clinic": _call_clinic,
    "days": _days,
    "refused": _refused,
    "offline": _offline,
    "menu": _menu,
    "erase": _erase,
    "privacy": _privacy,
    "consultation": _consultation,
}

LOOKS: dict[str, dict[str, object]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "right to left": {"html": lambda text: text.replace('<html lang="en"', '<html lang="en" dir="rtl"')},
    "320 px": {"size": NARROW},
    "phone": {"size": PHONE},
    "zoom 200 %": {"size": {"width": 640, "height": 400}},
    "Spanish": {"attributes": 'data-language="es"'},
    "yellow clinic": {"attributes": 'data-colour="#f2c200"'},
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_any_state(open_page: Open, state: str) -> None:
    chat = open_page()
    STATES[state](chat)
    assert chat.violations() == []


@pytest.mark.parametrize("look", [look for look in LOOKS if look != "light"])
@pytest.mark.parametrize("state", ["welcome", "emergency"])
def test_axe_finds_nothing_in_any_look(open_page: Open, look: str, state: str) -> None:
    chat = open_page(**LOOKS[look])
    STATES[state](chat)
    assert chat.violations() == []
    width, room = chat.panel.evaluate("panel => [panel.scrollWidth, panel.clientWidth]")
    assert width <= room


def test_a_whole_screening_by_keyboard_alone(chat: Chat, page: Page) -> None:
    for _ in range(80):
        if chat.focused().startswith("button.launcher"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(chat.replies.first).to_be_visible()
    assert chat.focused().startswith("textarea")
    page.keyboard.type("start the screening")
    page.keyboard.press("Enter")
    for answered in range(1, 30):
        chat.answered(answered)
        if not chat.choice("Not sure").is_visible():
            break
        if not chat.focused().startswith("button.choice"):
            page.keyboard.press("Shift+Tab")
            while chat.panel.locator(":focus").inner_text() != "No":
                page.keyboard.press("Shift+Tab")
        while chat.panel.locator(":focus").inner_text() != "No":
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(chat.mine).to_have_count(answered + 1)
    assert chat.mine.count() > 8
    expect(page.locator("needlewise-chat .message[data-look=summary]")).to_be_visible()


def test_opening_moves_the_focus_in_and_escape_gives_it_back(chat: Chat, page: Page) -> None:
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")
    chat.launcher.focus()
    page.keyboard.press("Enter")
    expect(chat.launcher).to_have_attribute("aria-expanded", "true")
    assert chat.focused() == "button.solid.accent"
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    assert chat.focused().startswith("button.launcher")


def test_a_button_of_the_page_opens_the_chat_and_gets_the_focus_back(chat: Chat, page: Page) -> None:
    button = page.locator("[data-needlewise-open]").first
    button.click()
    expect(chat.panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_escape_leaves_the_menu_and_a_question_before_the_window(chat: Chat, page: Page) -> None:
    chat.start()
    page.get_by_role("button", name="Menu").click()
    page.keyboard.press("Escape")
    assert chat.focused().startswith("button.plain")
    chat.menu("Erase this chat")
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    expect(chat.panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()


def test_while_a_question_is_asked_the_rest_of_the_chat_rests(chat: Chat) -> None:
    chat.start().menu("Erase this chat")
    assert chat.log.evaluate("log => log.closest('[inert]') !== null")


def test_what_comes_is_announced_and_history_is_not(chat: Chat, page: Page) -> None:
    chat.start().say("does it hurt?")
    expect(chat.log).to_have_attribute("role", "log")
    expect(chat.log).to_have_attribute("aria-live", "polite")
    page.reload()
    expect(chat.replies).to_have_count(2)
    expect(chat.log).to_have_attribute("aria-live", "off")
    chat.say("how many sessions do i need")
    expect(chat.log).to_have_attribute("aria-live", "polite")


def test_an_emergency_interrupts_when_it_comes_and_not_after_a_reload(chat: Chat, page: Page) -> None:
    _emergency(chat)
    page.reload()
    expect(page.locator("needlewise-chat [data-look=emergency]")).to_be_visible()
    expect(page.locator("needlewise-chat .card[role=alert]")).to_have_count(0)


def test_a_status_tells_that_an_answer_is_being_written(chat: Chat, page: Page) -> None:
    _typing(chat)
    expect(page.locator("needlewise-chat [role=status]")).to_have_text("The assistant is typing")


def test_on_a_phone_the_window_fills_the_screen_and_keeps_the_focus(phone: Chat) -> None:
    phone.start()
    assert phone.panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    assert phone.panel.evaluate("panel => panel.matches(':modal')")
    for _ in range(25):
        phone.page.keyboard.press("Tab")
        outside = phone.page.evaluate(
            "![document.body, document.querySelector('needlewise-chat')].includes(document.activeElement)"
        )
        assert not outside
    phone.panel.get_by_role("button", name="Close chat").click()
    expect(phone.panel).to_be_hidden()
    assert phone.page.evaluate("getComputedStyle(document.documentElement).overflow") == "visible"


def test_the_window_keeps_clear_of_the_keyboard_on_the_screen(phone: Chat) -> None:
    phone.start()
    phone.page.evaluate(
        """() => {
          Object.defineProperty(visualViewport, "height", {value: 500, configurable: true});
          visualViewport.dispatchEvent(new Event("resize"));
        }"""
    )
    box = phone.panel.bounding_box()
    assert box is not None and box["height"] == 500
    expect(phone.field).to_be_in_viewport()


def test_the_launcher_moves_away_from_what_has_the_focus(open_page: Open) -> None:
    link = '<a href="#top" id="corner">A link in the corner</a></body>'
    chat = open_page(html=lambda text: text.replace("</body>", link))
    corner = chat.launcher.bounding_box()
    assert corner is not None
    chat.page.evaluate(
        """([x, y]) => Object.entries({position: "fixed", left: x + "px", top: y + "px"})
          .forEach(([name, value]) => document.querySelector("#corner").style.setProperty(name, value))""",
        [corner["x"], corner["y"]],
    )
    chat.page.locator("#corner").focus()
    expect(chat.page.locator("needlewise-chat .corner")).to_have_css("opacity", "0")
    chat.page.locator("#corner").blur()
    expect(chat.page.locator("needlewise-chat .corner")).to_have_css("opacity", "1")


@pytest.mark.parametrize("state", ["welcome", "answer", "buttons", "menu", "erase", "offline"])
def test_everything_that_is_pressed_is_large_enough(open_page: Open, state: str) -> None:
    chat = open_page(size=PHONE)
    STATES[state](chat)
    sizes = chat.panel.locator(
        "button:visible, summary:visible, a.call:visible, #field:visible"
    ).evaluate_all("all => all.map(e => [e.textContent || e.ariaLabel, e.offsetWidth, e.offsetHeight])")
    assert sizes
    assert [name for name, width, height in sizes if width < 24 or height < 24] == []


def test_motion_is_only_for_those_who_like_it(open_page: Open) -> None:
    moving = "e => [getComputedStyle(e).animationName, getComputedStyle(e).transitionDuration]"
    still = open_page()
    still.open()
    assert still.panel.evaluate(moving) == ["none", "0s"]
    lively = open_page(reduced_motion="no-preference")
    lively.open()
    assert lively.panel.evaluate(moving)[0] == "rise"


def test_with_forced_colours_shapes_keep_their_borders(open_page: Open) -> None:
    chat = open_page(forced_colors="active")
    last = chat.start().say("i can't breathe")
    for shape in (chat.launcher, last.locator(".card"), last.locator(".call"), chat.panel.locator(".send")):
        expect(shape).not_to_have_css("border-top-width", "0px")
        border, ground = shape.evaluate(
            "e => [getComputedStyle(e).borderTopColor, getComputedStyle(e).backgroundColor]"
        )
        assert border != ground


def test_answers_in_english_are_marked_as_english_in_a_spanish_chat(open_page: Open) -> None:
    chat = open_page(attributes='data-language="es"')
    chat.start()
    expect(chat.page.locator("needlewise-chat .frame")).to_have_attribute("lang", "es")
    expect(chat.replies.first.locator(".text")).to_have_attribute("lang", "en")
