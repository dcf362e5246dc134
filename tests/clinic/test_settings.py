"""Settings come from the environment; what is wrong is named in one line."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from clinic.settings import SECRET_NAMES, Settings, SettingsError, get_settings, load_settings


def error_of(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(f"NEEDLEWISE_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_without_an_environment_everything_has_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/var/needlewise.db"
    assert settings.tracker_url == f"sqlite:///{tmp_path}/var/tracker.db"
    assert not settings.notifies_by_email


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEWISE_PORT", "")
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", "")
    assert load_settings().port == 8000
    assert load_settings().database_url.endswith("needlewise.db")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgresql://u:p%25@h/d", "postgresql+psycopg://u:p%25@h/d"),
        ("postgres://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_a_database_url_gets_the_driver_that_we_use(
    given: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", given)
    assert load_settings().database_url == used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("HOST", "http://localhost"),
        ("RATE_PER_CONVERSATION", "-1"),
        ("RATE_PER_ADDRESS", "many"),
        ("RETENTION_DAYS", "0"),
        ("ENGINE_TIMEOUT", "0"),
        ("ENGINE_URL", "127.0.0.1:5005"),
        ("ACTIONS_URL", "ftp://127.0.0.1"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://host/name"),
        ("TRACKER_URL", "nonsense"),
        ("TOKEN_MINUTES", "soon"),
        ("SMTP_PORT", "x"),
        ("SMTP_STARTTLS", "perhaps"),
        ("NOTIFY_EMAIL", "nobody"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("STREAMS", "0"),
        ("STREAMS_PER_ADDRESS", "-1"),
        ("CONNECTIONS", "few"),
        ("HSTS", "maybe"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "clinic.example"),
        ("ALLOWED_ORIGINS", "https://clinic.example/chat"),
        ("ALLOWED_ORIGINS", "https://clinic.example,null"),
        ("ALLOWED_ORIGINS", "http://clinic.example"),
        ("ALLOWED_ORIGINS", "https://me@clinic.example"),
        ("ALLOWED_ORIGINS", "https://clinic.example:port"),
        ("ALLOWED_ORIGINS", "https://*.clinic.example"),
        ("FRAME_ANCESTORS", "'none'; script-src *"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"NEEDLEWISE_{name}" in error_of(monkeypatch, **{name: value})


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    message = error_of(monkeypatch, PORT="x", RETENTION_DAYS="y")
    assert "NEEDLEWISE_PORT" in message
    assert "NEEDLEWISE_RETENTION_DAYS" in message


def test_a_password_in_a_wrong_url_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in error_of(monkeypatch, DATABASE_URL="mysql://user:hunter2@host/name")


@pytest.mark.parametrize("missing", ["SMTP_FROM", "NOTIFY_EMAIL"])
def test_a_mail_server_needs_both_addresses(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "SMTP_HOST": "mail.example",
        "SMTP_FROM": "bot@clinic.example",
        "NOTIFY_EMAIL": "desk@clinic.example",
    }
    del given[missing]
    assert f"NEEDLEWISE_{missing}" in error_of(monkeypatch, **given)


def test_a_complete_mail_server_notifies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEWISE_SMTP_HOST", "mail.example")
    monkeypatch.setenv("NEEDLEWISE_SMTP_FROM", "bot@clinic.example")
    monkeypatch.setenv("NEEDLEWISE_NOTIFY_EMAIL", "desk@clinic.example")
    assert load_settings().notifies_by_email


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_secret_is_made_once_for_its_owner_alone(name: str, settings: Settings) -> None:
    first = settings.secret(name)  # type: ignore[arg-type]
    path = settings.var_dir / "secrets" / f"{name}.key"
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert settings.secret(name) == first  # type: ignore[arg-type]
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_secrets_differ_from_each_other_and_from_place_to_place(tmp_path: Path) -> None:
    here, there = Settings(var_dir=tmp_path / "here"), Settings(var_dir=tmp_path / "there")
    assert len({settings.secret(name) for settings in (here, there) for name in SECRET_NAMES}) == 6


def test_the_encryption_secret_is_a_fernet_key(settings: Settings) -> None:
    Fernet(settings.secret("encryption"))


def test_a_secret_that_others_may_read_is_closed_to_them(settings: Settings) -> None:
    settings.secret("signing")
    path = settings.var_dir / "secrets" / "signing.key"
    path.chmod(0o644)
    settings.secret("signing")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_secret_is_refused(settings: Settings) -> None:
    settings.prepare()
    (settings.var_dir / "secrets" / "engine.key").write_text("\n")
    with pytest.raises(SettingsError, match=r"engine\.key.*empty"):
        settings.secret("engine")


def test_processes_that_start_together_agree_on_a_secret(tmp_path: Path) -> None:
    program = "from clinic.settings import load_settings; print(load_settings().secret('signing').decode())"
    environment = {**os.environ, "NEEDLEWISE_VAR_DIR": str(tmp_path / "var")}
    running = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in running}) == 1


def test_a_secret_that_appears_meanwhile_is_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.prepare()
    kept = settings.secret("signing")
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    assert settings.secret("signing") == kept


def test_a_var_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NEEDLEWISE_VAR_DIR", str(tmp_path / "file" / "var"))
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="NEEDLEWISE_VAR_DIR: cannot write to") as caught:
        get_settings()
    assert "\n" not in str(caught.value)


def test_a_var_folder_without_rights_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SettingsError, match=r"NEEDLEWISE_VAR_DIR.*permission denied"):
        settings.secret("signing")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://clinic.example", ("https://clinic.example",)),
        ("https://Clinic.Example/ , https://clinic.example:443,", ("https://clinic.example",)),
        ("https://clinic.example:8443", ("https://clinic.example:8443",)),
        ("http://localhost:3000,http://[::1]:80", ("http://localhost:3000", "http://[::1]")),
        (" , ", ()),
    ],
)
def test_origins_are_kept_as_browsers_send_them(
    given: str, kept: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEEDLEWISE_ALLOWED_ORIGINS", given)
    monkeypatch.setenv("NEEDLEWISE_FRAME_ANCESTORS", given)
    settings = load_settings()
    assert settings.allowed_origins == settings.frame_ancestors == kept


def test_streams_must_leave_room_for_other_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    error = error_of(monkeypatch, STREAMS="1000")
    assert error.startswith("NEEDLEWISE_CONNECTIONS is 1000: it must be above NEEDLEWISE_STREAMS (1000)")


def test_a_password_in_the_redis_url_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "secret" not in error_of(monkeypatch, REDIS_URL="http://user:secret@host")
