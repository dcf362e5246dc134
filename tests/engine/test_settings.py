"""The engine's settings: defaults, what the environment changes, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import EngineSettings, SettingsError


def test_without_environment_everything_has_a_default() -> None:
    settings = EngineSettings.from_environ({})
    assert (settings.host, settings.port) == ("127.0.0.1", 5005)
    assert settings.actions_url == "http://127.0.0.1:5055"
    assert settings.action_timeout == 8
    assert settings.tracker_url == f"sqlite:///{Path('var/tracker.db').resolve()}"
    assert settings.profile_values == Path("var/profile.json")


def test_an_empty_variable_is_as_good_as_none() -> None:
    names = ("VAR_DIR", "ENGINE_URL", "ACTIONS_URL", "ACTION_TIMEOUT", "TRACKER_URL", "KNOWLEDGE_DIR")
    environ = {f"NEEDLEWISE_{name}": "" for name in names}
    assert EngineSettings.from_environ(environ) == EngineSettings.from_environ({})


def test_the_environment_sets_addresses_and_folders(tmp_path: Path) -> None:
    settings = EngineSettings.from_environ(
        {
            "NEEDLEWISE_VAR_DIR": str(tmp_path),
            "NEEDLEWISE_ENGINE_URL": "http://localhost:7005/",
            "NEEDLEWISE_ACTIONS_URL": "http://localhost:7055/",
            "NEEDLEWISE_ACTION_TIMEOUT": "2.5",
            "NEEDLEWISE_TRACKER_URL": "postgresql://somewhere/tracker",
            "NEEDLEWISE_KNOWLEDGE_DIR": "/elsewhere",
        }
    )
    assert (settings.host, settings.port) == ("localhost", 7005)
    assert settings.actions_url == "http://localhost:7055"
    assert settings.action_timeout == 2.5
    assert settings.tracker_url == "postgresql://somewhere/tracker"
    assert settings.knowledge_dir == Path("/elsewhere")
    assert settings.secrets_dir == tmp_path / "secrets"


@pytest.mark.parametrize("name", ["NEEDLEWISE_ENGINE_URL", "NEEDLEWISE_ACTIONS_URL"])
@pytest.mark.parametrize(
    "value", ["localhost:5005", "ftp://host", "http://", "http://host:abc", "http://host:99999"]
)
def test_a_wrong_address_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be an http:// address"):
        EngineSettings.from_environ({name: value})


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf"])
def test_a_wrong_timeout_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="NEEDLEWISE_ACTION_TIMEOUT must be"):
        EngineSettings.from_environ({"NEEDLEWISE_ACTION_TIMEOUT": value})


def settings_with_key(tmp_path: Path, content: bytes | None) -> EngineSettings:
    if content is not None:
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "engine.key").write_bytes(content)
    return EngineSettings.from_environ({"NEEDLEWISE_VAR_DIR": str(tmp_path)})


def test_the_key_is_read_without_its_line_end(tmp_path: Path) -> None:
    assert settings_with_key(tmp_path, b"secret\n").gateway_key() == "secret"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_missing_empty_or_damaged_key_is_one_line_that_names_the_file(
    tmp_path: Path, content: bytes | None
) -> None:
    with pytest.raises(SettingsError, match=r"engine\.key") as refused:
        settings_with_key(tmp_path, content).gateway_key()
    assert "\n" not in str(refused.value)
