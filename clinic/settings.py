"""Settings from the environment (``NEEDLEWISE_*``) and the secrets kept under ``var/secrets``."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from email_validator import EmailNotValidError, validate_email
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX: Final = "NEEDLEWISE_"
DEFAULT_RETENTION_DAYS: Final = 180

SecretName = Literal["signing", "encryption", "engine"]
SECRET_NAMES: Final[tuple[SecretName, ...]] = ("signing", "encryption", "engine")

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
# A URL may hold a password, so an error message never repeats these values.
_NEVER_SHOWN: Final = frozenset(
    {"database_url", "tracker_url", "redis_url", "smtp_password", "smtp_username"}
)
_REDIS_SCHEMES: Final = ("redis", "rediss", "unix")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")

Origins = Annotated[tuple[str, ...], NoDecode]
"""Web origins, in the environment separated by commas."""


class SettingsError(Exception):
    """A setting is wrong or a folder cannot be used; the message is one line that names it."""


class Settings(BaseSettings):
    """Everything the gateway, the actions and the command line read from the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    var_dir: Path = Path("var")
    knowledge_dir: Path = Path("knowledge")
    database_url: str = ""
    """Async SQLAlchemy URL; SQLite under ``var_dir`` when not given."""
    tracker_url: str = ""
    """The engine's own URL (SQLAlchemy 1.4, synchronous); SQLite under ``var_dir`` when not given."""
    redis_url: str | None = None
    """Where gateways tell each other of news; without it they do so through PostgreSQL, if that is used."""
    engine_url: str = "http://127.0.0.1:5005"
    actions_url: str = "http://127.0.0.1:5055"
    engine_timeout: float = Field(default=10, gt=0, le=300)
    """Seconds that the gateway waits for the engine."""
    rate_per_conversation: int = Field(default=20, ge=0)
    """Messages a minute; 0 is no limit."""
    rate_per_address: int = Field(default=60, ge=0)
    """Messages a minute; 0 is no limit."""
    streams: int = Field(default=500, ge=1, le=100_000)
    """Event streams that may be open at a time."""
    streams_per_address: int = Field(default=32, ge=0)
    """Event streams that one address may have open; 0 is no limit."""
    connections: int = Field(default=1000, ge=10, le=200_000)
    """Connections that may be open at a time; more get a 503."""
    allowed_origins: Origins = ()
    """Origins of other sites whose pages may use the chat API."""
    frame_ancestors: Origins = ()
    """Origins of sites that may show our pages in a frame."""
    hsts: bool = False
    """Whether Strict-Transport-Security is sent also when no proxy says that the visitor came by HTTPS."""
    retention_days: int = Field(default=DEFAULT_RETENTION_DAYS, ge=1, le=3650)
    token_minutes: int = Field(default=60, ge=1, le=60 * 24 * 30)
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    smtp_starttls: bool = True
    notify_email: str | None = None

    @field_validator("host", "smtp_host")
    @classmethod
    def _bare_host(cls, value: str | None) -> str | None:
        if value is not None and ("/" in value or any(c.isspace() for c in value)):
            raise ValueError("give a host name or an address alone, without http:// or spaces")
        return value

    @field_validator("engine_url", "actions_url")
    @classmethod
    def _http_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("give a URL such as http://127.0.0.1:5005")
        return value.rstrip("/")

    @field_validator("allowed_origins", "frame_ancestors", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        given = value.split(",") if isinstance(value, str) else value
        if not isinstance(given, list | tuple):
            return value
        return tuple(dict.fromkeys(_origin(str(item).strip()) for item in given if str(item).strip()))

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in _REDIS_SCHEMES:
            raise ValueError("give a URL such as redis://127.0.0.1:6379/0")
        return value

    @model_validator(mode="after")
    def _streams_fit(self) -> Settings:
        if self.streams >= self.connections:
            raise ValueError(
                f"{PREFIX}CONNECTIONS is {self.connections}: it must be above {PREFIX}STREAMS "
                f"({self.streams}), as each stream is a connection"
            )
        return self

    @field_validator("smtp_from", "notify_email")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return validate_email(value, check_deliverability=False).normalized
        except EmailNotValidError as error:
            raise ValueError(f"not an e-mail address: {error}") from None

    @field_validator("database_url")
    @classmethod
    def _async_url(cls, value: str) -> str:
        if not value:
            return value
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError("give a URL such as sqlite:///var/needlewise.db") from None
        driver = _DRIVERS.get(url.drivername)
        if driver is None:
            raise ValueError(f"{url.drivername!r} is not supported; use sqlite or postgresql")
        return url.set(drivername=driver).render_as_string(hide_password=False)

    @field_validator("tracker_url")
    @classmethod
    def _sync_url(cls, value: str) -> str:
        if value:
            try:
                make_url(value)
            except ArgumentError:
                raise ValueError("give a URL such as sqlite:///var/tracker.db") from None
        return value

    @model_validator(mode="before")
    @classmethod
    def _default_urls(cls, values: dict[str, object]) -> dict[str, object]:
        var_dir = Path(str(values.get("var_dir") or "var")).expanduser().absolute()
        values["var_dir"] = var_dir
        if not values.get("database_url"):
            values["database_url"] = f"sqlite+aiosqlite:///{var_dir / 'needlewise.db'}"
        if not values.get("tracker_url"):
            values["tracker_url"] = f"sqlite:///{var_dir / 'tracker.db'}"
        return values

    @model_validator(mode="after")
    def _mail_is_complete(self) -> Settings:
        if self.smtp_host is not None:
            for name in ("smtp_from", "notify_email"):
                if getattr(self, name) is None:
                    raise ValueError(f"{PREFIX}{name.upper()} is needed because {PREFIX}SMTP_HOST is set")
        return self

    @property
    def notifies_by_email(self) -> bool:
        """Whether the mail settings are given, so that the clinic is told of a new request."""
        return self.smtp_host is not None

    def secret(self, name: SecretName) -> bytes:
        """The secret ``name``, generated at its first use and kept in ``var/secrets`` with mode 0600.

        ``encryption`` is one Fernet key a line, the newest first. Raises SettingsError when the file
        cannot be made or read or is empty.
        """
        path = self._folder("secrets") / f"{name}.key"
        try:
            if not path.exists():
                _create_once(path, _generate(name))
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                path.chmod(0o600)
            value = path.read_bytes().strip()
        except OSError as error:
            raise SettingsError(f"{path}: cannot use this secret: {_reason(error)}") from None
        if not value:
            raise SettingsError(f"{path}: the file is empty; restore it from a backup, or delete it")
        return value

    def prepare(self) -> None:
        """Make the ``var`` folder and every secret, so that a process started later only reads them.

        Raises SettingsError.
        """
        for name in SECRET_NAMES:
            self.secret(name)

    def _folder(self, name: str) -> Path:
        folder = self.var_dir / name
        try:
            self.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            writable = os.access(self.var_dir, os.W_OK | os.X_OK) and os.access(folder, os.W_OK | os.X_OK)
        except OSError as error:
            raise self._unwritable(_reason(error)) from None
        if not writable:
            raise self._unwritable("permission denied")
        return folder

    def _unwritable(self, reason: str) -> SettingsError:
        return SettingsError(
            f"{PREFIX}VAR_DIR: cannot write to {self.var_dir} ({reason}); "
            "make the folder writable or choose another one"
        )


def load_settings() -> Settings:
    """The settings of this process's environment. Raises SettingsError, one line for all that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings, read once, with the ``var`` folder and the secrets ready. Raises SettingsError."""
    settings = load_settings()
    settings.prepare()
    return settings


def _one_line(error: ValidationError) -> str:
    found = []
    for item in error.errors(include_url=False, include_context=False):
        message = item["msg"].removeprefix("Value error, ")
        if not item["loc"]:
            found.append(message)
            continue
        field = str(item["loc"][0])
        shown = "" if field in _NEVER_SHOWN else f" is {str(item['input'])[:60]!r}"
        found.append(f"{PREFIX}{field.upper()}{shown}: {message}")
    return "; ".join(found)


def _origin(value: str) -> str:
    """A web origin in the form that browsers send (RFC 6454). Raises ValueError."""
    try:
        parts = urlsplit(value.lower().removesuffix("/"))
        port = parts.port
    except ValueError:
        raise ValueError(f"{value[:60]!r} is not an origin such as https://clinic.example") from None
    host = parts.hostname or ""
    plain = f"{parts.scheme}://{parts.netloc}" == value.lower().removesuffix("/") and "@" not in parts.netloc
    if not plain or parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        raise ValueError(f"{value[:60]!r} is not an origin such as https://clinic.example")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise ValueError(f"{value[:60]!r} must begin with https://")
    name = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in (None, usual) else "")


def _generate(name: SecretName) -> bytes:
    return Fernet.generate_key() if name == "encryption" else secrets.token_urlsafe(48).encode()


def _create_once(path: Path, value: bytes) -> None:
    """Write ``value`` to ``path`` unless another process has just done so.

    The content is complete before the name appears, so a reader never sees half a secret, and a
    hard link fails where a rename would replace the other process's secret.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(value + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
