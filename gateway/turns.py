"""A message's way: accepted, sent to the engine, answered, kept. Nothing is lost and nothing done twice.

A message is stored before the engine sees it and its replies are stored before the person does. When
anything fails in between, the receipt stays pending and the same id goes to the engine again, which
answers an id that it knows with the replies that it gave.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import conversations
from clinic.database.models import utc_now
from clinic.database.session import Database
from gateway import messages, receipts
from gateway.api.models import Reply
from gateway.engine import EngineClient, EngineError, EngineReply
from gateway.locks import ConversationLocks
from gateway.messages import GREETING_ID
from gateway.outbox import Outbox
from gateway.receipts import Inbound

logger = logging.getLogger(__name__)

GREET: Final = "/greet"

Result = TypeVar("Result")


class ConversationGone(Exception):
    """There is no such conversation, or it was erased."""


@dataclass(frozen=True)
class _Accepted:
    """A message that the engine must answer."""

    text: str | None
    payload: str | None


class Turns:
    """Holds conversations with the engine on behalf of people.

    ``unavailable`` is said when the engine gives no answer; ``wait`` is how long, in seconds, a message
    waits for the earlier ones of its conversation.
    """

    def __init__(
        self,
        database: Database,
        engine: EngineClient,
        outbox: Outbox,
        *,
        unavailable: str,
        wait: float,
    ) -> None:
        self._database = database
        self._engine = engine
        self._outbox = outbox
        self._unavailable = unavailable
        self._wait = wait
        self._locks = ConversationLocks()
        self._running: set[asyncio.Task[Any]] = set()

    async def start(self) -> tuple[str, list[Reply]]:
        """A new conversation's id and greeting. Raises DatabaseUnavailable."""
        return await self._to_the_end(self._start())

    async def say(self, conversation_id: str, inbound: Inbound) -> list[Reply]:
        """The replies to a message.

        Raises ConversationGone, IdReused, UnknownButton, Busy or DatabaseUnavailable.
        """
        return await self._to_the_end(self._say(conversation_id, inbound))

    async def erase(self, conversation_id: str) -> None:
        """Erase the conversation everywhere.

        If the engine is away or slow, its part is done when it is back: the outbox keeps asking.
        Raises ConversationGone, Busy or DatabaseUnavailable.
        """
        await self._to_the_end(self._erase(conversation_id))

    async def drain(self, seconds: float) -> None:
        """Wait until what was begun is done, ``seconds`` at most, then cancel the rest."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _to_the_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        # A client that leaves must not stop a message halfway: the answer waits for its return.
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, as the client that would see it may have left

    async def _start(self) -> tuple[str, list[Reply]]:
        conversation_id = uuid.uuid4().hex
        async with self._database.session() as session:
            await conversations.ensure(session, conversation_id)
        replies = await self._ask(conversation_id, GREETING_ID, _Accepted(text=None, payload=GREET))
        async with self._database.session() as session:
            shown = messages.add_replies(session, conversation_id, GREETING_ID, replies)
        return conversation_id, shown

    async def _say(self, conversation_id: str, inbound: Inbound) -> list[Reply]:
        async with self._locks.hold(conversation_id, wait=self._wait):
            try:
                accepted = await self._accept(conversation_id, inbound)
            except IntegrityError:
                # Another process took the same id, or erased the conversation, at the same moment.
                accepted = await self._accept(conversation_id, inbound)
            if not isinstance(accepted, _Accepted):
                return accepted
            replies = await self._ask(conversation_id, inbound.id, accepted)
            return await self._finish(conversation_id, inbound.id, replies)

    async def _accept(self, conversation_id: str, inbound: Inbound) -> _Accepted | list[Reply]:
        async with self._database.session() as session:
            conversation = await conversations.find(session, conversation_id)
            if conversation is None:
                raise ConversationGone
            status = await receipts.status(session, conversation_id, inbound)
            if status == "done":
                return await messages.replies_to(session, conversation_id, inbound.id)
            accepted, said = await self._read(session, conversation_id, inbound)
            if status == "new":
                receipts.accept(session, conversation_id, inbound)
                messages.add_inbound(session, conversation_id, inbound.id, said)
            conversation.last_active_at = utc_now()
            return accepted

    async def _read(
        self, session: AsyncSession, conversation_id: str, inbound: Inbound
    ) -> tuple[_Accepted, str]:
        if inbound.button is None:
            assert inbound.text is not None
            return _Accepted(text=inbound.text, payload=None), inbound.text
        button = await messages.find_button(session, conversation_id, inbound.button)
        return _Accepted(text=None, payload=button.payload), button.title

    async def _ask(self, conversation_id: str, message_id: str, accepted: _Accepted) -> list[EngineReply]:
        try:
            return await self._engine.say(
                conversation_id, message_id, text=accepted.text, payload=accepted.payload
            )
        except EngineError as error:
            logger.error("a notice was sent in place of an answer: %s", error)
            return [messages.notice(self._unavailable)]

    async def _finish(self, conversation_id: str, message_id: str, replies: list[EngineReply]) -> list[Reply]:
        async with self._database.session() as session:
            if await receipts.finish(session, conversation_id, message_id):
                return messages.add_replies(session, conversation_id, message_id, replies)
            if await conversations.find(session, conversation_id) is None:
                raise ConversationGone
            return await messages.replies_to(session, conversation_id, message_id)

    async def _erase(self, conversation_id: str) -> None:
        async with self._locks.hold(conversation_id, wait=self._wait):
            async with self._database.session() as session:
                if not await conversations.erase(session, conversation_id):
                    raise ConversationGone
            await self._outbox.try_now("erase_tracker", {"conversation_id": conversation_id})
