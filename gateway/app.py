"""The web app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from clinic.database.session import Database
from clinic.settings import Settings
from gateway import services as parts
from gateway.api import conversations, events, feedback, health, messages, openapi, problems, transcript
from gateway.channels.routes import MAX_BODY
from gateway.channels.settings import ChannelSettings
from gateway.engine import EngineClient
from gateway.middleware import BodyLimit, Watch
from gateway.origins import Origins
from gateway.web.site import Site
from gateway.web.widget import DIST, WidgetFiles

VERSION = "0.1.0"


def create_app(
    settings: Settings,
    engine_client: EngineClient | None = None,
    database: Database | None = None,
    widget_dir: Path = DIST,
    channel_settings: ChannelSettings | None = None,
) -> FastAPI:
    """The app as ``settings`` ask for, with its own engine client and database where none are given.

    ``widget_dir`` is where the build of the widget is; the channels' settings are read from the
    environment unless they are given.

    Raises SettingsError, ProfileError or NoticesError.
    """
    services = parts.build(settings, engine_client, database, channel_settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await services.start()
        try:
            yield
        finally:
            await services.stop()

    app = FastAPI(
        openapi_url=openapi.URL, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan
    )
    app.state.services = services
    for routes in (conversations, messages, events, feedback, transcript, health):
        app.include_router(routes.router)
    app.include_router(services.channels.router)
    pages = Site(settings, services.profile, WidgetFiles(widget_dir)).routes()
    app.router.routes.extend(pages)
    openapi.install(app, VERSION)
    problems.install(app)
    # The last one added is the first one passed.
    webhooks = services.channels.paths
    app.add_middleware(BodyLimit, larger=dict.fromkeys(webhooks, MAX_BODY))
    app.add_middleware(Origins, prefix="/api/", allowed=settings.allowed_origins)
    paths = frozenset(app.openapi()["paths"]) | {openapi.URL} | {page.path for page in pages} | webhooks
    app.add_middleware(Watch, paths=paths, hsts=settings.hsts)
    return app
