"""Addresses come from the settings; a wrong or taken one stops the start and says what to do."""

from __future__ import annotations

import socket

import pytest

from scripts.console import SetUpError
from scripts.processes import addresses, child_environment, require_free


def test_the_defaults_are_on_loopback():
    where = addresses({})
    assert [address.url for address in where] == [
        "http://127.0.0.1:8000",
        "http://127.0.0.1:5005",
        "http://127.0.0.1:5055",
    ]


def test_settings_move_every_process():
    where = addresses(
        {
            "NEEDLEWISE_HOST": "0.0.0.0",
            "NEEDLEWISE_PORT": "9000",
            "NEEDLEWISE_ENGINE_URL": "http://localhost:9005/",
            "NEEDLEWISE_ACTIONS_URL": "http://[::1]:9055",
        }
    )
    assert where.gateway.url == "http://127.0.0.1:9000"
    assert (where.engine.host, where.engine.port) == ("localhost", 9005)
    assert where.actions.url == "http://[::1]:9055"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("NEEDLEWISE_PORT", "eight"),
        ("NEEDLEWISE_PORT", "0"),
        ("NEEDLEWISE_PORT", "65536"),
        ("NEEDLEWISE_PORT", "-1"),
        ("NEEDLEWISE_PORT", "5005"),
        ("NEEDLEWISE_ENGINE_URL", "127.0.0.1:5005"),
        ("NEEDLEWISE_ENGINE_URL", "http://127.0.0.1"),
        ("NEEDLEWISE_ENGINE_URL", "http://127.0.0.1:port"),
        ("NEEDLEWISE_ENGINE_URL", "http://[::1:5005"),
        ("NEEDLEWISE_ACTIONS_URL", "http://127.0.0.1:5055/webhook"),
        ("NEEDLEWISE_ACTIONS_URL", "http://example.org:5055"),
    ],
)
def test_a_wrong_setting_is_named(setting, value):
    with pytest.raises(SetUpError, match=setting):
        addresses({setting: value})


def test_a_taken_port_is_named_with_the_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SetUpError) as refused:
            require_free(addresses({"NEEDLEWISE_PORT": str(port)}))
    assert str(refused.value).startswith(f"Port {port} is taken by another program.")
    assert "NEEDLEWISE_PORT=" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_host_that_is_not_ours_is_named():
    with pytest.raises(SetUpError, match="NEEDLEWISE_HOST"):
        require_free(addresses({"NEEDLEWISE_HOST": "192.0.2.1"}))


def test_children_run_quietly_on_one_thread_and_keep_what_was_set():
    env = child_environment({"PATH": "/bin", "OMP_NUM_THREADS": "4", "RASA_TELEMETRY_ENABLED": "true"})
    assert env["PATH"] == "/bin"
    assert env["OMP_NUM_THREADS"] == "4"
    assert env["MKL_NUM_THREADS"] == "1"
    assert env["RASA_TELEMETRY_ENABLED"] == "false"
    assert env["SANIC_HOST"] == "127.0.0.1"
