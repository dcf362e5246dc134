"""The engine and the action server as they really talk: Rasa's payload, rasa-sdk's answer."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.channels import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SlotSet,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from tests.engine.conftest import entity, user

ROOT = Path(__file__).resolve().parents[2]
MAIN_PYTHON = ROOT / ".venv" / "bin" / "python"
START_TIMEOUT = 60.0
CUSTOM_ACTIONS = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["actions"]
FILLED = {
    "consultation_name": "Ana Li",
    "consultation_contact": "(415) 555-0132",
    "consultation_contact_kind": "phone",
    "consultation_time": "mornings",
    "consultation_concern": "acne scars",
}


@lru_cache(maxsize=1)
def domain() -> Domain:
    """Return the assistant's domain, responses included."""
    return Domain.load([str(ROOT / "domain.yml"), str(ROOT / "data")])


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the action server's data and log."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def endpoint(var_dir: Path) -> Iterator[EndpointConfig]:
    """The real action server on a database of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NEEDLEWISE_")}
    environ["NEEDLEWISE_VAR_DIR"] = str(var_dir)
    environ["NEEDLEWISE_ACTIONS_URL"] = url
    python = [str(MAIN_PYTHON), "-m"]
    subprocess.run([*python, "clinic", "prepare"], cwd=ROOT, env=environ, check=True, capture_output=True)
    log = var_dir / "actions.log"
    with log.open("w") as output:
        server = subprocess.Popen([*python, "actions"], cwd=ROOT, env=environ, stdout=output, stderr=output)
    try:
        wait_until_healthy(server, url, log)
        yield EndpointConfig(f"{url}/webhook")
    finally:
        server.terminate()
        server.wait(10)


def wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when the server answers; fails with its log if it ends or takes too long."""
    deadline = time.monotonic() + START_TIMEOUT
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"The action server did not start:\n{log.read_text()}")


def tracker(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(
        "5d41402abc4b2a76", [ActionExecuted("action_listen"), *events], slots=domain().slots
    )


def take(action: Any, tracker: DialogueStateTracker) -> list[Event]:
    """Run an action as Rasa's processor does; Rasa checks the answer against its schema."""
    nlg = TemplatedNaturalLanguageGenerator(domain().responses)
    return list(asyncio.run(action.run(CollectingOutputChannel(), nlg, tracker, domain())))


def slots(events: list[Event]) -> dict[str, Any]:
    return {event.key: event.value for event in events if isinstance(event, SlotSet)}


def uttered(events: list[Event]) -> list[str]:
    return [event.metadata["utter_action"] for event in events if isinstance(event, BotUttered)]


def in_form(form: str, requested: str, values: dict[str, Any], *events: Event) -> DialogueStateTracker:
    filled = [SlotSet(name, value) for name, value in values.items()]
    return tracker(
        user("start", "greet"),
        ActionExecuted(form),
        ActiveLoop(form),
        *filled,
        SlotSet("requested_slot", requested),
        ActionExecuted("action_listen"),
        *events,
    )


@pytest.mark.parametrize("name", CUSTOM_ACTIONS)
def test_every_custom_action_takes_rasas_payload_and_answers_as_rasas_schema_wants(
    name: str, endpoint: EndpointConfig
) -> None:
    message = user(
        "i have eczema and pus",
        "affirm",
        entity("condition", "eczema"),
        entity("symptom", "pus"),
        message_id="m1",
    )
    filled = {**FILLED, "triage_signs": ["redness"], "screening_health": "yes", "screening_age": "no"}
    call = tracker(*(SlotSet(slot, value) for slot, value in filled.items()), message)
    events = take(RemoteAction(name, endpoint), call)
    assert all(isinstance(event, Event) for event in events)
    assert name.startswith("validate_") or name == "action_submit_triage" or events


def test_the_action_server_logs_nothing_of_a_conversation(endpoint: EndpointConfig, var_dir: Path) -> None:
    call = tracker(user("qwertyuiop eczema", "nlu_fallback", message_id="m2"))
    assert uttered(take(RemoteAction("action_unsure", endpoint), call)) == ["utter_unsure_contact"]
    log = (var_dir / "actions.log").read_text()
    assert log
    assert "qwertyuiop" not in log
    assert call.sender_id not in log


def test_an_unknown_action_is_refused(endpoint: EndpointConfig) -> None:
    with pytest.raises(Exception, match="Failed to execute custom action 'action_unknown'"):
        take(RemoteAction("action_unknown", endpoint), tracker(user("hi", "greet")))


@pytest.mark.parametrize("switched", [False, True])
def test_a_form_that_opens_asks_its_first_question_and_forgets_the_last_time(
    switched: bool, endpoint: EndpointConfig
) -> None:
    book = user("i want to book", "book_consultation")
    before = tracker(*(SlotSet(name, value) for name, value in FILLED.items()), book)
    if switched:
        rejected = ActionExecutionRejected("screening_form")
        before = in_form("screening_form", "screening_age", FILLED, book, rejected)
    events = take(FormAction("consultation_form", endpoint), before)
    assert slots(events) == {
        **dict.fromkeys([*FILLED, "consultation_consent"]),
        "requested_slot": "consultation_name",
    }
    assert uttered(events) == ["utter_ask_consultation_form_consultation_name"]


def test_a_screening_opens_with_what_the_message_says(endpoint: EndpointConfig) -> None:
    start = user("im pregnant, check me", "start_screening", entity("condition", "pregnancy"))
    stale = [SlotSet("screening_age", "yes"), SlotSet("screening_confirmed", "yes")]
    events = take(FormAction("screening_form", endpoint), tracker(*stale, start))
    values = slots(events)
    assert values["screening_pregnancy"] == "yes"
    assert values["screening_age"] is None
    assert values["screening_confirmed"] is None
    assert values["requested_slot"] == "screening_skin_now"


def test_an_answer_is_taken_and_the_next_question_asked(endpoint: EndpointConfig) -> None:
    answer = user("no", "deny", entity("answer", "no"))
    events = take(
        FormAction("screening_form", endpoint), in_form("screening_form", "screening_pregnancy", {}, answer)
    )
    assert slots(events) == {"screening_pregnancy": "no", "requested_slot": "screening_skin_now"}
    assert uttered(events) == ["utter_ask_screening_form_screening_skin_now"]


def test_a_question_is_rejected_by_the_form_and_asked_again_after_its_answer(
    endpoint: EndpointConfig,
) -> None:
    question = user("does it hurt?", "ask_pain", entity("question", "yes"))
    form = FormAction("screening_form", endpoint)
    with pytest.raises(ActionExecutionRejection):
        take(form, in_form("screening_form", "screening_age", {}, question))
    answered = in_form(
        "screening_form",
        "screening_pregnancy",
        {},
        question,
        ActionExecutionRejected("screening_form"),
        ActionExecuted("utter_ask_pain"),
        BotUttered("A little."),
    )
    assert uttered(take(form, answered)) == ["utter_ask_screening_form_screening_pregnancy"]


def test_the_summary_shows_what_was_said_and_yes_ends_the_form(endpoint: EndpointConfig) -> None:
    form = FormAction("consultation_form", endpoint)
    before = {name: value for name, value in FILLED.items() if name != "consultation_concern"}
    concern = user("acne scars", "ask_scars")
    events = take(form, in_form("consultation_form", "consultation_concern", before, concern))
    assert uttered(events) == ["utter_consultation_summary"]
    yes = user("yes", "affirm", entity("answer", "yes"))
    events = take(form, in_form("consultation_form", "consultation_consent", FILLED, yes))
    assert slots(events) == {"consultation_consent": "yes", "requested_slot": None}
    assert ActiveLoop(None) in events


def test_triage_questions_end_when_the_answer_is_known(endpoint: EndpointConfig) -> None:
    worse = user("it gets worse", "report_symptom", entity("trend", "worse"))
    known = {"triage_signs": ["redness"], "triage_day": "2"}
    events = take(FormAction("triage_form", endpoint), in_form("triage_form", "triage_trend", known, worse))
    assert slots(events)["requested_slot"] is None
    assert ActiveLoop(None) in events
