"""The action server: what it registers, and that its errors never quote a patient."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import yaml
from sanic import Sanic

from actions import __main__ as server
from actions.services import services
from clinic import questions
from clinic.settings import get_settings
from tests.actions.helpers import ROOT, SENDER

pytestmark = pytest.mark.filterwarnings("ignore:Your versions of rasa and rasa_sdk")

SECRET = "my rash is on fire"


@pytest.fixture
def app() -> Iterator[Sanic[Any, Any]]:
    """The application, whose name Sanic allows once at a time."""
    app = server.create_app()
    # Sanic rewrites its own methods at the start, which works once in a process.
    app.config.TOUCHUP = False
    yield app
    Sanic.unregister_app(app)


@pytest.fixture
async def http(app: Sanic[Any, Any]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on a real port."""
    listening = socket.create_server(("127.0.0.1", 0))
    running = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    assert running is not None
    await running.startup()
    await running.start_serving()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
        yield client
    running.close()
    await running.wait_closed()


def call(action: str, text: str = SECRET) -> dict[str, Any]:
    """Return a call as the engine makes it."""
    message = {"text": text, "intent": {"name": "nlu_fallback"}, "entities": [], "intent_ranking": []}
    return {
        "next_action": action,
        "sender_id": SENDER,
        "version": "3.6.21",
        "domain": {},
        "tracker": {
            "sender_id": SENDER,
            "slots": {},
            "latest_message": message,
            "events": [{"event": "user", "text": text, "parse_data": message}],
            "paused": False,
            "active_loop": {},
            "latest_action_name": "action_listen",
        },
    }


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """An action that fails with the patient's text in its error, and in the error's cause."""

    async def fail(_session: object, _id: str, text: str, _suggestions: object) -> None:
        try:
            raise KeyError(text)
        except KeyError as error:
            raise ValueError(f"cannot store {text!r}") from error

    monkeypatch.setattr(questions, "record_unanswered", fail)


async def test_the_domain_and_the_server_name_the_same_actions(http: httpx.AsyncClient) -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    registered = {action["name"] for action in (await http.get("/actions")).json()}
    assert registered == set(domain["actions"])
    assert len(domain["actions"]) == len(set(domain["actions"]))


async def test_an_action_runs(http: httpx.AsyncClient) -> None:
    answer = await http.post("/webhook", json=call("action_unsure"))
    assert answer.status_code == 200
    assert [said["response"] for said in answer.json()["responses"]] == ["utter_unsure_contact"]


@pytest.mark.usefixtures("broken")
async def test_a_failed_action_quotes_the_patient_neither_in_its_answer_nor_in_the_log(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    answer = await http.post("/webhook", json=call("action_unsure"))
    assert (answer.status_code, answer.json()) == (500, {"error": "action failed"})
    assert "ValueError at test_main.py" in caplog.text
    logged = caplog.text + "".join(capfd.readouterr())
    assert SECRET not in logged
    assert SENDER not in logged


async def test_a_body_that_is_no_json_is_quoted_nowhere(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await http.post("/webhook", content=f'{{"text": "{SECRET}"'.encode())
    assert answer.status_code == 400
    assert SECRET not in answer.text + caplog.text


async def test_an_unknown_action_and_an_unknown_path_are_404(http: httpx.AsyncClient) -> None:
    answer = await http.post("/webhook", json=call("action_unknown"))
    assert (answer.status_code, answer.json()["action_name"]) == (404, "action_unknown")
    assert SECRET not in answer.text
    assert (await http.get("/nothing")).status_code == 404


async def test_health_answers(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("name", "value"), [("NEEDLEWISE_ACTIONS_URL", "nonsense"), ("NEEDLEWISE_KNOWLEDGE_DIR", "nowhere")]
)
def test_a_wrong_start_is_one_line_that_names_it(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    services.cache_clear()
    with pytest.raises(SystemExit) as stopped:
        server.main()
    line = str(stopped.value.code)
    assert line.startswith("needlewise actions: ")
    assert "\n" not in line
    assert value in line
    monkeypatch.delenv(name)
    get_settings.cache_clear()
    services.cache_clear()
