"""The OpenAPI document, and the app held against it by schemathesis."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.chat import Chat, Gateway
from tests.gateway.conftest import settings_for
from tests.gateway.servers import FakeEngine


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Gateway]:
    engine = FakeEngine().start()
    gateway = Gateway(settings_for(tmp_path_factory.mktemp("var"), engine))
    shutil.copy(empty_database, gateway.file)
    yield gateway.start()
    gateway.stop()
    engine.stop()


@pytest.fixture
def document(gateway: Gateway) -> dict[str, Any]:
    return dict(gateway.client().get("/api/openapi.json").json())


def schemathesis(
    chat: Chat, gateway: Gateway, folder: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """What schemathesis found, with every check, on the calls that ``options`` choose."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{gateway.url}/api/openapi.json"]
    command += ["--header", f"Authorization: Bearer {chat.token}", "--checks", "all", "--no-color"]
    # A stream has no end; test_events.py has it. An id of a reply cannot be made up.
    command += ["--exclude-path", "/api/events", "--warnings", "off"]
    command += ["--generation-database", "none", "--seed", "20261120", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_app_keeps_to_its_document(gateway: Gateway, tmp_path: Path) -> None:
    chat = gateway.chat()
    found = schemathesis(
        chat, gateway, tmp_path, "--exclude-method", "DELETE", "--max-examples", "20", "--max-time", "25"
    )
    assert found.returncode == 0, found.stdout
    assert "No issues found" in found.stdout
    assert chat.replies("still here?")[0]["text"] == "You said: still here?"


def test_erasing_keeps_to_the_document(gateway: Gateway, tmp_path: Path) -> None:
    options = ["--include-method", "DELETE", "--max-examples", "5", "--phases", "coverage,fuzzing"]
    found = schemathesis(gateway.chat(), gateway, tmp_path, *options)
    assert found.returncode == 0, found.stdout


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (path, method, status)
            if "security" in operation:
                assert "401" in operation["responses"]
            assert operation["summary"] and operation["description"]


def test_the_calls_of_the_design_are_all_there(document: dict[str, Any]) -> None:
    calls = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert calls == {
        "POST /api/conversations",
        "POST /api/token",
        "DELETE /api/conversation",
        "POST /api/messages",
        "GET /api/messages",
        "GET /api/transcript",
        "POST /api/feedback",
        "GET /api/events",
        "GET /healthz",
        "GET /readyz",
    }


def test_the_document_names_the_limits(document: dict[str, Any]) -> None:
    text = document["components"]["schemas"]["TextMessage"]["properties"]["text"]
    assert (text["minLength"], text["maxLength"]) == (1, 1000)
    assert "2,048" in document["info"]["description"]
