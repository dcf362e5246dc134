"""The engine's part of an erasure."""

from __future__ import annotations

from sqlalchemy import delete

from clinic.database.models import Conversation
from clinic.database.session import Database
from gateway.engine import EngineClient, EngineError
from gateway.outbox import DeliveryError, Handler, Payload


def tracker_eraser(database: Database, engine: EngineClient) -> Handler:
    """The outbox handler of ``erase_tracker``."""

    async def erase(payload: Payload) -> None:
        conversation_id = str(payload["conversation_id"])
        try:
            await engine.erase(conversation_id)
        except EngineError as error:
            raise DeliveryError(str(error)) from None
        # A turn that was still running in the engine may have stored something since.
        async with database.session() as session:
            await session.execute(delete(Conversation).where(Conversation.id == conversation_id))

    return erase
