"""The parts of a running gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from clinic.database.session import Database
from clinic.profile import load_profile
from clinic.settings import Settings
from gateway.api.limits import RateLimits
from gateway.api.tokens import Tokens
from gateway.background import Background
from gateway.engine import EngineClient
from gateway.erasure import tracker_eraser
from gateway.mail import mailer
from gateway.notices import Notices, load_notices
from gateway.outbox import Outbox
from gateway.turns import Turns

DRAIN_SECONDS: Final = 2.0
"""What each part has to finish when the process stops."""


@dataclass(frozen=True)
class Services:
    """What the routes use, made once and shared by all requests."""

    database: Database
    engine: EngineClient
    tokens: Tokens
    limits: RateLimits
    notices: Notices
    turns: Turns
    background: Background

    async def start(self) -> None:
        """Begin the background jobs."""
        self.background.start()

    async def stop(self) -> None:
        """Finish what was begun, in bounded time, and close every connection."""
        await self.turns.drain(DRAIN_SECONDS)
        await self.background.stop(DRAIN_SECONDS)
        await self.engine.close()
        await self.database.dispose()


def build(
    settings: Settings, engine_client: EngineClient | None = None, database: Database | None = None
) -> Services:
    """The parts as ``settings`` ask for. Raises SettingsError, ProfileError or NoticesError."""
    profile = load_profile(settings.knowledge_dir / "clinic.yml")
    notices = load_notices(
        settings.knowledge_dir / "notices.yml", profile.template_values(settings.retention_days)
    )
    database = database or Database(settings.database_url)
    engine = engine_client or EngineClient(
        settings.engine_url, settings.secret("engine"), settings.engine_timeout
    )
    outbox = Outbox(
        database,
        {"erase_tracker": tracker_eraser(database, engine), "email": mailer(settings, notices.email)},
    )
    turns = Turns(
        database,
        engine,
        outbox,
        unavailable=notices.notices.engine_unavailable,
        # Long enough for the message before and the one before that, when the engine is slow.
        wait=2 * settings.engine_timeout,
    )
    tokens = Tokens(
        settings.secret("signing"),
        lifetime=timedelta(minutes=settings.token_minutes),
        renewal=timedelta(days=settings.retention_days),
    )
    limits = RateLimits(
        per_conversation=settings.rate_per_conversation, per_address=settings.rate_per_address
    )
    background = Background(database, outbox, settings.retention_days)
    return Services(database, engine, tokens, limits, notices, turns, background)
