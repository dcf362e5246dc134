"""The repairs of Rasa decide as Rasa does, cost less, and leak nothing."""

from __future__ import annotations

import asyncio
import copy
import random
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import pytest
import rasa.core.actions.action
import rasa.shared.utils.common
import rasa.utils.endpoints
from rasa.core.actions.action import ActionExecutionRejection, ActionExtractSlots, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.engine.exceptions import GraphComponentException, GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelMetadata, ModelStorage
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    Event,
    FollowupAction,
    LegacyForm,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import ListSlot, Slot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import ConnectionException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from engine import upstream_fixes
from engine.tracker_store import KEEP_TURNS
from engine.upstream_fixes import TurnFailed
from tests.engine.conftest import DOMAIN, tracker_with, user

RASAS_VALIDATOR = RemoteAction._validate_action_result
RASAS_RUN = DaskGraphRunner.run
RASAS_APPLIED_EVENTS = DialogueStateTracker.applied_events
RASAS_COPY = DialogueStateTracker.copy
RASAS_EXTRACTION = ActionExtractSlots.run
RASAS_PROVIDER = vars(DomainProvider)["load"].__func__
RASAS_EVENT_TYPES = {
    event.type_name: Event.resolve_by_type(event.type_name)
    for event in rasa.shared.utils.common.all_subclasses(Event)
}
TIMEOUT = 0.3
SECRET = "my rash is on fire"

REPAIRED = [
    (RemoteAction, "_validate_action_result"),
    (RemoteAction, "_action_call_format"),
    (RemoteAction, "run"),
    (EndpointConfig, "session"),
    (Agent, "_create_tracker_store"),
    (ClientResponseError, "__init__"),
    (ModelMetadata, "from_dict"),
    (Event, "resolve_by_type"),
    (DaskGraphRunner, "run"),
    (DomainProvider, "load"),
    (TrackerStore, "create"),
    (DialogueStateTracker, "applied_events"),
    (DialogueStateTracker, "copy"),
    (Domain, "is_empty"),
    (ActionExtractSlots, "run"),
    (RulePolicy, "_prediction_states"),
    (RulePolicy, "_get_possible_keys"),
    (RulePolicy, "_find_action_from_rules"),
    (rasa.utils.endpoints, "DEFAULT_REQUEST_TIMEOUT"),
    (rasa.core.actions.action, "DEFAULT_REQUEST_TIMEOUT"),
]


@pytest.fixture(autouse=True)
def _repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in REPAIRED:
        monkeypatch.setattr(owner, name, vars(owner).get(name, getattr(owner, name)))
    monkeypatch.setattr(Slot, "__copy__", None, raising=False)
    upstream_fixes.apply(TIMEOUT)


SLOT = {"event": "slot", "timestamp": None, "name": "triage_day", "value": "3"}


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"events": []},
        {"events": [], "responses": []},
        {"events": [SLOT], "responses": [{"text": "hi", "buttons": []}]},
        {"events": [{**SLOT, "value": None}]},
        {"events": [{**SLOT, "value": ["redness"]}]},
        {"events": [{"event": "followup", "timestamp": None, "name": "triage_form"}]},
        {"events": [{"event": "active_loop", "timestamp": None, "name": None}]},
        {"events": [{"event": "undo", "timestamp": None}]},
        {"events": [{"event": "bot", "text": "hi"}]},
        {"events": [{"event": "nonsense"}]},
        {"events": [{"event": ["slot"], "name": "triage_day"}]},
        {"events": [SLOT, {"event": "slot"}, SLOT]},
        {"events": [SLOT, {"event": "user", "text": 5}]},
        {"events": [{**SLOT, "timestamp": "now"}]},
        {"events": [SLOT], "responses": ["hi"]},
        {"events": [{"event": "slot"}]},
        {"events": [{"event": "followup", "name": 5}]},
        {"events": [{"event": "active_loop", "name": 5}]},
        {"events": ["slot"]},
        {"events": {}},
        {"events": None},
        {"responses": {}},
        {"responses": ["hi"]},
        [],
        None,
        "text",
        {"unknown": 1},
    ],
)
def test_a_result_is_accepted_or_refused_as_by_rasa(result: Any) -> None:
    action = RemoteAction("action_unsure", None)
    try:
        RASAS_VALIDATOR(action, result)
    except jsonschema.ValidationError:
        with pytest.raises(jsonschema.ValidationError):
            action._validate_action_result(result)
    else:
        assert action._validate_action_result(result)


def test_the_schema_is_not_checked_again_for_each_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the schema was checked again")

    monkeypatch.setattr(jsonschema, "validate", refuse)
    monkeypatch.setattr(jsonschema.validators.validator_for({}), "check_schema", refuse)
    assert RemoteAction("action_unsure", None)._validate_action_result({"events": [SLOT]})


Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    """A server on a free port that reads nothing and answers by `handler`."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(writer)
        writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/webhook"


def answering(status: str, body: str) -> Handler:
    async def answer(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()

    return answer


async def never(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def call(handler: Handler) -> list[Event]:
    tracker = tracker_with(user(SECRET, "ask_pain"))
    async with server(handler) as url:
        action = RemoteAction("action_unsure", EndpointConfig(url))
        return await action.run(
            CollectingOutputChannel(), TemplatedNaturalLanguageGenerator({}), tracker, DOMAIN
        )


def test_an_action_server_that_hangs_ends_the_turn_in_time() -> None:
    async def timed() -> float:
        started = asyncio.get_running_loop().time()
        with pytest.raises(TurnFailed):
            await call(never)
        return asyncio.get_running_loop().time() - started

    assert asyncio.run(timed()) < TIMEOUT + 2


def test_other_calls_have_the_same_limit() -> None:
    async def limit() -> float | None:
        async with EndpointConfig("http://127.0.0.1").session() as session:
            return session.timeout.total

    assert asyncio.run(limit()) == TIMEOUT


def test_a_failed_action_raises_without_what_its_server_answered() -> None:
    with pytest.raises(TurnFailed) as failed:
        asyncio.run(call(answering("500 Internal Server Error", f'{{"request": "{SECRET}"}}')))
    chain = "".join(traceback.format_exception(failed.type, failed.value, failed.tb))
    assert "500, Internal Server Error" in chain
    assert SECRET not in chain


def test_a_rejection_is_still_understood() -> None:
    with pytest.raises(ActionExecutionRejection) as rejected:
        asyncio.run(call(answering("400 Bad Request", '{"action_name": "action_unsure", "error": "no"}')))
    assert (rejected.value.action_name, rejected.value.message) == ("action_unsure", "no")


def test_a_call_holds_what_actions_read_and_no_more() -> None:
    metadata = {"utter_action": "utter_greet", "metadata": {"kind": "smalltalk"}}
    tracker = tracker_with(
        BotUttered("Hi.", metadata=metadata), user(SECRET, "ask_pain"), SlotSet("triage_day", "3")
    )
    called = RemoteAction("action_unsure", None)._action_call_format(tracker, DOMAIN)
    latest = called["tracker"]["latest_message"]
    assert (called["next_action"], called["sender_id"]) == ("action_unsure", tracker.sender_id)
    assert called["domain"] == {}
    assert called["tracker"]["slots"] == tracker.current_slot_values()
    assert (latest["text"], latest["intent"]["name"]) == (SECRET, "ask_pain")
    events = {event["event"]: event for event in called["tracker"]["events"]}
    assert events["bot"]["metadata"]["metadata"] == {"kind": "smalltalk"}
    assert events["user"] == {
        "event": "user",
        "text": SECRET,
        "message_id": tracker.latest_message.message_id,
    }
    assert set(events) <= {"action", "user", "bot"}


def test_a_call_of_a_long_conversation_holds_its_last_turns() -> None:
    tracker = tracker_with(*(user(f"message {number}", "ask_pain") for number in range(40)))
    called = RemoteAction("action_unsure", None)._action_call_format(tracker, DOMAIN)
    texts = [event["text"] for event in called["tracker"]["events"] if event["event"] == "user"]
    assert texts == [f"message {number}" for number in range(40 - KEEP_TURNS, 40)]


def test_calls_share_one_connection() -> None:
    accepted = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal accepted
        accepted += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

    async def calls() -> None:
        running = await asyncio.start_server(serve, "127.0.0.1", 0)
        endpoint = EndpointConfig(f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/webhook")
        for _ in range(3):
            assert await endpoint.request(json={"a": 1}) == {}
        running.close()

    asyncio.run(calls())
    assert accepted == 1


class BrokenStore(InMemoryTrackerStore):
    """A tracker store whose database is away."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        raise ConnectionError("the database is away")


def test_an_error_of_the_tracker_store_fails_the_turn() -> None:
    store = Agent(tracker_store=BrokenStore(DOMAIN), domain=DOMAIN).tracker_store
    with pytest.raises(ConnectionError):
        asyncio.run(store.retrieve("someone"))


def test_a_tracker_store_gets_the_models_domain() -> None:
    given = InMemoryTrackerStore(DOMAIN)
    other = DOMAIN.merge(DOMAIN)
    assert Agent._create_tracker_store(given, other) is given
    assert given.domain is other
    assert isinstance(Agent._create_tracker_store(None, other), InMemoryTrackerStore)


STEP = {
    "needs": {},
    "uses": "rasa.graph_components.providers.domain_provider.DomainProvider",
    "constructor_name": "create",
    "fn": "provide",
    "config": {},
    "eager": False,
    "is_target": False,
    "is_input": False,
    "resource": None,
}
TRAINED = {
    "trained_at": "2026-11-20T10:00:00",
    "rasa_open_source_version": "3.6.21",
    "model_id": "one",
    "assistant_id": "needlewise",
    "domain": DOMAIN.as_dict(),
    "train_schema": {"nodes": {"needs": {**STEP, "uses": "no.such.TrainingStep"}}},
    "predict_schema": {"nodes": {"answer": STEP}},
    "training_type": 3,
    "project_fingerprint": "f",
    "core_target": "answer",
    "nlu_target": "answer",
    "language": "en",
}


def test_a_model_loads_without_what_only_training_needs() -> None:
    metadata = ModelMetadata.from_dict(TRAINED)
    assert metadata.train_schema == GraphSchema({})
    assert list(metadata.predict_schema.nodes) == ["answer"]
    assert (metadata.model_id, metadata.language, metadata.core_target) == ("one", "en", "answer")


def test_the_type_of_a_stored_event_is_found_as_by_rasa_but_searched_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [event.type_name for event in rasa.shared.utils.common.all_subclasses(Event)]
    assert [Event.resolve_by_type(name) for name in names] == [RASAS_EVENT_TYPES[name] for name in names]

    def refuse(_: object) -> None:
        raise AssertionError("the subclasses were searched again")

    monkeypatch.setattr(rasa.shared.utils.common, "all_subclasses", refuse)
    assert Event.resolve_by_type("user") is UserUttered
    assert Event.resolve_by_type("bot", UserUttered) is BotUttered


def test_an_unknown_event_type_is_still_an_error_unless_there_is_a_default() -> None:
    assert Event.resolve_by_type("nonsense", UserUttered) is UserUttered
    assert Event.resolve_by_type("topic") is None
    with pytest.raises(ValueError, match="Unknown event name 'nonsense'"):
        Event.resolve_by_type("nonsense")


class Joiner(GraphComponent):
    """Joins what it is given to its own name; notes in which order it was called."""

    called: ClassVar[list[str]] = []

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Joiner:
        return cls(config["name"])

    def join(self, first: str = "", second: str = "") -> str:
        if first == "broken":
            raise ValueError("broken")
        Joiner.called.append(self.name)
        return f"{self.name}({first}{second})"


def runner(**needs: dict[str, str]) -> DaskGraphRunner:
    """Return a runner of `Joiner`s with these needs; the last one is the target."""
    nodes = {
        name: SchemaNode(
            needs=given,
            uses=Joiner,
            constructor_name="create",
            fn="join",
            config={"name": name},
            eager=True,
            is_target=name == list(needs)[-1],
        )
        for name, given in needs.items()
    }
    schema = GraphSchema(nodes)
    return DaskGraphRunner.create(schema, None, ExecutionContext(schema))  # type: ignore[arg-type]


DIAMOND = {
    "a": {"first": "text"},
    "b": {"first": "a"},
    "c": {"first": "a"},
    "d": {"first": "b", "second": "c"},
}


@pytest.mark.parametrize("targets", [None, ["c"], ["d", "b"]])
def test_a_graph_gives_what_it_gives_with_dask(targets: list[str] | None) -> None:
    graph = runner(**DIAMOND)
    inputs = {"text": "hi"}
    assert graph.run(inputs, targets) == RASAS_RUN(graph, inputs, targets)


def test_a_step_runs_once_however_many_need_it_and_not_at_all_for_nobody() -> None:
    Joiner.called.clear()
    assert runner(**DIAMOND).run({"text": "hi"}) == {"d": "d(b(a(hi))c(a(hi)))"}
    assert sorted(Joiner.called) == ["a", "b", "c", "d"]
    Joiner.called.clear()
    runner(**DIAMOND).run({"text": "hi"}, ["b"])
    assert Joiner.called == ["a", "b"]


@pytest.mark.parametrize(
    ("inputs", "error"),
    [({}, GraphRunError), ({"text": "a"}, GraphRunError), ({"text": "broken"}, GraphComponentException)],
)
def test_a_graph_fails_as_it_does_with_dask(inputs: dict[str, str], error: type[Exception]) -> None:
    graph = runner(**DIAMOND)
    with pytest.raises(error) as expected:
        RASAS_RUN(graph, inputs)
    with pytest.raises(error) as failed:
        graph.run(inputs)
    assert str(failed.value) == str(expected.value)


def any_event(chance: random.Random) -> Event:
    form = chance.choice(["consultation_form", "screening_form"])
    return chance.choice(
        [
            user("hi", chance.choice(["ask_pain", "stop"])),
            user("and you", "ask_pain"),
            BotUttered("hi"),
            SlotSet("note", chance.choice(["a", None])),
            ActiveLoop(chance.choice([form, None])),
            LegacyForm(form),
            ActionExecutionRejected(form),
            ActionExecuted(form),
            ActionExecuted("action_listen"),
            ActionExecuted("utter_ask_pain"),
            FollowupAction("utter_ask_pain"),
            chance.choice([ActionReverted, UserUtteranceReverted, AllSlotsReset, ConversationPaused])(),
            chance.choice([ActionReverted, Restarted, SessionStarted, AllSlotsReset])(),
        ]
    )


@pytest.mark.parametrize("seed", range(30))
def test_trackers_of_any_events_apply_and_copy_them_as_rasas_do(seed: int) -> None:
    chance = random.Random(seed)
    tracker = DialogueStateTracker("someone", DOMAIN.slots)
    for _ in range(50):
        tracker.update(any_event(chance))
        applied = tracker.applied_events()
        expected = RASAS_APPLIED_EVENTS(tracker)
        assert [id(event) for event in applied] == [id(event) for event in expected]
        ours, rasas = tracker.copy(), RASAS_COPY(tracker)
        assert [id(event) for event in ours.events] == [id(event) for event in rasas.events]
        state = EventVerbosity.ALL
        assert (ours.current_state(state), ours.active_loop) == (
            rasas.current_state(state),
            rasas.active_loop,
        )


def test_a_copied_slot_is_the_same_and_its_own() -> None:
    slot = ListSlot("signs", [{"type": "custom"}], initial_value=["redness"], influence_conversation=False)
    twin = copy.copy(slot)
    assert (type(twin), vars(twin)) == (ListSlot, vars(slot))
    twin.value = ["fever"]
    assert (slot.value, slot.has_been_set, twin.has_been_set) == (["redness"], False, True)


@pytest.mark.parametrize(("domain", "is_empty"), [(DOMAIN, False), (Domain.empty(), True)])
def test_an_empty_domain_is_told_from_another(domain: Domain, is_empty: bool) -> None:
    assert domain.is_empty() is is_empty


FROM_INTENT = {"type": "from_intent", "intent": "ask_pain", "value": "pain"}


@pytest.mark.parametrize("mapping", [{"type": "custom"}, FROM_INTENT])
def test_slots_are_extracted_as_by_rasa(mapping: dict[str, str]) -> None:
    slots = {"topic": {"type": "text", "mappings": [mapping]}, "note": {"type": "text", "mappings": []}}
    domain = Domain.from_dict({**DOMAIN.as_dict(), "slots": slots})
    tracker = DialogueStateTracker.from_events("someone", [user("hurts?", "ask_pain")], domain.slots)
    arguments = (CollectingOutputChannel(), TemplatedNaturalLanguageGenerator({}), tracker, domain)
    action = ActionExtractSlots(None)
    found = asyncio.run(action.run(*arguments))
    assert found == asyncio.run(RASAS_EXTRACTION(action, *arguments))
    assert found == ([SlotSet("topic", "pain")] if mapping is FROM_INTENT else [])


def test_the_domain_of_a_model_is_the_one_that_rasa_reads(tmp_path: Path) -> None:
    storage, resource, context = (
        LocalModelStorage(tmp_path),
        Resource("domain"),
        ExecutionContext(GraphSchema({})),
    )
    DomainProvider.create({}, storage, resource, context)._persist(DOMAIN)
    ours = DomainProvider.load({}, storage, resource, context).provide_inference()
    rasas = RASAS_PROVIDER(DomainProvider, {}, storage, resource, context).provide_inference()
    assert ours.as_dict() == rasas.as_dict()
    assert ours.fingerprint() == rasas.fingerprint()


def test_a_tracker_store_is_made_by_its_path_or_the_error_is_rasas(tmp_path: Path) -> None:
    def make(url: str) -> TrackerStore:
        kind = "engine.tracker_store.CompactingTrackerStore"
        return TrackerStore.create(EndpointConfig(url, type=kind), DOMAIN)

    assert type(make(f"sqlite:///{tmp_path / 'tracker.db'}")).__name__ == "CompactingTrackerStore"
    assert isinstance(TrackerStore.create(None, DOMAIN), InMemoryTrackerStore)
    with pytest.raises(ConnectionException, match="Cannot connect to tracker store"):
        make(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'tracker.db'}")
