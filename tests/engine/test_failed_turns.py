"""An action that fails fails the whole turn: half an answer could lack a flag."""

from __future__ import annotations

import asyncio
import socket

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.utils.endpoints import EndpointConfig

from engine import upstream_fixes
from engine.upstream_fixes import TurnFailed
from tests.engine.conftest import DOMAIN, tracker_with, user


@pytest.fixture(autouse=True)
def fixes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAction, "run", RemoteAction.run)
    upstream_fixes._let_action_errors_fail_the_turn()


def test_an_action_server_that_is_away_fails_the_turn() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/webhook"
    action = RemoteAction("action_flag_disclosure", EndpointConfig(url))
    tracker = tracker_with(user("my secret rash", "ask_pain"))
    with pytest.raises(TurnFailed) as failure:
        asyncio.run(
            action.run(CollectingOutputChannel(), TemplatedNaturalLanguageGenerator({}), tracker, DOMAIN)
        )
    assert str(failure.value) == "action_flag_disclosure"


def test_what_rasa_catches_does_not_stop_it() -> None:
    assert not issubclass(TurnFailed, Exception)
