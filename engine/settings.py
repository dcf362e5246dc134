"""Settings of the engine process, from `NEEDLEWISE_*` environment variables.

The engine cannot import `clinic.settings` (it runs on another Python), so it reads the few
variables that concern it and leaves the others to the gateway and the actions.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message names the setting."""


@dataclass(frozen=True)
class EngineSettings:
    """What the engine needs to start.

    Attributes:
        host: Address that the engine listens on; loopback unless set otherwise.
        port: TCP port that the engine listens on.
        actions_url: Base URL of the action server, without a trailing slash.
        action_timeout: Seconds that an action may take before the turn fails.
        tracker_url: SQLAlchemy 1.4 URL of the tracker database.
        knowledge_dir: Folder with the files that clinicians review.
        profile_values: File with the values of the profile's placeholders.
        secrets_dir: Folder with the generated keys.
    """

    host: str
    port: int
    actions_url: str
    action_timeout: float
    tracker_url: str
    knowledge_dir: Path
    profile_values: Path
    secrets_dir: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> EngineSettings:
        """Read the settings.

        Args:
            environ: Environment variables.

        Raises:
            SettingsError: If a value cannot be used.
        """
        var_dir = Path(environ.get("NEEDLEWISE_VAR_DIR") or "var")
        engine = _http_url(
            "NEEDLEWISE_ENGINE_URL", environ.get("NEEDLEWISE_ENGINE_URL") or "http://127.0.0.1:5005"
        )
        actions = _http_url(
            "NEEDLEWISE_ACTIONS_URL", environ.get("NEEDLEWISE_ACTIONS_URL") or "http://127.0.0.1:5055"
        )
        raw_timeout = environ.get("NEEDLEWISE_ACTION_TIMEOUT") or "8"
        try:
            action_timeout = float(raw_timeout)
        except ValueError as error:
            raise SettingsError(
                f"NEEDLEWISE_ACTION_TIMEOUT must be a number of seconds, not {raw_timeout!r}"
            ) from error
        if not 0 < action_timeout <= 300:
            raise SettingsError("NEEDLEWISE_ACTION_TIMEOUT must be above 0 and at most 300 seconds")
        address = urlsplit(engine)
        return cls(
            host=address.hostname or "127.0.0.1",
            port=address.port or 5005,
            actions_url=actions,
            action_timeout=action_timeout,
            tracker_url=environ.get("NEEDLEWISE_TRACKER_URL")
            or f"sqlite:///{(var_dir / 'tracker.db').resolve()}",
            knowledge_dir=Path(environ.get("NEEDLEWISE_KNOWLEDGE_DIR") or "knowledge"),
            profile_values=var_dir / "profile.json",
            secrets_dir=var_dir / "secrets",
        )

    def gateway_key(self) -> str:
        """Return the key that the gateway must send.

        Raises:
            SettingsError: If the key file is missing, unreadable or empty.
        """
        path = self.secrets_dir / "engine.key"
        try:
            key = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"Cannot read the engine key {path}: run `make run`, which creates it"
            ) from error
        if not key:
            raise SettingsError(f"The engine key {path} is empty: delete it and run `make run` again")
        return key


def _http_url(name: str, value: str) -> str:
    parts = urlsplit(value)
    try:
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise SettingsError(f"{name} must be an http:// address with host and port, not {value!r}")
    return value.rstrip("/")
