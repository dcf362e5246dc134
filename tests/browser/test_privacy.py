"""Nothing is stored and nothing is asked before the person has opened the chat and agreed."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from benchmarks.assistant import Assistant
from tests.browser.chat import Chat
from tests.browser.conftest import Open

NOTHING = {"session": {}, "local": {}, "cookies": "", "databases": 0, "caches": 0}


def test_nothing_is_stored_or_asked_before_the_person_agrees(chat: Chat, page: Page) -> None:
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(1500)
    assert chat.stored() == NOTHING
    chat.open()
    page.wait_for_timeout(500)
    assert chat.stored() == NOTHING
    assert [path for _, path in chat.requests if path.startswith("/api")] == []


def test_every_request_goes_to_the_clinics_own_server(chat: Chat) -> None:
    chat.start().say("does it hurt?")
    assert [path for _, path in chat.requests if not path.startswith("/")] == []


def test_the_welcome_says_what_this_is_what_is_stored_and_what_to_do_in_an_emergency(chat: Chat) -> None:
    chat.open()
    welcome = chat.page.locator("needlewise-chat .welcome")
    for words in ("automated assistant", "not medical advice", "erase it at any time", "emergency"):
        expect(welcome).to_contain_text(words)
    expect(welcome.locator("a[href='tel:911']")).to_be_visible()
    expect(welcome.get_by_role("link", name="Privacy")).to_have_attribute("href", chat.page.url + "#privacy")


def test_starting_tells_the_server_that_the_person_agreed(chat: Chat, page: Page) -> None:
    with page.expect_request("**/api/conversations") as asked:
        chat.start()
    assert asked.value.post_data_json == {"consent": True}


def test_agreeing_keeps_the_conversation_for_this_tab_alone(chat: Chat) -> None:
    chat.start()
    stored = chat.stored()
    assert len(stored.pop("session")) == 1
    assert stored == {key: value for key, value in NOTHING.items() if key != "session"}


def test_erasing_asks_first_and_then_leaves_nothing(chat: Chat, page: Page) -> None:
    chat.start().say("does it hurt?")
    token = chat.kept()["token"]
    chat.menu("Erase this chat")
    sheet = page.get_by_role("alertdialog")
    sheet.get_by_role("button", name="Cancel").click()
    expect(chat.replies).to_have_count(2)
    chat.menu("Erase this chat")
    sheet.get_by_role("button", name="Erase this chat").click()
    expect(page.locator("needlewise-chat .notice")).to_have_text("The chat was erased.")
    assert chat.stored() == NOTHING
    gone = page.request.get("/api/messages", headers={"Authorization": f"Bearer {token}"})
    assert gone.json()["type"].endswith("conversation-gone")


def test_a_copy_of_the_chat_can_be_saved(chat: Chat, page: Page) -> None:
    chat.start().say("does it hurt?")
    with page.expect_download() as saving:
        chat.menu("Save a copy")
    copy = saving.value.path().read_text(encoding="utf-8")
    assert saving.value.suggested_filename.endswith(".txt")
    assert "does it hurt?" in copy
    assert "numbing cream" in copy


def test_the_invitation_comes_after_its_delay_asks_nothing_and_can_be_dismissed(open_page: Open) -> None:
    chat = open_page(attributes='data-greeting-delay="0.5" data-greeting="Hi there"')
    invitation = chat.page.locator("needlewise-chat .invitation")
    expect(invitation).to_have_count(0)
    expect(invitation).to_contain_text("Hi there")
    assert chat.stored() == NOTHING
    invitation.get_by_role("button", name="Close").click()
    expect(invitation).to_have_count(0)


def test_erasing_in_one_tab_ends_the_chat_in_the_other(chat: Chat, assistant: Assistant) -> None:
    chat.start()
    with chat.page.context.expect_page() as opening:
        chat.page.evaluate("open(location.href)")
    other = Chat(opening.value)
    expect(other.replies).to_have_count(1)
    chat.menu("Erase this chat")
    chat.page.get_by_role("alertdialog").get_by_role("button", name="Erase this chat").click()
    expect(other.page.locator("needlewise-chat .notice")).to_have_text("The chat was erased.")
    assert other.stored() == NOTHING
