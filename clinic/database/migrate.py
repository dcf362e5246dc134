"""Bringing a database to the current tables."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError

from clinic.database.session import unavailable

MIGRATIONS: Final = Path(__file__).parent / "migrations"


class MigrationError(Exception):
    """The database's revision is none of ours, as when it was made by a newer version."""


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the database ``url`` (async, as in the settings)."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    # Not an option: the values of options are interpolated, and a password may hold a percent sign.
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to ``revision``; nothing happens when it is there.

    Starts an event loop of its own. Raises DatabaseUnavailable or MigrationError.
    """
    try:
        command.upgrade(alembic_config(url), revision)
    except CommandError as error:
        raise MigrationError(f"the database cannot be migrated: {error}") from None
    except DBAPIError as error:
        raise unavailable(error) or error from error


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database back to ``revision``."""
    command.downgrade(alembic_config(url), revision)
