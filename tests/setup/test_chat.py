"""The terminal client: shows replies plainly, loses no message, says none twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from scripts.chat import Chat, Terminal, links
from scripts.chat_api import Conversation


def reply(
    text: str = "Hello.", *, kind: str = "answer", severity: str | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "id": "r",
        "text": text,
        "kind": kind,
        "topic": "t",
        "severity": severity,
        "buttons": [],
        "source": None,
    } | more


class FakeAssistant:
    """Answers the chat API from a list of prepared responses to messages, and keeps what it was sent."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.messages: list[dict[str, str]] = []
        self.calls: list[str] = []
        self.tokens: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path}")
        self.tokens.append(request.headers.get("Authorization", ""))
        match request.method, request.url.path:
            case "POST", "/api/conversations":
                return httpx.Response(201, json={"token": "first", "replies": [reply(kind="greeting")]})
            case "POST", "/api/token":
                return httpx.Response(200, json={"token": "second"})
            case "GET", "/api/transcript":
                return httpx.Response(200, text="You: hi")
            case "DELETE", "/api/conversation":
                return httpx.Response(204)
        self.messages.append(json.loads(request.content))
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, json={"replies": [reply()]})
        if isinstance(answer, Exception):
            raise answer
        return answer


def answers(*replies: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"replies": list(replies)})


def problem(status: int, kind: str = "", detail: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(
        status, json={"type": f"urn:needlewise:problem:{kind}", "detail": detail}, headers=headers
    )


def talk(
    assistant: Callable[[httpx.Request], httpx.Response],
    *lines: str,
    interactive: bool = False,
    colour: bool = False,
) -> tuple[int, str]:
    """Types the lines; returns the exit code and what was shown. Waiting takes no time."""
    shown: list[str] = []
    unread = iter(lines)
    with httpx.Client(transport=httpx.MockTransport(assistant), base_url="http://assistant") as http:
        terminal = Terminal(shown.append, width=60, colour=colour)
        chat = Chat(Conversation(http), terminal, interactive=interactive, sleep=lambda _: None)
        code = chat.run(lambda: next(unread, None))
    return code, "\n".join(shown)


def test_a_text_is_sent_and_the_reply_shown_with_its_label_and_source():
    source = {"title": "Clinic page", "reviewed": "2026-11-20"}
    assistant = FakeAssistant(
        answers(reply("**Call** now.", kind="triage", severity="call_clinic", source=source))
    )
    code, shown = talk(assistant, "my skin is hot")
    assert code == 0
    assert assistant.messages[0]["text"] == "my skin is hot"
    assert shown.endswith("\n\n  call clinic\n  Call now.\n  Source: Clinic page")


def test_a_number_presses_the_button_of_the_last_replies():
    first = reply(buttons=[{"title": "Yes", "token": "a"}])
    second = reply(buttons=[{"title": "No", "token": "b"}])
    assistant = FakeAssistant(answers(first, second))
    _, shown = talk(assistant, "hi", "2", "7")
    assert "[1] Yes" in shown
    assert "[2] No" in shown
    assert assistant.messages[1].get("button") == "b"
    assert assistant.messages[2].get("text") == "7"


def test_long_texts_are_wrapped_and_lists_keep_their_indent():
    _, shown = talk(FakeAssistant(answers(reply("- " + "word " * 30))), "hi")
    lines = [line for line in shown.splitlines() if "word" in line]
    assert len(lines) > 2
    assert all(len(line) <= 60 for line in lines)
    assert lines[1].startswith("    word")


def test_colour_is_used_only_when_asked_for_and_replies_cannot_command_the_terminal():
    evil = reply("\x1b[2Jgone\x07", kind="flag")
    assert "\x1b" not in talk(FakeAssistant(answers(evil)), "hi")[1]
    assert "\x1b[1;33mflag" in talk(FakeAssistant(answers(evil)), "hi", colour=True)[1]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[415-555-0132](tel:+14155550132)", "415-555-0132"),
        ("[Call us](tel:+14155550132)", "Call us (+14155550132)"),
        ("[hello@clinic.example](mailto:hello@clinic.example)", "hello@clinic.example"),
        ("[our page](https://clinic.example)", "our page (https://clinic.example)"),
    ],
)
def test_links_are_written_out_where_the_address_says_more(text, written):
    assert links(text) == written


def test_a_message_is_kept_while_the_assistant_is_away_and_sent_again_under_the_same_id():
    assistant = FakeAssistant(
        httpx.ConnectError("refused"), problem(503, "unavailable"), answers(reply("Here."))
    )
    code, shown = talk(assistant, "hi", "", "", interactive=True)
    assert shown.count("Your message is kept") == 2
    assert "Here." in shown
    assert code == 0
    assert len({message["id"] for message in assistant.messages}) == 1


def test_a_second_message_does_not_overtake_the_kept_one():
    assistant = FakeAssistant(httpx.ReadTimeout("slow"), answers(reply("First.")), answers(reply("Second.")))
    _, shown = talk(assistant, "one", "two", interactive=True)
    assert [message["text"] for message in assistant.messages] == ["one", "one", "two"]
    assert shown.index("First.") < shown.index("Second.")


def test_in_a_pipe_it_tries_again_by_itself_and_in_the_end_says_that_it_failed():
    assistant = FakeAssistant(*[httpx.ConnectError("refused")] * 5)
    code, shown = talk(assistant, "hi")
    assert len(assistant.messages) == 5
    assert code == 1
    assert "does not answer" in shown


def test_an_assistant_that_is_not_there_at_all_is_noticed():
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    code, shown = talk(nobody, interactive=True)
    assert code == 1
    assert "Is `make run` running?" in shown


def test_an_expired_token_is_renewed_and_the_message_sent_once_more_under_its_id():
    assistant = FakeAssistant(problem(401, "token-expired"))
    code, _ = talk(assistant, "hi")
    assert code == 0
    assert assistant.calls[-3:] == ["POST /api/messages", "POST /api/token", "POST /api/messages"]
    assert assistant.tokens[-1] == "Bearer second"
    assert assistant.messages[0] == assistant.messages[1]


def test_a_conversation_that_is_gone_starts_again():
    assistant = FakeAssistant(problem(401, "conversation-gone"))
    _, shown = talk(assistant, "hi", "hello again")
    assert "This conversation is over." in shown
    assert assistant.calls.count("POST /api/conversations") == 2
    assert assistant.messages[-1]["text"] == "hello again"


def test_a_rate_limit_is_waited_for():
    assistant = FakeAssistant(problem(429, "rate-limited", **{"Retry-After": "7"}))
    code, shown = talk(assistant, "hi", interactive=True)
    assert "in 7 s" in shown
    assert code == 0
    assert len(assistant.messages) == 2


def test_a_refused_message_is_explained_and_dropped():
    assistant = FakeAssistant(problem(422, "invalid", "The message is too long."))
    code, shown = talk(assistant, "x" * 1001, "hi")
    assert "The message is too long." in shown
    assert code == 0
    assert assistant.messages[-1]["text"] == "hi"


def test_the_commands_work_and_are_not_sent():
    assistant = FakeAssistant()
    _, shown = talk(
        assistant, "/help", "/transcript", "/erase", "no", "/erase", "yes", "/quit", "hi", interactive=True
    )
    assert "\nYou: hi\n" in shown
    assert "Nothing was erased." in shown
    assert assistant.calls.count("DELETE /api/conversation") == 1
    assert assistant.calls.count("POST /api/conversations") == 2
    assert assistant.messages == []
