"""Looking rules up by their intent predicts what Rasa's search through all of them predicts."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    Event,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph

from engine.policies import rule_lookup

REPAIRED = ("_prediction_states", "_get_possible_keys", "_find_action_from_rules")
RASAS_PREDICT = {name: getattr(RulePolicy, name) for name in REPAIRED}

DOMAIN = Domain.from_yaml(
    """
    intents: [greet, ask, book, stop, affirm, inform, nlu_fallback]
    entities: [name]
    slots:
      requested_slot: {type: text, influence_conversation: false, mappings: [{type: custom}]}
      known: {type: bool, mappings: [{type: custom}]}
      mood: {type: categorical, values: [good, bad], mappings: [{type: custom}]}
      note: {type: text, influence_conversation: false, mappings: [{type: custom}]}
    forms:
      form: {required_slots: [note]}
      other_form: {required_slots: [note]}
    actions: [action_submit, action_help]
    responses:
      utter_greet: [{text: hi}]
      utter_ask: [{text: answer}]
      utter_stop: [{text: stopped}]
      utter_yes: [{text: "yes"}]
      utter_known: [{text: known}]
      utter_first: [{text: first}]
      utter_default: [{text: what}]
    """
)
RULES = """
rules:
- rule: ask
  steps: [{intent: ask}, {action: utter_ask}]
- rule: ask, known
  condition: [{slot_was_set: [{known: true}]}]
  steps: [{intent: ask}, {action: utter_known}]
- rule: first greeting
  conversation_start: true
  steps: [{intent: greet}, {action: utter_first}]
- rule: begin the form
  steps: [{intent: book}, {action: form}, {active_loop: form}]
- rule: submit
  condition: [{active_loop: form}]
  steps: [{action: form}, {active_loop: null}, {action: action_submit}]
- rule: leave the form
  condition: [{active_loop: form}]
  steps: [{intent: stop}, {action: utter_stop}, {action: action_deactivate_loop}, {active_loop: null}]
- rule: yes outside of a form
  condition: [{active_loop: null}]
  steps: [{intent: affirm}, {action: utter_yes}, {action: action_help}]
- rule: a form within which a question is answered and nothing asked again
  condition: [{active_loop: other_form}]
  steps: [{intent: inform}, {action: utter_ask}, {action: action_listen}]
- rule: not understood, in good mood
  condition: [{slot_was_set: [{mood: good}]}]
  steps: [{intent: nlu_fallback}, {action: utter_default}]
"""
TEXT_RULE = """
- rule: to the letter
  steps: [{user: "open sesame"}, {action: utter_yes}]
"""


def trained(folder: Path, rules: str) -> RulePolicy:
    """Return Rasa's policy, trained on these rules."""
    steps = YAMLStoryReader(DOMAIN).read_from_string("version: '3.1'\n" + rules)
    trackers = TrainingDataGenerator(StoryGraph(steps), DOMAIN).generate()
    policy = RulePolicy.create(
        {**RulePolicy.get_default_config()},
        LocalModelStorage(folder),
        Resource("rules"),
        ExecutionContext(GraphSchema({})),
    )
    policy.train(trackers, DOMAIN)
    return policy


@pytest.fixture(scope="module", params=[RULES, RULES + TEXT_RULE], ids=["intents", "intents and text"])
def policy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RulePolicy:
    return trained(tmp_path_factory.mktemp("policy"), request.param)


@pytest.fixture(autouse=True)
def _rasas_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REPAIRED:
        monkeypatch.setattr(RulePolicy, name, getattr(RulePolicy, name))


def predicted(policy: RulePolicy, tracker: DialogueStateTracker, how: dict[str, Any]) -> tuple[Any, ...]:
    for name, method in how.items():
        setattr(RulePolicy, name, method)
    prediction, source = policy._predict(tracker, DOMAIN)
    # Where no rule applies, the source is the text of the states, which nothing but training reads.
    return prediction, source if max(prediction.probabilities) > 0.3 else None


def quick(policy: RulePolicy, tracker: DialogueStateTracker) -> tuple[Any, ...]:
    rule_lookup.apply()
    return predicted(policy, tracker, {name: getattr(RulePolicy, name) for name in REPAIRED})


def message(chance: random.Random) -> UserUttered:
    intent = chance.choice([*DOMAIN.intents[:12], "restart", "back", "ask", "book", "stop"])
    entities = [{"entity": "name", "value": "Ann"}] if chance.random() < 0.2 else []
    text = "open sesame" if chance.random() < 0.2 else "text"
    return UserUttered(text, {"name": intent, "confidence": 0.9}, entities)


def events(chance: random.Random) -> Event:
    return chance.choice(
        [
            lambda: message(chance),
            lambda: message(chance),
            lambda: BotUttered("hi"),
            lambda: SlotSet("known", chance.choice([True, False, None])),
            lambda: SlotSet("mood", chance.choice(["good", "bad", None])),
            lambda: ActiveLoop(chance.choice(["form", "other_form", None])),
            lambda: LoopInterrupted(chance.random() < 0.5),
            lambda: ActionExecutionRejected(chance.choice(["form", "other_form"])),
            lambda: ActionExecuted(chance.choice(DOMAIN.action_names_or_texts)),
            lambda: ActionExecuted("action_listen"),
            lambda: ActionExecuted("form"),
            lambda: chance.choice([ActionReverted, UserUtteranceReverted, AllSlotsReset, Restarted])(),
            lambda: SessionStarted(),
        ]
    )()


@pytest.mark.parametrize("seed", range(20))
def test_any_series_of_events_is_predicted_alike(policy: RulePolicy, seed: int) -> None:
    chance = random.Random(seed)
    tracker = DialogueStateTracker("someone", DOMAIN.slots)
    for _ in range(60):
        tracker.update(events(chance))
        assert quick(policy, tracker) == predicted(policy, tracker, RASAS_PREDICT)


@pytest.mark.parametrize("seed", range(15))
def test_conversations_that_follow_the_predictions_are_predicted_alike(policy: RulePolicy, seed: int) -> None:
    chance = random.Random(seed)
    tracker = DialogueStateTracker("someone", DOMAIN.slots)
    tracker.update_with_events([ActionExecuted("action_session_start"), SessionStarted()], DOMAIN)
    tracker.update(ActionExecuted("action_listen"))
    for _ in range(12):
        tracker.update(message(chance))
        for _ in range(6):
            prediction, source = predicted(policy, tracker, RASAS_PREDICT)
            assert quick(policy, tracker) == (prediction, source)
            tracker.update_with_events(prediction.events, DOMAIN)
            action = DOMAIN.action_names_or_texts[prediction.max_confidence_index]
            if action.endswith("form") and chance.random() < 0.3:
                tracker.update(ActionExecutionRejected(action))
                continue
            tracker.update(ActionExecuted(action))
            if action.endswith("form"):
                tracker.update(ActiveLoop(action if chance.random() < 0.7 else None))
            elif action == "action_deactivate_loop":
                tracker.update(ActiveLoop(None))
            elif action == "action_listen":
                break


def test_the_states_are_the_last_of_all_states(policy: RulePolicy) -> None:
    chance = random.Random(1)
    tracker = DialogueStateTracker("someone", DOMAIN.slots)
    for _ in range(80):
        tracker.update(events(chance))
        all_states = tracker.past_states(DOMAIN)
        for count in (2, 3, 5, 100):
            assert rule_lookup.last_states(tracker, DOMAIN, count) == all_states[-count:]


def test_few_rules_and_few_states_are_looked_at(policy: RulePolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = DialogueStateTracker("someone", DOMAIN.slots)
    for _ in range(50):
        tracker.update_with_events([ActionExecuted("action_listen"), message(random.Random(2))], DOMAIN)
    tracker.update_with_events([ActionExecuted("action_listen"), UserUttered("?", {"name": "greet"})], DOMAIN)
    seen: list[tuple[int, int]] = []
    search = rule_lookup._all_possible_keys

    def count(policy: RulePolicy, lookup: dict[str, str], states: list[Any]) -> set[str]:
        seen.append((len(lookup), len(states)))
        return search(policy, lookup, states)

    monkeypatch.setattr(rule_lookup, "_all_possible_keys", count)
    quick(policy, tracker)
    assert seen
    assert all(rules <= 6 and states <= 5 for rules, states in seen)
