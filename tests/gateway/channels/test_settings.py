"""Which settings turn a channel on, and how half of them are refused."""

from __future__ import annotations

import pytest

from clinic.settings import SettingsError
from gateway.channels.capabilities import CAPABILITIES, CHANNELS, Channel
from gateway.channels.registry import ADAPTERS, build_channels
from gateway.channels.settings import ChannelSettings, load_channel_settings, needed_settings
from gateway.channels.texts import ChannelTexts
from tests.gateway.channels.conftest import ALL

PREFIX = "NEEDLEWISE_"


def put(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(PREFIX + name.upper(), value)


def values_of(channel: Channel) -> dict[str, str]:
    names = [name.removeprefix(PREFIX).lower() for name in needed_settings(channel)]
    return {name: ALL[name] for name in [*names, "public_url"]}


def test_no_setting_is_no_channel() -> None:
    assert load_channel_settings().channels == ()


def test_all_settings_are_all_channels(texts: ChannelTexts) -> None:
    built = build_channels(ChannelSettings(**ALL), texts)
    assert tuple(built) == CHANNELS == tuple(ADAPTERS) == tuple(CAPABILITIES)
    for name, adapter in built.items():
        assert adapter.channel == name == adapter.capability.name
        assert adapter.address == f"https://chat.clinic.example/channels/{name}"
        assert adapter.can_send_template == adapter.capability.templates


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_needs_its_own_settings_and_no_others(
    monkeypatch: pytest.MonkeyPatch, channel: Channel
) -> None:
    put(monkeypatch, **values_of(channel))
    assert load_channel_settings().channels == (channel,)


@pytest.mark.parametrize("channel", CHANNELS)
def test_half_a_channel_is_refused_with_the_names_of_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, channel: Channel
) -> None:
    whole = values_of(channel)
    for missing in whole:
        if missing == "public_url" and channel == "webhook":
            continue
        with monkeypatch.context() as patch:
            put(patch, **{name: value for name, value in whole.items() if name != missing})
            with pytest.raises(SettingsError, match=PREFIX + missing.upper()) as raised:
                load_channel_settings()
        message = str(raised.value)
        assert "needed because" in message and "\n" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "http://chat.clinic.example"),
        ("public_url", "chat.clinic.example"),
        ("public_url", "https://chat.clinic.example/?a=1"),
        ("public_url", "https://user:word@chat.clinic.example"),
        ("public_url", "https://[bad"),
        ("graph_api_url", "http://graph.example"),
        ("graph_version", "26"),
        ("twilio_account_sid", "AC123"),
        ("twilio_sms_from", "415 555 0132"),
        ("twilio_whatsapp_template", "hello"),
        ("whatsapp_phone_id", "+14155550132"),
        ("whatsapp_template", "Hello There"),
        ("messenger_page_id", "me"),
        ("telegram_token", "abc"),
        ("telegram_secret", "short"),
        ("telegram_secret", "with a space, and long enough"),
        ("webhook_secret", "whsec_c2hvcnQ="),
        ("webhook_secret", "not the form of it, but long enough it is"),
        ("webhook_tolerance", "5"),
    ],
)
def test_a_wrong_value_is_named_and_no_secret_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    put(monkeypatch, **{**{key: str(setting) for key, setting in ALL.items()}, name: value})
    with pytest.raises(SettingsError) as raised:
        load_channel_settings()
    message = str(raised.value)
    assert PREFIX + name.upper() in message and "\n" not in message
    if name.endswith(("secret", "token", "sid")):
        assert value not in message


def test_no_secret_is_ever_shown() -> None:
    shown = repr(ChannelSettings(**ALL)) + str(ChannelSettings(**ALL))
    for name in ALL:
        if name.endswith(("token", "secret")):
            assert ALL[name] not in shown, name


def test_numbers_may_be_written_as_people_write_them() -> None:
    changes = {"twilio_sms_from": "+1 (415) 555-0132", "twilio_whatsapp_from": "whatsapp:+1 415 555 0133"}
    settings = ChannelSettings(**(ALL | changes))
    assert (settings.twilio_sms_from, settings.twilio_whatsapp_from) == ("+14155550132", "+14155550133")
    assert ChannelSettings(**(ALL | {"twilio_sms_from": "12345"})).twilio_sms_from == "12345"


def test_a_tests_platform_may_stand_on_this_machine() -> None:
    settings = ChannelSettings(
        **(ALL | {"public_url": "http://127.0.0.1:8000/", "graph_api_url": "http://[::1]:9"})
    )
    assert settings.webhook_address("whatsapp") == "http://127.0.0.1:8000/channels/whatsapp"
