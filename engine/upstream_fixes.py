"""Small repairs of Rasa 3.6.21, each with the reason for it.

Rasa Open Source gets no more releases, so the repairs live here; `apply` is called once, before the
server starts. None of them changes what Rasa decides, only what it costs or how it fails.
"""

from __future__ import annotations

from typing import Any

import jsonschema
import rasa.core.actions.action
import rasa.utils.endpoints
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event


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
    _let_tracker_store_errors_surface()
    _keep_patient_text_out_of_errors()
    _let_action_errors_fail_the_turn()
    _leave_the_training_graph_out()
    _look_event_types_up_once()
    _run_graphs_without_dask()
    rasa.utils.endpoints.DEFAULT_REQUEST_TIMEOUT = action_timeout
    rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = action_timeout


def _reuse_action_result_validator() -> None:
    """Build the validator of action results once.

    `RemoteAction._validate_action_result` calls `jsonschema.validate`, which checks the whole events
    schema itself on each call: about 100 ms of CPU for every custom action and form step.
    """
    schema = RemoteAction.action_response_format_spec()
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        error = jsonschema.exceptions.best_match(validator.iter_errors(result))
        if error is not None:
            raise error
        return True

    RemoteAction._validate_action_result = validate


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
