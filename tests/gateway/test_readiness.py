"""What machines are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clinic.database.migrate import downgrade
from tests.gateway.chat import Gateway, assert_problem
from tests.gateway.servers import FakeEngine


def test_ready_when_all_parts_answer(gateway: Gateway) -> None:
    response = gateway.client().get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


def test_an_engine_that_is_away_is_named(gateway: Gateway, engine: FakeEngine) -> None:
    engine.stop()
    client = gateway.client()
    assert assert_problem(client.get("/readyz"), 503, "not-ready")["missing"] == ["engine"]
    assert client.get("/healthz").json() == {"status": "ok"}
    engine.start()
    assert client.get("/readyz").status_code == 200


def test_an_engine_without_a_model_is_named(gateway: Gateway, engine: FakeEngine) -> None:
    engine.mode = "error"
    assert assert_problem(gateway.client().get("/readyz"), 503, "not-ready")["missing"] == ["engine"]


def test_actions_that_are_away_are_named(gateway: Gateway, engine: FakeEngine) -> None:
    engine.actions = False
    problem = assert_problem(gateway.client().get("/readyz"), 503, "not-ready")
    assert problem["missing"] == ["actions"]
    assert "actions" in problem["detail"]


def test_a_slow_engine_is_not_waited_for(
    gateway: Gateway, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.engine.HEALTH_TIMEOUT", 0.0)
    assert assert_problem(gateway.client().get("/readyz"), 503, "not-ready")["missing"] == ["engine"]


def test_a_database_without_tables_is_named(run: Callable[..., Gateway]) -> None:
    gateway = run()
    gateway.stop()
    downgrade(gateway.settings.database_url)
    gateway.start()
    assert assert_problem(gateway.client().get("/readyz"), 503, "not-ready")["missing"] == ["database"]


def test_everything_that_is_missing_is_named(run: Callable[..., Gateway], engine: FakeEngine) -> None:
    gateway = run(database_url="postgresql://nobody@127.0.0.1:9/none")
    engine.actions = False
    assert assert_problem(gateway.client().get("/readyz"), 503)["missing"] == ["actions", "database"]
