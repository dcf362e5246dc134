"""What is done with one thing that a person sent: opting out and in, help, media, and the conversation."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import conversations
from clinic.crypto import DecryptionError
from clinic.database.models import ChannelContact, ChannelInbound, ChannelOutbound, Message, utc_now
from clinic.database.session import Database, DatabaseUnavailable
from gateway import receipts
from gateway.api.models import MAX_TEXT
from gateway.channels import queues
from gateway.channels.adapter import Adapter
from gateway.channels.answers import Answers
from gateway.channels.choices import ChoiceReader
from gateway.channels.intake import Intake
from gateway.channels.opt_out import OptOutReader
from gateway.channels.texts import ChannelTexts
from gateway.channels.types import Inbound, Keyword
from gateway.channels.vault import Vault
from gateway.locks import Busy
from gateway.logs import describe
from gateway.messages import UnknownButton
from gateway.receipts import IdReused
from gateway.text import clean
from gateway.turns import ConversationGone, Turns

logger = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 8
_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(minutes=5)
_QUESTIONS: Final = frozenset({"question", "summary", "confirmation"})
"""Kinds of replies whose buttons answer that reply alone."""


@dataclass
class Verdict:
    """What is to be stored when a message was worked on."""

    notices: list[str] = field(default_factory=list)
    """Texts that the assistant says for itself, before the answers."""
    always: str | None = None
    """A text that is said even to a person who has ended the messages."""
    opted_out: bool | None = None
    """Whether the person has ended the messages from now on, or has them again; None is as before."""


class Desk:
    """Works on the messages of one person after the other; `work` is called by whoever holds their lease."""

    def __init__(
        self,
        database: Database,
        turns: Turns,
        vault: Vault,
        intake: Intake,
        answers: Answers,
        texts: ChannelTexts,
    ) -> None:
        self._database = database
        self._turns = turns
        self._vault = vault
        self._intake = intake
        self._answers = answers
        self._notices = texts.notices
        self._opt_out = OptOutReader(texts.opt_out)
        self._choices = ChoiceReader(texts)

    async def work(self, adapter: Adapter, contact: ChannelContact, row: ChannelInbound, owner: str) -> None:
        """Work on one message and store all that comes of it.

        Raises DatabaseUnavailable or queues.LeaseLost.
        """
        try:
            inbound = self.read(row)
            verdict = await self._verdict(adapter, contact, row, inbound)
        except ConversationGone:
            raise queues.LeaseLost from None
        except Busy:
            await self._later(row, owner, "the conversation is busy", give_up=False)
            return
        except DatabaseUnavailable:
            raise
        except DecryptionError as error:
            await self._later(row, owner, str(error), give_up=True)
            return
        except Exception as error:
            logger.error("a message could not be worked on: %s", describe(error))
            await self._later(row, owner, type(error).__name__, give_up=row.attempts + 1 >= MAX_ATTEMPTS)
            return
        await self._store(adapter, row, verdict, owner)

    def read(self, row: ChannelInbound) -> Inbound:
        """What the row holds. Raises DecryptionError."""
        return self._vault.unseal_inbound(row.payload_encrypted or "")

    async def _verdict(
        self, adapter: Adapter, contact: ChannelContact, row: ChannelInbound, inbound: Inbound
    ) -> Verdict:
        match inbound.kind:
            case "group":
                return Verdict([] if contact.noticed_at else [self._notices.group_refused])
            case "edit":
                return Verdict([self._notices.edited])
            case "delete":
                await self._take_back(inbound)
                return Verdict()
        text = clean(inbound.text or "")
        keyword = inbound.keyword
        if keyword is None and inbound.button_token is None:
            keyword = self._opt_out.read(text, carrier_words=adapter.capability.opt_out_words)
        if keyword is not None:
            verdict = await self._keyword(contact, row, inbound, keyword)
            if verdict is not None:
                return verdict
        return await self._message(contact, row, inbound, text)

    async def _keyword(
        self, contact: ChannelContact, row: ChannelInbound, inbound: Inbound, keyword: Keyword
    ) -> Verdict | None:
        """What the word asks for; None if it is an ordinary word here."""
        out = contact.opted_out_at is not None
        match keyword:
            case "stop":
                silent = out or inbound.answered
                return Verdict(always=None if silent else self._notices.opted_out, opted_out=True)
            case "start" if out:
                return Verdict(always=None if inbound.answered else self._notices.opted_in, opted_out=False)
            case "start" if inbound.keyword is None:
                return None
            case "start":
                if not inbound.answered:
                    await self._turns.greet(contact.conversation_id, _id(row))
                return Verdict()
        return Verdict(always=None if inbound.answered else self._notices.help)

    async def _message(
        self, contact: ChannelContact, row: ChannelInbound, inbound: Inbound, text: str
    ) -> Verdict:
        verdict = Verdict()
        if inbound.media:
            verdict.notices.append(self._notices.media_thanks)
        elif inbound.unsupported or not (text or inbound.button_token):
            verdict.notices.append(self._notices.unsupported)
        token = inbound.button_token
        if token is None and text:
            token = await self._chosen(contact, row, inbound, text)
        if token is not None:
            if not await self._press(contact, row, token):
                verdict.notices.append(self._notices.button_expired)
        elif len(text) > MAX_TEXT:
            verdict.notices.append(self._notices.too_long)
        elif text:
            await self._say(contact, receipts.Inbound(_id(row), text=text))
        return verdict

    async def _chosen(
        self, contact: ChannelContact, row: ChannelInbound, inbound: Inbound, text: str
    ) -> str | None:
        """The button that the words mean. It is noted first: the same words again mean the same button."""
        choice = self._choices.read(text, self._answers.offer(contact))
        if choice is None:
            return None
        async with self._database.session() as session:
            await session.execute(
                update(ChannelInbound)
                .where(ChannelInbound.id == row.id, ChannelInbound.receipt == row.receipt)
                .values(
                    payload_encrypted=self._vault.seal_inbound(replace(inbound, button_token=choice.token))
                )
            )
        return choice.token

    async def _press(self, contact: ChannelContact, row: ChannelInbound, token: str) -> bool:
        """Say what the button stands for; False if it is no button that can still be pressed."""
        if not any(choice.token == token for choice in self._answers.offer(contact).choices):
            async with self._database.session(read_only=True) as session:
                known = await receipts.is_known(session, contact.conversation_id, _id(row))
                if not known and await _answers_a_question(session, contact.conversation_id, token):
                    return False
        try:
            await self._say(contact, receipts.Inbound(_id(row), button=token))
        except UnknownButton:
            return False
        return True

    async def _say(self, contact: ChannelContact, inbound: receipts.Inbound) -> None:
        try:
            await self._turns.say(contact.conversation_id, inbound)
        except IdReused:
            # It was taken before in another reading, and that one counts.
            logger.warning("a message was read in two ways; the first one counts")

    async def _take_back(self, inbound: Inbound) -> None:
        """Forget a message that was deleted before it was worked on."""
        receipt = self._intake.receipt(inbound, inbound.refers_to or "")
        async with self._database.session() as session:
            await session.execute(
                update(ChannelInbound)
                .where(ChannelInbound.receipt == receipt, ChannelInbound.state == "pending")
                .values(state="done", payload_encrypted=None)
            )

    async def _store(self, adapter: Adapter, row: ChannelInbound, verdict: Verdict, owner: str) -> None:
        async with self._database.session() as session:
            conversation = await conversations.find(session, row.conversation_id, to_write=True)
            contact = await queues.locked(session, row.conversation_id, owner)
            assert conversation is not None
            conversation.last_active_at = utc_now()
            await self._opt(session, contact, verdict.opted_out)
            await self._answers.put(session, adapter, contact, verdict.notices)
            if verdict.always is not None:
                self._answers.say(session, adapter, contact, verdict.always)
            stored = await session.get(ChannelInbound, row.id)
            if stored is not None:
                stored.state, stored.payload_encrypted, stored.reason = "done", None, None
            await queues.set_due(session, contact)

    async def _opt(self, session: AsyncSession, contact: ChannelContact, out: bool | None) -> None:
        if out is None:
            return
        if not out:
            await queues.opt_in(session, contact)
        elif contact.opted_out_at is None:
            await queues.opt_out(session, contact)
            contact.offer_encrypted = None
            await session.execute(
                update(ChannelOutbound)
                .where(
                    ChannelOutbound.conversation_id == contact.conversation_id,
                    ChannelOutbound.state == "pending",
                    ChannelOutbound.always.is_(False),
                )
                .values(state="dropped", reason="opted_out", payload_encrypted=None)
            )

    async def _later(self, row: ChannelInbound, owner: str, reason: str, *, give_up: bool) -> None:
        async with self._database.session() as session:
            contact = await queues.locked(session, row.conversation_id, owner)
            stored = await session.get(ChannelInbound, row.id)
            if stored is None:
                return
            stored.attempts += 1
            stored.reason = reason[:200]
            pause = min(_FIRST_PAUSE * 2 ** min(stored.attempts, 12), _LONGEST_PAUSE)
            stored.next_attempt_at = utc_now() + pause
            if give_up:
                stored.state = "dead"
                logger.error("a message is given up: %s", reason)
            await queues.set_due(session, contact)


def _id(row: ChannelInbound) -> str:
    """The id under which the conversation and the engine know the message."""
    return row.receipt[:32]


async def _answers_a_question(session: AsyncSession, conversation_id: str, token: str) -> bool:
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.direction == "out")
        .order_by(Message.id.desc())
    )
    for row in rows:
        if any(button["token"] == token for button in row.buttons):
            return row.kind in _QUESTIONS
    return False
