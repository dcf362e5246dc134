"""Who is listening to which conversation in this process, and waking them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

PER_CONVERSATION: Final = 4
"""Streams that one conversation may have open: two pages on two devices."""


class TooManyStreams(Exception):
    """Another stream does not fit. ``whose`` is ``conversation``, ``address`` or ``all``."""

    def __init__(self, whose: str) -> None:
        super().__init__(whose)
        self.whose = whose


class Listener:
    """One open stream."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.closing = False
        """Whether the stream is to end, because the process stops."""

    def wake(self) -> None:
        """Make `wait` return."""
        self._news.set()

    async def wait(self, seconds: float) -> bool:
        """Whether there may be news; False after ``seconds`` without any."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Hub:
    """The open streams of this process. It holds no message, so that a slow reader costs nothing."""

    def __init__(self, *, most: int, per_address: int) -> None:
        self._most = most
        self._per_address = per_address
        self._listeners: dict[str, set[Listener]] = {}
        self._addresses: Counter[str] = Counter()
        self._closing = False
        self._count = 0
        self.heard = asyncio.Event()
        """Set while anybody listens."""

    def __len__(self) -> int:
        return self._count

    @contextmanager
    def listen(self, conversation_id: str, address: str) -> Iterator[Listener]:
        """Listen to the conversation within the block. Raises TooManyStreams."""
        if self._count >= self._most:
            raise TooManyStreams("all")
        if len(self._listeners.get(conversation_id, ())) >= PER_CONVERSATION:
            raise TooManyStreams("conversation")
        if self._per_address and self._addresses[address] >= self._per_address:
            raise TooManyStreams("address")
        listener = Listener()
        listener.closing = self._closing
        self._listeners.setdefault(conversation_id, set()).add(listener)
        self._addresses[address] += 1
        self._count += 1
        self.heard.set()
        try:
            yield listener
        finally:
            self._forget(conversation_id, address, listener)

    def wake(self, conversation_id: str) -> None:
        """There may be news in the conversation."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.wake()

    def wake_all(self) -> None:
        """There may be news anywhere, as when announcements were missed."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()

    def close(self) -> None:
        """End every stream, also those that come from now on: the process stops."""
        self._closing = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.closing = True
                listener.wake()

    def _forget(self, conversation_id: str, address: str, listener: Listener) -> None:
        listeners = self._listeners[conversation_id]
        listeners.discard(listener)
        if not listeners:
            del self._listeners[conversation_id]
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
        self._count -= 1
        if not self._count:
            self.heard.clear()
