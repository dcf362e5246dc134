"""Lost networks, reloads, restarts and second tabs: nothing is lost and nothing is sent twice."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time

from playwright.sync_api import Page, Route, expect

from benchmarks.assistant import Assistant
from tests.browser.chat import Chat, until
from tests.browser.conftest import Open


def received(assistant: Assistant, text: str) -> int:
    """How many messages of persons with this text the server holds."""
    query = "SELECT count(*) FROM messages WHERE direction = 'in' AND text = ?"
    with sqlite3.connect(f"file:{assistant.var_dir / 'needlewise.db'}?mode=ro", uri=True) as connection:
        (count,) = connection.execute(query, (text,)).fetchone()
    return int(count)


def start_again(assistant: Assistant) -> None:
    """Start the stopped assistant with its old data, on its old ports."""
    again = Assistant(assistant.var_dir)
    again.environment = assistant.environment
    again.start()
    assistant.process = again.process


def test_a_reload_keeps_the_conversation_the_window_and_the_unsent_text(chat: Chat, page: Page) -> None:
    chat.start().say("does it hurt?")
    before = chat.texts()
    chat.field.fill("half a quest")
    page.reload()
    expect(chat.panel).to_be_visible()
    expect(chat.replies).to_have_count(2)
    assert chat.texts() == before
    expect(chat.field).to_have_value("half a quest")
    assert not chat.focused()


def test_the_next_page_goes_on_with_the_conversation(chat: Chat, page: Page) -> None:
    chat.start().choose("How does it work?")
    before = chat.texts()
    page.keyboard.press("Escape")
    page.goto("/?another=page")
    expect(chat.replies).to_have_count(2)
    expect(chat.panel).to_be_hidden()
    chat.open()
    assert chat.texts() == before
    expect(page.locator("needlewise-chat .taken")).to_have_text("How does it work?, chosen")


def test_offline_it_says_so_keeps_what_is_written_and_sends_it_once_afterwards(
    chat: Chat, page: Page, assistant: Assistant
) -> None:
    chat.start()
    text = "how many sessions would i need then"
    page.context.set_offline(True)
    chat.field.fill(text)
    chat.field.press("Enter")
    expect(chat.banner).to_contain_text("You are offline")
    expect(chat.mine.last).to_have_text(text)
    chat.field.fill("and another thing")
    assert [outgoing["text"] for outgoing in chat.kept()["outbox"]] == [text]
    page.context.set_offline(False)
    chat.answered(1)
    expect(chat.banner).to_be_hidden()
    expect(chat.field).to_have_value("and another thing")
    assert received(assistant, text) == 1


def test_a_message_whose_answer_was_lost_goes_again_under_its_id_and_counts_once(
    chat: Chat, page: Page, assistant: Assistant
) -> None:
    chat.start()
    ids: list[str] = []

    def lose_the_answer(route: Route) -> None:
        ids.append(json.loads(route.request.post_data or "{}")["id"])
        if len(ids) < 3:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/messages", lose_the_answer)
    chat.say("is it painful or not, tell me once")
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert received(assistant, "is it painful or not, tell me once") == 1
    expect(chat.mine).to_have_count(1)
    expect(chat.replies).to_have_count(2)


def test_a_reload_in_the_middle_of_a_message_sends_it_once(
    chat: Chat, page: Page, assistant: Assistant
) -> None:
    chat.start()
    page.route("**/api/messages", lambda route: route.abort())
    chat.field.fill("what about my acne scars please")
    chat.field.press("Enter")
    expect(chat.mine).to_have_count(1)
    page.unroute("**/api/messages")
    page.reload()
    chat.answered(1)
    expect(chat.mine).to_have_count(1)
    assert received(assistant, "what about my acne scars please") == 1


def test_too_many_messages_wait_and_go_out_by_themselves(chat: Chat, page: Page) -> None:
    chat.start()
    times: list[float] = []

    def limit(route: Route) -> None:
        times.append(time.monotonic())
        if len(times) > 1:
            return route.continue_()
        problem = json.dumps({"type": "urn:needlewise:problem:rate-limited", "detail": "Too many."})
        return route.fulfill(status=429, headers={"Retry-After": "3"}, body=problem)

    page.route("**/api/messages", limit)
    chat.field.fill("does it hurt?")
    chat.field.press("Enter")
    expect(chat.banner).to_contain_text("A short pause")
    chat.answered(1)
    assert times[1] - times[0] >= 3


def test_an_expired_token_is_renewed_without_a_word(chat: Chat, page: Page) -> None:
    chat.start()
    old = chat.kept()["token"]
    expired = json.dumps({"type": "urn:needlewise:problem:token-expired", "detail": "Renew it."})

    def expire(route: Route) -> None:
        if route.request.headers["authorization"] == f"Bearer {old}":
            route.fulfill(status=401, body=expired)
        else:
            route.continue_()

    page.wait_for_timeout(1100)  # a token of the same second would be the same token
    page.route("**/api/messages", expire)
    chat.say("does it hurt?")
    assert chat.api_calls("POST", "token") == 1
    assert chat.kept()["token"] != old
    expect(chat.banner).to_be_hidden()


def test_a_conversation_that_is_gone_ends_gently_and_a_new_one_keeps_the_draft(
    chat: Chat, page: Page
) -> None:
    chat.start()
    token = chat.kept()["token"]
    page.route("**/api/events", lambda route: route.abort())
    page.reload()
    expect(chat.replies).to_have_count(1)
    page.request.delete("/api/conversation", headers={"Authorization": f"Bearer {token}"})
    chat.field.fill("one last thing")
    page.locator("needlewise-chat .send").click()
    notice = page.locator("needlewise-chat .notice")
    expect(notice).to_contain_text("no longer kept")
    assert chat.stored()["session"] == {}
    page.get_by_role("button", name="Start chat").click()
    expect(chat.replies).to_have_count(1)


def test_two_tabs_of_one_conversation_show_the_same_once(chat: Chat) -> None:
    chat.start()
    with chat.page.context.expect_page() as opening:
        chat.page.evaluate("open(location.href)")
    other = Chat(opening.value)
    expect(other.replies).to_have_count(1)
    chat.say("does it hurt?")
    expect(other.replies).to_have_count(2)
    other.say("how many sessions do i need")
    expect(chat.mine).to_have_count(2)
    expect(chat.replies).to_have_count(3)
    assert chat.texts() == other.texts()


def test_what_a_member_of_staff_writes_arrives_and_is_counted_while_the_window_is_closed(
    chat: Chat, assistant: Assistant
) -> None:
    with chat.page.expect_response("**/api/conversations") as starting:
        chat.start()
    conversation_id = starting.value.json()["conversation_id"]
    chat.page.keyboard.press("Escape")
    command = [
        sys.executable,
        "-m",
        "clinic",
        "reply",
        conversation_id,
        "--text",
        "Hello, this is the **clinic**.",
    ]
    subprocess.run(command, check=True, env=assistant.environment)
    expect(chat.launcher).to_have_accessible_name("Open chat, 1 new message", timeout=15_000)
    chat.open()
    expect(chat.replies.last.locator("strong")).to_have_text("clinic")
    expect(chat.page.locator("needlewise-chat .meta.staff")).to_contain_text("Clinic team")
    expect(chat.launcher).to_have_accessible_name("Close chat")


def test_without_server_sent_events_the_chat_works_all_the_same(chat: Chat, page: Page) -> None:
    page.route(
        "**/api/events",
        lambda route: route.fulfill(
            status=404, body=json.dumps({"type": "urn:needlewise:problem:not-found"})
        ),
    )
    chat.start().say("does it hurt?")
    expect(chat.banner).to_be_hidden()


def test_a_server_restarted_in_the_middle_of_a_message_answers_it_once(
    open_page: Open, assistant: Assistant
) -> None:
    chat = open_page()
    chat.start()
    text = "what do i do the week before, after your restart"
    assistant.stop()
    chat.field.fill(text)
    chat.field.press("Enter")
    expect(chat.banner).to_contain_text("The connection was lost")
    start_again(assistant)
    chat.answered(1)
    expect(chat.banner).to_be_hidden()
    expect(chat.mine).to_have_count(1)
    assert received(assistant, text) == 1
    until(lambda: chat.api_calls("GET", "events") > 1)
