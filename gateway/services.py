"""The parts of a running gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from clinic.announcements import Announcer
from clinic.database.session import Database
from clinic.profile import ClinicProfile, load_profile
from clinic.settings import Settings
from gateway.api.limits import RateLimits
from gateway.api.tokens import Tokens
from gateway.background import Background
from gateway.channels import service as channel_service
from gateway.channels.service import Channels
from gateway.channels.settings import ChannelSettings, load_channel_settings
from gateway.engine import EngineClient
from gateway.erasure import tracker_eraser
from gateway.hub import Hub
from gateway.listening import Listening
from gateway.mail import mailer
from gateway.news import News
from gateway.notices import Notices, load_notices
from gateway.outbox import Outbox
from gateway.turns import Turns

DRAIN_SECONDS: Final = 2.0
"""What each part has to finish when the process stops."""


@dataclass(frozen=True)
class Services:
    """What the routes use, made once and shared by all requests."""

    profile: ClinicProfile
    database: Database
    engine: EngineClient
    tokens: Tokens
    limits: RateLimits
    notices: Notices
    turns: Turns
    background: Background
    hub: Hub
    listening: Listening
    news: News
    channels: Channels

    async def start(self) -> None:
        """Begin the background jobs."""
        self.background.start()
        self.listening.start()
        self.channels.start()

    async def stop(self) -> None:
        """Finish what was begun, in bounded time, and close every connection."""
        self.hub.close()
        await self.listening.stop()
        await self.channels.stop(DRAIN_SECONDS)
        await self.turns.drain(DRAIN_SECONDS)
        await self.background.stop(DRAIN_SECONDS)
        await self.news.close()
        await self.engine.close()
        await self.database.dispose()


def build(
    settings: Settings,
    engine_client: EngineClient | None = None,
    database: Database | None = None,
    channel_settings: ChannelSettings | None = None,
) -> Services:
    """The parts as ``settings`` ask for. Raises SettingsError, ProfileError or NoticesError."""
    channel_settings = channel_settings or load_channel_settings()
    profile = load_profile(settings.knowledge_dir / "clinic.yml")
    values = profile.template_values(settings.retention_days)
    notices = load_notices(settings.knowledge_dir / "notices.yml", values)
    texts = channel_service.load_texts(settings, values)
    database = database or Database(settings.database_url)
    engine = engine_client or EngineClient(
        settings.engine_url, settings.secret("engine"), settings.engine_timeout
    )
    outbox = Outbox(
        database,
        {"erase_tracker": tracker_eraser(database, engine), "email": mailer(settings, notices.email)},
    )
    hub = Hub(most=settings.streams, per_address=settings.streams_per_address)
    news = News(hub, Announcer(settings))
    turns = Turns(
        database,
        engine,
        outbox,
        news,
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
    outbox.handle("late_answer", turns.answer_late)
    background = Background(database, outbox, news, settings.retention_days)
    listening = Listening(settings, database, hub)
    channels = channel_service.build(settings, channel_settings, texts, database, turns)
    return Services(
        profile,
        database,
        engine,
        tokens,
        limits,
        notices,
        turns,
        background,
        hub,
        listening,
        news,
        channels,
    )
