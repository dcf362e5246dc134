"""Runs the action server on loopback: `python -m actions`."""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rasa_sdk.endpoint import create_app_for_serve
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json
from sanic.worker.loader import AppLoader

import actions
from actions.services import services
from clinic.knowledge import KnowledgeError
from clinic.profile import ProfileError
from clinic.settings import SettingsError, get_settings

logger = logging.getLogger("actions")


def create_app() -> Sanic[Any, Any]:
    """Return rasa-sdk's application with our actions and an error handler that quotes nothing.

    rasa-sdk's own handler sends the whole request back, patient text included, and the engine logs it.
    """
    executor = ActionExecutor()
    executor.register_package(actions)
    app = create_app_for_serve(executor, cors_origins=None, endpoints="")
    app.error_handler.cached_handlers.clear()
    app.error_handler.cached_handlers[(Exception, None)] = _failure
    return app


async def _failure(request: Request, exception: Exception) -> HTTPResponse:
    if isinstance(exception, SanicException) and exception.status_code < 500:
        return json({"error": type(exception).__name__}, status=exception.status_code)
    frame = exception.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    logger.error("An action failed: %s at %s", type(exception).__name__, place)
    return json({"error": "action failed"}, status=500)


def main() -> None:
    """Check what actions need and serve."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # It says that the engine is of another version; the contract between the two has its own tests.
    warnings.filterwarnings("ignore", message="Your versions of rasa and rasa_sdk")
    try:
        settings = get_settings()
        services()
    except (SettingsError, ProfileError, KnowledgeError) as error:
        sys.exit(f"needlewise actions: {error}")
    address = urlsplit(settings.actions_url)
    os.environ.setdefault("SANIC_HOST", address.hostname or "127.0.0.1")
    loader = AppLoader(factory=partial(create_app))
    app = loader.load()
    app.prepare(
        host=address.hostname or "127.0.0.1",
        port=address.port or 5055,
        single_process=True,
        access_log=False,
        motd=False,
    )
    # What a start makes stays; looking through it for garbage again and again finds none.
    gc.collect()
    gc.freeze()
    Sanic.serve_single(primary=app)


if __name__ == "__main__":
    main()
