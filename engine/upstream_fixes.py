"""Small repairs of Rasa 3.6.21, each with the reason for it.

Rasa Open Source gets no more releases, so the repairs live here; `apply` is called once, before the
server starts. None of them changes what Rasa decides, only what it costs or how it fails.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import jsonschema
import rasa
import rasa.core.actions.action
import rasa.utils.endpoints
from rasa.core.actions.action import ActionExecutionRejection, ActionExtractSlots, RemoteAction
from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore, create_tracker_store
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelMetadata, ModelStorage
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import ConnectionException
from rasa.shared.utils.io import read_file, read_yaml
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.exc import OperationalError

from engine.policies import rule_lookup
from engine.tracker_store import KEEP_TURNS

# Seconds that an idle connection to the action server is kept: far fewer than Sanic, which keeps it for 120.
_KEPT = 2.0


class TurnFailed(BaseException):
    """An action could not be run, so the turn has no complete answer.

    No `Exception`, because `MessageProcessor._run_action` catches each of these.
    """


def apply(action_timeout: float) -> None:
    """Apply every repair.

    Args:
        action_timeout: Seconds that a call of the action server may take; Rasa's own limit is 300,
            five times the life of a conversation's lock.
    """
    _reuse_action_result_validator()
    _send_actions_what_they_read()
    _keep_the_action_servers_connection()
    _let_tracker_store_errors_surface()
    _keep_patient_text_out_of_errors()
    _let_action_errors_fail_the_turn()
    _leave_the_training_graph_out()
    _read_the_models_domain_once()
    _connect_to_one_kind_of_database()
    _look_event_types_up_once()
    _run_graphs_without_dask()
    _copy_slots_by_their_fields()
    _tell_events_apart_by_their_type()
    _copy_trackers_without_looking_at_the_clock()
    _make_an_empty_domain_once()
    _look_for_slots_where_they_may_be_filled()
    rule_lookup.apply()
    rasa.utils.endpoints.DEFAULT_REQUEST_TIMEOUT = action_timeout
    rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = action_timeout


def _reuse_action_result_validator() -> None:
    """Build the validator of action results once, and hold an event against the schema of its own type.

    `RemoteAction._validate_action_result` calls `jsonschema.validate`, which checks the whole events
    schema itself on each call: about 100 ms of CPU for every custom action and form step. Each event is then
    compared with the schema of each type, of which its name allows one: 0.34 ms for a slot, now 0.04.
    """
    schema = RemoteAction.action_response_format_spec()
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)
    event_schema = schema["properties"]["events"]["items"]
    by_type = {
        one["properties"]["event"]["const"]: validator_class({**event_schema, "oneOf": [one]})
        for one in event_schema["oneOf"]
    }

    def is_event(event: Any) -> bool:
        of_type = by_type.get(str(event.get("event"))) if isinstance(event, dict) else None
        return of_type is not None and of_type.is_valid(event)

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        if isinstance(result, dict) and isinstance(result.get("events"), list):
            doubtful = [event for event in result["events"] if not is_event(event)]
            result = {**result, "events": doubtful}
        error = jsonschema.exceptions.best_match(validator.iter_errors(result))
        if error is not None:
            raise error
        return True

    RemoteAction._validate_action_result = validate


def _send_actions_what_they_read() -> None:
    """Leave out of an action's call what no action reads, such as the domain and each message's parse.

    Rasa posts the whole domain, responses included, and all events with all that was understood of each
    message. With a connection for each call and the slow check of its result, a form step cost 6.9 ms of CPU
    more here than a plain answer and 2.9 in the action server; now 2.3 and 0.8.
    """

    def action_call(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        state = tracker.current_state(EventVerbosity.NONE)
        events = [told for told in map(_told, _last_turns(tracker)) if told]
        return {
            "next_action": self.name(),
            "sender_id": tracker.sender_id,
            "tracker": {**state, "events": events},
            # Without one, rasa-sdk would ask for it.
            "domain": {},
            "version": rasa.__version__,
        }

    RemoteAction._action_call_format = action_call


def _last_turns(tracker: DialogueStateTracker) -> list[Event]:
    """Return the events of the last turns, as many as the tracker store keeps of a long conversation."""
    events = list(tracker.events)
    turns = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    return events[turns[-KEEP_TURNS] :] if len(turns) > KEEP_TURNS else events


def _told(event: Event) -> dict[str, Any] | None:
    """Return what actions read of an event, as Rasa would write it; nothing if they read none of it."""
    if isinstance(event, ActionExecuted):
        return {"event": "action", "name": event.action_name}
    if isinstance(event, UserUttered):
        return {"event": "user", "text": event.text, "message_id": event.message_id}
    if isinstance(event, BotUttered):
        return {"event": "bot", "text": event.text, "metadata": event.metadata}
    return None


class _Connections(aiohttp.TCPConnector):
    """Connections that are kept to the end of the process, which closes them without a word."""

    def __del__(self, _warnings: object = None) -> None:
        self._close()


def _keep_the_action_servers_connection() -> None:
    """Call the action server over a connection that stays open between the actions of a turn or two.

    Rasa makes a new pool and a new connection for each call.
    """
    pools: dict[asyncio.AbstractEventLoop, aiohttp.TCPConnector] = {}

    def session(self: EndpointConfig) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if loop not in pools:
            pools.clear()
            pools[loop] = _Connections(keepalive_timeout=_KEPT)
        auth = aiohttp.BasicAuth(**self.basic_auth) if self.basic_auth else None
        return aiohttp.ClientSession(
            connector=pools[loop],
            connector_owner=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self.headers,
            auth=auth,
            timeout=aiohttp.ClientTimeout(total=rasa.utils.endpoints.DEFAULT_REQUEST_TIMEOUT),
        )

    EndpointConfig.session = session


def _let_tracker_store_errors_surface() -> None:
    """Fail the turn when the tracker database fails.

    `FailSafeTrackerStore` answers such a turn from an empty in-memory store: a form forgets what it
    was told and the conversation splits in two. The gateway has a better answer to a failed turn.
    """

    def create(store: TrackerStore | None, domain: Domain) -> TrackerStore:
        if store is None:
            return InMemoryTrackerStore(domain)
        store.domain = domain
        return store

    Agent._create_tracker_store = staticmethod(create)


def _keep_patient_text_out_of_errors() -> None:
    """Drop response bodies from client errors, whose text is logged: they may quote the message."""

    def __init__(self: Any, status: int, message: str, text: str) -> None:
        self.status = status
        self.message = message
        self.text = text
        super(rasa.utils.endpoints.ClientResponseError, self).__init__(f"{status}, {message}")

    rasa.utils.endpoints.ClientResponseError.__init__ = __init__


def _let_action_errors_fail_the_turn() -> None:
    """Give up a turn whose action failed, before anything of it is stored.

    `MessageProcessor._run_action` logs the failure with the action's result, patient text included, and
    goes on as if the action had said nothing: a flag could go missing, and the message would count as
    answered when it is sent again.
    """
    run = RemoteAction.run

    async def run_or_fail(self: RemoteAction, *arguments: Any, **keywords: Any) -> list[Event]:
        try:
            return await run(self, *arguments, **keywords)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            raise TurnFailed(self.name()) from error

    RemoteAction.run = run_or_fail


def _leave_the_training_graph_out() -> None:
    """Load a model without its training graph, which answering never looks at.

    `ModelMetadata.from_dict` imports the class of each step of training. One of them checks pipelines that
    might hold a neural component and so imports TensorFlow: with it an engine took 811 MB and 18 s of CPU
    to start, without it (and with `engine.deferred_imports`) 477 MB and 12 s.
    """
    whole = ModelMetadata.from_dict

    def from_dict(_: type[ModelMetadata], serialized: dict[str, Any]) -> ModelMetadata:
        return whole({**serialized, "train_schema": {"nodes": {}}})

    ModelMetadata.from_dict = classmethod(from_dict)


def _read_the_models_domain_once() -> None:
    """Read the domain that a model holds without checking it again.

    Rasa reads the file four times and holds it against its schema, which it did in training before it wrote
    the file itself: 0.5 s of an engine's start, now 0.1.
    """

    def load(
        cls: type[DomainProvider],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> DomainProvider:
        with model_storage.read_from(resource) as directory:
            domain = Domain.from_dict(read_yaml(read_file(directory / "domain.yml")))
        return cls(model_storage, resource, domain)

    DomainProvider.load = classmethod(load)


def _connect_to_one_kind_of_database() -> None:
    """Make the tracker store without importing the clients of MongoDB and DynamoDB.

    `TrackerStore.create` imports both, whatever the store is, to know their errors: 0.4 s of a start.
    """
    create_any = TrackerStore.create

    def create(
        obj: TrackerStore | EndpointConfig | None,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
    ) -> TrackerStore:
        # Rasa tells a store of its own by its short name; another is named by the path of its class.
        if not isinstance(obj, EndpointConfig) or "." not in (obj.type or ""):
            return create_any(obj, domain, event_broker)
        try:
            return create_tracker_store(obj, domain, event_broker)
        except (OperationalError, ConnectionError) as error:
            raise ConnectionException(f"Cannot connect to tracker store.{error}") from error

    TrackerStore.create = staticmethod(create)


def _look_event_types_up_once() -> None:
    """Remember which class a stored event's type stands for.

    `Event.resolve_by_type` walks all subclasses of `Event`, twice over and with a check for abstract
    methods, for every event of every tracker that is read: 3 ms of CPU a turn, 4.5 in a form.
    """
    search = Event.resolve_by_type
    known: dict[str, type[Event]] = {}

    def resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
        found = known.get(type_name)
        if found is None:
            found = search(type_name, default)
            if found is not None and found is not default:
                known[type_name] = found
        return found

    Event.resolve_by_type = staticmethod(resolve_by_type)


def _run_graphs_without_dask() -> None:
    """Call the steps of a graph one after the other, each when what it needs is there.

    Rasa hands each small graph to dask's scheduler, which orders it anew and keeps books on every step, to
    run them in one thread in the end. That took 2.1 ms of CPU a turn; this takes 0.3.
    """

    def run(
        self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        wanted = targets or self._graph_schema.target_names
        steps = self._build_dask_graph(self._graph_schema.minimal_graph_schema(wanted))
        if inputs:
            self._add_inputs_to_graph(inputs, steps)
        results: dict[str, Any] = {}

        def result(name: str) -> Any:
            if name not in steps:
                return name
            if name not in results:
                step, *needs = steps[name]
                results[name] = step(*map(result, needs)) if callable(step) else (step, *needs)
            return results[name]

        try:
            return dict(result(name) for name in wanted)
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error

    DaskGraphRunner.run = run


def _copy_slots_by_their_fields() -> None:
    """Copy a slot without Python's machinery for any object, which does just that with far more steps.

    Each tracker starts with a copy of all slots, and four to six trackers are made in a turn: 0.6 ms of CPU,
    now 0.3.
    """

    def __copy__(self: Slot) -> Slot:
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    Slot.__copy__ = __copy__


def _tell_events_apart_by_their_type() -> None:
    """Find out once for each type of event what it does to the events before it.

    `DialogueStateTracker.applied_events` asks four questions about each event of the conversation, each by a
    slow check, as events are an abstract class. It is called four times in a turn: 0.29 ms of CPU, now 0.09.
    """
    session, reverted, rewound, action, loop = range(5)
    told = ((Restarted, SessionStarted), ActionReverted, UserUtteranceReverted, ActionExecuted, ActiveLoop)
    kinds: dict[type[Event], int | None] = {}

    def kind(event: Event) -> int | None:
        of_type = type(event)
        if of_type not in kinds:
            kinds[of_type] = next((i for i, one in enumerate(told) if issubclass(of_type, one)), None)
        return kinds[of_type]

    def applied_events(self: DialogueStateTracker) -> list[Event]:
        events = [(event, kind(event)) for event in self.events]
        loops = {event.name for event, what in events if what == loop and event.name}
        applied: list[Event] = []
        for event, what in events:
            if what == session:
                applied = []
            elif what == reverted:
                self._undo_till_previous(ActionExecuted, applied)
            elif what == rewound:
                self._undo_till_previous(UserUttered, applied)
                self._undo_till_previous(ActionExecuted, applied)
            elif (
                what == action
                and event.action_name in loops
                and not self._first_loop_execution_or_unhappy_path(event.action_name, applied)
            ):
                self._undo_till_previous_loop_execution(event.action_name, applied)
            else:
                applied.append(event)
        return applied

    DialogueStateTracker.applied_events = applied_events


def _copy_trackers_without_looking_at_the_clock() -> None:
    """Replay a tracker's events into its copy as they are.

    Each action gets a copy, made by travelling back to the end of time: for each event its time is compared,
    its type checked and its metadata looked through. 0.36 ms of CPU a turn, now 0.2 (with quicker slots).
    """

    def copy(self: DialogueStateTracker) -> DialogueStateTracker:
        twin = self.init_copy()
        for event in self.events:
            twin.events.append(event)
            event.apply_to(twin)
        return twin

    DialogueStateTracker.copy = copy


def _make_an_empty_domain_once() -> None:
    """Compare a domain with the same empty one, not a new one for each message: 0.34 ms of CPU, now 0.03."""
    nothing = Domain.empty().as_dict()

    def is_empty(self: Domain) -> bool:
        return bool(self.as_dict() == nothing)

    Domain.is_empty = is_empty


def _look_for_slots_where_they_may_be_filled() -> None:
    """Pass over slots of which Rasa's mappings say nothing.

    After each message `ActionExtractSlots` asks of every slot what may fill it. A custom mapping without an
    action never does, and all of ours are such: 0.31 ms of CPU, now 0.14.
    """
    run = ActionExtractSlots.run

    async def run_if_needed(
        self: ActionExtractSlots,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        mappings = (mapping for slot in domain.slots for mapping in slot.mappings)
        if all(mapping.get("type") == "custom" and not mapping.get("action") for mapping in mappings):
            return list(await self._execute_validation_action([], output_channel, nlg, tracker, domain))
        return list(await run(self, output_channel, nlg, tracker, domain))

    ActionExtractSlots.run = run_if_needed
