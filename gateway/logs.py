"""What is logged: what happened and where, never what a person wrote, an id or a token."""

from __future__ import annotations

import traceback
from typing import Any, Final

CONFIG: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Names the URL of every call to the engine, and an erasure's holds the conversation's id.
        "httpx": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
    },
}


def describe(error: BaseException) -> str:
    """The types and places of an error and its causes; its words may quote a person, so they stay out."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 5:
        frames = traceback.extract_tb(current.__traceback__)[-3:]
        places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
        parts.append(f"{type(current).__name__} at {places or 'unknown place'}")
        current = current.__cause__ or current.__context__
    return " from ".join(parts)
