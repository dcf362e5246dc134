"""`make chat`: talk to the running assistant in the terminal, or feed it lines through a pipe.

A message whose answer did not arrive is kept and sent again under the same id, so nothing is said twice.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator

import httpx

from scripts.chat_api import TIMEOUT, Away, Button, Conversation, Ended, Message, Refused, Reply, TooFast
from scripts.console import SetUpError, entry
from scripts.processes import addresses

WIDEST = 88
"""Columns that a text fills at most; longer lines are hard to read."""

RETRY_SECONDS = (1, 2, 4, 8)
"""Waits before a piped message is sent again while the assistant is away."""

HELP = """Type a message, or the number of a choice.
/transcript  the conversation so far     /erase  erase it everywhere
/help        this list                   /quit   leave (so does Ctrl-D)"""

COLOURS = {"emergency": "1;31", "urgent": "1;31", "call_clinic": "1;33", "flag": "1;33", "notice": "1;33"}
QUIET_COLOUR = "2"
NO_LABEL = {"greeting", "smalltalk"}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")


class Terminal:
    """Writes replies: wrapped, with a label for kind and severity, colour only where it is wanted."""

    def __init__(self, write: Callable[[str], None], *, width: int, colour: bool) -> None:
        self._write = write
        self._width = min(width, WIDEST)
        self._colour = colour

    def reply(self, reply: Reply, first_number: int) -> None:
        """Show a reply; its buttons are numbered from `first_number`."""
        self._write("")
        label = reply.severity or reply.kind
        if label not in NO_LABEL:
            self._write("  " + self.paint(label.replace("_", " "), COLOURS.get(label, QUIET_COLOUR)))
        for line in self._lines(reply.text):
            self._write("  " + line if line else "")
        if reply.source:
            self._write("  " + self.paint(f"Source: {plain(reply.source)}", QUIET_COLOUR))
        for number, button in enumerate(reply.buttons, first_number):
            self._write(f"  {self.paint(f'[{number}]', '36')} {plain(button.title)}")

    def remark(self, text: str) -> None:
        """Say something that is not the assistant's."""
        for line in text.splitlines():
            self._write(self.paint(f"* {line}", QUIET_COLOUR))

    def page(self, text: str) -> None:
        """Show a text as it is."""
        self._write("")
        for line in plain(text).splitlines():
            self._write(line)

    def paint(self, text: str, code: str) -> str:
        """`text` in a colour, where colours are wanted."""
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    def _lines(self, text: str) -> Iterator[str]:
        for line in links(plain(text)).splitlines():
            indent = "  " if line.startswith("- ") else ""
            wrapped = textwrap.wrap(
                line.replace("**", ""),
                self._width - 2,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            yield from wrapped or [""]


def plain(text: str) -> str:
    """The text without control characters, which could command the terminal."""
    return _CONTROL.sub("", text)


def links(text: str) -> str:
    """Markdown links written out: the words, and the address where it says more than they do."""

    def written_out(match: re.Match[str]) -> str:
        words, target = match[1], match[2].removeprefix("mailto:").removeprefix("tel:")
        digits = re.sub(r"\D", "", words)
        is_number = match[2].startswith("tel:") and digits != "" and target.endswith(digits)
        return words if is_number or words == target else f"{words} ({target})"

    return _LINK.sub(written_out, text)


class Chat:
    """The loop: reads lines, sends them, shows replies, and survives an assistant that is away."""

    def __init__(
        self,
        conversation: Conversation,
        terminal: Terminal,
        *,
        interactive: bool,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._conversation = conversation
        self._terminal = terminal
        self._interactive = interactive
        self._sleep = sleep
        self._choices: list[Button] = []
        self._unsent: Message | None = None

    def run(self, read: Callable[[], str | None]) -> int:
        """Talk until `read` gives None or `/quit`. Returns 1 if a message stayed unsent, else 0."""
        self._attempt(self._greet)
        while (line := read()) is not None:
            line = line.strip()
            if line.lower() in ("/quit", "/exit"):
                break
            self._take(line, read)
        return 1 if self._unsent or not self._conversation.started else 0

    def _take(self, line: str, read: Callable[[], str | None]) -> None:
        commands: dict[str, Callable[[], None]] = {
            "/help": lambda: self._terminal.remark(HELP),
            "/transcript": lambda: self._terminal.page(self._conversation.transcript()),
            "/erase": lambda: self._erase(read),
        }
        if line.lower() in commands:
            self._attempt(commands[line.lower()])
            return
        if not self._conversation.started and not self._attempt(self._greet):
            return
        # What was typed before comes first. An empty line just sends it again.
        if self._unsent and not self._attempt(self._send_unsent):
            if line:
                self._terminal.remark("The earlier message is still waiting; this one was not sent.")
            return
        if line:
            self._unsent = self._message(line)
            self._attempt(self._send_unsent)

    def _message(self, line: str) -> Message:
        if line.isdecimal() and 1 <= int(line) <= len(self._choices):
            return Message(button=self._choices[int(line) - 1].token)
        return Message(text=line)

    def _greet(self) -> None:
        self._show(self._conversation.start())

    def _send_unsent(self) -> None:
        assert self._unsent is not None
        replies = self._conversation.send(self._unsent)
        self._unsent = None
        self._show(replies)

    def _show(self, replies: list[Reply]) -> None:
        choices: list[Button] = []
        for reply in replies:
            self._terminal.reply(reply, len(choices) + 1)
            choices += reply.buttons
        self._choices = choices

    def _erase(self, read: Callable[[], str | None]) -> None:
        if self._interactive:
            self._terminal.remark("Erase this conversation everywhere? Type yes to do it.")
            if (read() or "").strip().lower() not in ("y", "yes"):
                self._terminal.remark("Nothing was erased.")
                return
        self._conversation.erase()
        self._unsent = None
        self._choices = []
        self._terminal.remark("Erased. A new conversation begins.")
        self._greet()

    def _attempt(self, step: Callable[[], None]) -> bool:
        """Take a step, waiting where that helps. Returns whether it worked; says why when it did not."""
        waits = iter(() if self._interactive else RETRY_SECONDS)
        while True:
            try:
                step()
                return True
            except TooFast as limit:
                self._terminal.remark(f"That was fast. Sending it in {limit.seconds} s …")
                self._sleep(limit.seconds)
            except Away:
                wait = next(waits, None)
                if wait is None:
                    self._say_away()
                    return False
                self._sleep(wait)
            except Refused as refusal:
                self._unsent = None
                self._terminal.remark(plain(str(refusal)))
                return False
            except Ended:
                self._unsent = None
                self._terminal.remark("This conversation is over. Your next message begins a new one.")
                return False

    def _say_away(self) -> None:
        kept = (
            "Your message is kept: press Enter to send it again."
            if self._unsent
            else "Press Enter to try again."
        )
        self._terminal.remark(f"The assistant does not answer. Is `make run` running? {kept}")


def reader(prompt: str | None) -> Callable[[], str | None]:
    """Reads a line of standard input, None at its end; with a prompt, or repeating what a pipe gave."""

    def read() -> str | None:
        if prompt is None:
            line = sys.stdin.readline()
            if line:
                print(f"\n> {line.rstrip()}", flush=True)
            return line or None
        try:
            return input(prompt)
        except EOFError:
            print()
            return None

    return read


def main() -> int:
    """Talk to the assistant that the settings point at."""
    parser = argparse.ArgumentParser(prog="python -m scripts.chat", description=__doc__)
    parser.add_argument("--url", default=None, help="the assistant's address, if the settings do not say it")
    url = parser.parse_args().url or addresses().gateway.url
    interactive = sys.stdin.isatty()
    colour = interactive and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    if interactive:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  (gives input() its line editing and history)
    terminal = Terminal(
        lambda line: print(line, flush=True), width=shutil.get_terminal_size().columns, colour=bool(colour)
    )
    try:
        client = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
    except httpx.InvalidURL as error:
        raise SetUpError(f"{url!r} is not an address: {error}.") from error
    with client:
        if interactive:
            terminal.remark(HELP)
        chat = Chat(Conversation(client), terminal, interactive=interactive)
        return chat.run(reader("\n> " if interactive else None))


if __name__ == "__main__":
    entry(main)
