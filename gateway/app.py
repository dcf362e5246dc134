"""The web app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from clinic.database.session import Database
from clinic.settings import Settings
from gateway import services as parts
from gateway.api import conversations, health, messages, openapi, problems, transcript
from gateway.engine import EngineClient
from gateway.middleware import BodyLimit, Watch

VERSION = "0.1.0"


def create_app(
    settings: Settings, engine_client: EngineClient | None = None, database: Database | None = None
) -> FastAPI:
    """The app as ``settings`` ask for, with its own engine client and database where none are given.

    Raises SettingsError, ProfileError or NoticesError.
    """
    services = parts.build(settings, engine_client, database)

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
    for routes in (conversations, messages, transcript, health):
        app.include_router(routes.router)
    openapi.install(app, VERSION)
    problems.install(app)
    # The last one added is the first one passed.
    app.add_middleware(BodyLimit, prefix="/api/")
    app.add_middleware(Watch, paths=frozenset(app.openapi()["paths"]) | {openapi.URL})
    return app
