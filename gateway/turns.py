"""A message's way: accepted, sent to the engine, answered, kept. Nothing is lost and nothing done twice.

A message is stored before the engine sees it and its replies are stored before the person does. When
anything fails in between, the receipt stays pending and the same id goes to the engine again, which
answers an id that it knows with the replies that it gave. When the engine gives no answer in time, a
notice is the answer for now; the question is asked again later, and what the engine then says is added.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import contacts, conversations, outbox
from clinic.database.models import utc_now
from clinic.database.session import Database
from gateway import late, messages, receipts
from gateway.api.models import Reply
from gateway.engine import EngineClient, EngineError, EngineReply
from gateway.late import Late, Question
from gateway.locks import Busy, ConversationLocks
from gateway.messages import GREETING_ID
from gateway.news import News
from gateway.outbox import DeliveryError, Outbox, Payload
from gateway.receipts import Inbound

logger = logging.getLogger(__name__)

GREET: Final = "/greet"

Result = TypeVar("Result")


class ConversationGone(Exception):
    """There is no such conversation, or it was erased."""


@dataclass(frozen=True)
class _Accepted:
    """A message that the engine must answer, and the earlier ones that it has not answered."""

    question: Question
    earlier: list[Late]


@dataclass(frozen=True)
class _Answer:
    """What a message is answered with; a notice when the question was left ``unanswered``."""

    question: Question
    replies: list[EngineReply]
    unanswered: bool
    twin: Late | None
    """An earlier message that said the same and has no answer: this answer is for both."""


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
        news: News,
        *,
        unavailable: str,
        wait: float,
    ) -> None:
        self._database = database
        self._engine = engine
        self._outbox = outbox
        self._news = news
        self._unavailable = unavailable
        self._wait = wait
        self._locks = ConversationLocks()
        self._running: set[asyncio.Task[Any]] = set()

    async def start(self, *, consent: bool = False) -> tuple[str, list[Reply]]:
        """A new conversation's id and greeting; ``consent`` is kept. Raises DatabaseUnavailable."""
        return await self._to_the_end(self._start(consent))

    async def say(self, conversation_id: str, inbound: Inbound) -> list[Reply]:
        """The replies to a message.

        Raises ConversationGone, IdReused, UnknownButton, Busy or DatabaseUnavailable.
        """
        return await self._to_the_end(self._say(conversation_id, inbound))

    async def greet(self, conversation_id: str, message_id: str) -> None:
        """Greet a person who asked for that without words, once for each ``message_id``.

        Raises ConversationGone, Busy or DatabaseUnavailable.
        """
        await self._to_the_end(self._greet(conversation_id, message_id))

    async def erase(self, conversation_id: str) -> None:
        """Erase the conversation everywhere.

        If the engine is away or slow, its part is done when it is back: the outbox keeps asking.
        Raises ConversationGone, Busy or DatabaseUnavailable.
        """
        await self._to_the_end(self._erase(conversation_id))

    async def answer_late(self, payload: Payload) -> None:
        """Ask the engine again what it has not answered in a conversation: the handler of ``late_answer``.

        Raises DeliveryError or DatabaseUnavailable.
        """
        await self._to_the_end(self._answer_late(str(payload["conversation_id"])))

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

    async def _start(self, consent: bool) -> tuple[str, list[Reply]]:
        conversation_id = uuid.uuid4().hex
        async with self._database.session() as session:
            await conversations.ensure(session, conversation_id, consent=consent)
        answer = await self._ask(conversation_id, Question(GREETING_ID, None, GREET))
        async with self._database.session() as session:
            if answer.unanswered:
                late.add(session, conversation_id, GREETING_ID, answer.question)
            shown = messages.add_replies(session, conversation_id, GREETING_ID, answer.replies)
        return conversation_id, shown

    async def _greet(self, conversation_id: str, message_id: str) -> None:
        async with self._locks.hold(conversation_id, wait=self._wait):
            answer = await self._ask(conversation_id, Question(message_id, None, GREET))
            async with self._database.session() as session:
                if not await conversations.hold(session, conversation_id):
                    outbox.add(session, "erase_tracker", {"conversation_id": conversation_id})
                elif not await messages.replies_to(session, conversation_id, message_id):
                    messages.add_replies(session, conversation_id, message_id, answer.replies)

    async def _say(self, conversation_id: str, inbound: Inbound) -> list[Reply]:
        async with self._locks.hold(conversation_id, wait=self._wait):
            try:
                accepted = await self._accept(conversation_id, inbound)
            except IntegrityError:
                # Another process took the same id, or erased the conversation, at the same moment.
                accepted = await self._accept(conversation_id, inbound)
            if not isinstance(accepted, _Accepted):
                return accepted
            await self._news.after(conversation_id)
            answer = await self._answer(conversation_id, accepted)
            return await self._finish(conversation_id, inbound.id, answer)

    async def _accept(self, conversation_id: str, inbound: Inbound) -> _Accepted | list[Reply]:
        async with self._database.session() as session:
            conversation = await conversations.find(session, conversation_id, to_write=True)
            if conversation is None:
                raise ConversationGone
            status = await receipts.status(session, conversation_id, inbound)
            if status == "done":
                return await messages.replies_to(session, conversation_id, inbound.id)
            question, said = await self._read(session, conversation_id, inbound)
            earlier = await late.waiting(session, conversation_id)
            if status == "new":
                receipts.accept(session, conversation_id, inbound)
                messages.add_inbound(session, conversation_id, inbound.id, said)
                await self._news.within(session, conversation_id)
            conversation.last_active_at = utc_now()
            return _Accepted(question, earlier)

    async def _read(
        self, session: AsyncSession, conversation_id: str, inbound: Inbound
    ) -> tuple[Question, str]:
        if inbound.button is None:
            assert inbound.text is not None
            return Question(inbound.id, inbound.text, None), inbound.text
        button = await messages.find_button(session, conversation_id, inbound.button)
        return Question(inbound.id, None, button.payload), button.title

    async def _answer(self, conversation_id: str, accepted: _Accepted) -> _Answer:
        # The engine must hear of earlier messages first, or it would take this one for their answer.
        question, earlier = accepted.question, list(accepted.earlier)
        twin = earlier[-1] if earlier and _same(earlier[-1].question, question) else None
        if twin is not None:
            # Said again in other words is another question; said again is the same one, answered once.
            earlier.pop()
            question = replace(question, asked_as=twin.question.asked_as)
        for missed in earlier:
            if missed.message_id == GREETING_ID:
                await self._drop(conversation_id, missed)
                continue
            try:
                await self._answer_missed(conversation_id, missed)
            except EngineError as error:
                if error.away:
                    return self._excuse(question, error, twin)
                # It is given up: after this message its answer would come at the wrong place.
                await self._drop(conversation_id, missed)
        return await self._ask(conversation_id, question, twin)

    async def _ask(self, conversation_id: str, question: Question, twin: Late | None = None) -> _Answer:
        try:
            replies = await self._engine_says(conversation_id, question)
        except EngineError as error:
            return self._excuse(question, error, twin)
        return _Answer(question, replies, unanswered=False, twin=twin)

    def _excuse(self, question: Question, error: EngineError, twin: Late | None) -> _Answer:
        logger.error("a notice was sent in place of an answer: %s", error)
        return _Answer(question, [messages.notice(self._unavailable)], unanswered=True, twin=twin)

    async def _engine_says(self, conversation_id: str, question: Question) -> list[EngineReply]:
        return await self._engine.say(
            conversation_id, question.asked_as, text=question.text, payload=question.payload
        )

    async def _finish(self, conversation_id: str, message_id: str, answer: _Answer) -> list[Reply]:
        async with self._database.session() as session:
            if not await conversations.hold(session, conversation_id):
                gone = True
                # Erased by another process in the meantime; the engine may have begun a tracker anew.
                outbox.add(session, "erase_tracker", {"conversation_id": conversation_id})
            else:
                gone = False
                if not await receipts.finish(session, conversation_id, message_id):
                    return await messages.replies_to(session, conversation_id, message_id)
                if answer.twin is not None:
                    await late.settle(session, answer.twin)
                if answer.unanswered:
                    late.add(session, conversation_id, message_id, answer.question)
                shown = messages.add_replies(session, conversation_id, message_id, answer.replies)
                await self._news.within(session, conversation_id)
        if gone:
            raise ConversationGone
        await self._news.after(conversation_id)
        return shown

    async def _answer_late(self, conversation_id: str) -> None:
        try:
            async with self._locks.hold(conversation_id, wait=self._wait):
                async with self._database.session(read_only=True) as session:
                    waiting = await late.waiting(session, conversation_id)
                    spoken = await late.has_spoken(session, conversation_id)
                for missed in waiting:
                    if missed.message_id == GREETING_ID and spoken:
                        await self._drop(conversation_id, missed)
                    else:
                        await self._answer_missed(conversation_id, missed)
        except EngineError as error:
            raise DeliveryError(str(error)) from None
        except Busy:
            raise DeliveryError("the conversation is busy") from None

    async def _answer_missed(self, conversation_id: str, missed: Late) -> None:
        """Give the answer to an earlier message, unless somebody else does. Raises EngineError."""
        replies = await self._engine_says(conversation_id, missed.question)
        async with self._database.session() as session:
            if not await conversations.hold(session, conversation_id):
                outbox.add(session, "erase_tracker", {"conversation_id": conversation_id})
            elif await late.settle(session, missed):
                messages.add_replies(session, conversation_id, missed.message_id, replies)
                await contacts.wake(session, conversation_id)
                await self._news.within(session, conversation_id)
        await self._news.after(conversation_id)

    async def _drop(self, conversation_id: str, missed: Late) -> None:
        async with self._database.session() as session:
            await conversations.hold(session, conversation_id)
            await late.settle(session, missed)

    async def _erase(self, conversation_id: str) -> None:
        async with self._locks.hold(conversation_id, wait=self._wait):
            async with self._database.session() as session:
                if not await conversations.erase(session, conversation_id):
                    raise ConversationGone
                await self._news.within(session, conversation_id)
            await self._news.after(conversation_id)
            await self._outbox.try_now("erase_tracker", {"conversation_id": conversation_id})


def _same(one: Question, other: Question) -> bool:
    return (one.text, one.payload) == (other.text, other.payload)
