"""The policy for what rules cannot say: what outranks the topic of a message.

Rules answer one intent. This policy looks at the whole message before they do:

1. A danger sign is triaged at once, in any state.
2. Another sign that somebody has after a treatment is triaged too, whatever the topic is taken to be.
3. A condition that the speaker has now is flagged before the message is answered.

In every other case it abstains and the rules decide.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from engine.nlu.course import is_to_come, tells_of_treatment
from engine.nlu.emergency_detector import likelihood
from engine.nlu.plain_report import NOW

ACTION_ASSESS_SYMPTOM = "action_assess_symptom"
# Says something only where the clinic is to be called, or sooner; otherwise the message keeps its answer.
ACTION_CHECK_SYMPTOM = "action_check_symptom"
ACTION_FLAG_DISCLOSURE = "action_flag_disclosure"
INTENT_CONDITION = "ask_condition"
INTENT_FALLBACK = "nlu_fallback"
INTENT_OUT_OF_SCOPE = "out_of_scope"
INTENT_SYMPTOM = "report_symptom"
SCREENING_FORM = "screening_form"
TRIAGE_FORM = "triage_form"
# After a flag these intents have no answer of their own worth giving.
_SILENT_AFTER_FLAG = frozenset({"nlu_fallback", "out_of_scope", "affirm", "deny", "not_sure", "greet"})
_REPORTS = frozenset({INTENT_SYMPTOM, "report_emergency"})
_TRIAGES = frozenset({ACTION_ASSESS_SYMPTOM, ACTION_CHECK_SYMPTOM})
_GRAVE = frozenset({"call_clinic", "urgent"})
# With a weak immune system these are urgent whatever the message is about (`clinic.triage`, `WEAK_IMMUNITY`).
_WEAK_IMMUNITY = frozenset({"diabetes", "immunosuppression", "chemotherapy"})
FEVER = "fever"
_INFECTION = frozenset({"pus", "oozing", "hot_skin", "looks_infected", "spreading_redness", FEVER})
# Topics of which a sign without a treatment may be part: "staph on my chin, can i come?"
_NOT_OF_A_TREATMENT = frozenset(
    {INTENT_CONDITION, INTENT_OUT_OF_SCOPE, "ask_combining", "ask_contraindications"}
)
# Intents of messages that ask for nothing.
_SAY_NOTHING = frozenset({INTENT_FALLBACK, "not_sure", "affirm", "deny", "greet", "thank", "goodbye"})
_LIKELY = 0.25
_WORDS_OF_A_BARE_SIGN = 2
_IS_THIS_NORMAL = re.compile(
    r"\b(?:is|are) (?:this|these|my)\b.*"
    r"\b(?:normal|ok|okay|alright|all right|bad|usual|expected|supposed|worr\w+)\b",
    re.IGNORECASE,
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class TurnPolicy(Policy):
    """Predicts with certainty or not at all (see the module's docstring)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: a priority above `RulePolicy`'s 6."""
        return {POLICY_PRIORITY: 7}

    @staticmethod
    def supported_data() -> SupportedData:
        """Needs neither rules nor stories."""
        return SupportedData.ML_AND_RULE_DATA

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        """Nothing to train."""
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TurnPolicy:
        """Create the policy; there is nothing stored."""
        return cls(config, model_storage, resource, execution_context)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the action that outranks the rules, if there is one."""
        action = next_action(tracker)
        probabilities = self._default_predictions(domain)
        if action is None or action not in domain.action_names_or_texts:
            return self._prediction(probabilities)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, is_no_user_prediction=True)


def next_action(tracker: DialogueStateTracker) -> str | None:
    """Return the name of the action that outranks the rules now, or `None` to abstain."""
    message = tracker.latest_message
    if message is None or message.text is None:
        return None
    done = actions_since_user(tracker)
    if tracker.latest_action_name in _TRIAGES:
        # Nothing follows a triage: the person should read that and only that.
        return ACTION_LISTEN_NAME
    if tracker.latest_action_name != ACTION_LISTEN_NAME:
        return None
    flagged = ACTION_FLAG_DISCLOSURE in done
    if done - {ACTION_FLAG_DISCLOSURE, ACTION_CHECK_SYMPTOM}:
        return None
    intent = (message.intent or {}).get("name")
    form = tracker.active_loop_name
    if not flagged and has_danger_sign(message.entities):
        return ACTION_ASSESS_SYMPTOM
    triage = None if ACTION_CHECK_SYMPTOM in done else sign_action(message, form)
    if triage is not None:
        # A disclosure is flagged before the sign beside it is triaged, as in a report.
        is_disclosure = intent == INTENT_CONDITION and not form and bool(present_conditions(message.entities))
        if is_disclosure and not flagged:
            return ACTION_FLAG_DISCLOSURE
        if is_disclosure or not flagged:
            return triage
    if flagged:
        is_answered = intent in _SILENT_AFTER_FLAG or intent == INTENT_CONDITION
        return ACTION_LISTEN_NAME if is_answered and not form else None
    # The answer to `ask_condition` is itself the flag, unless a form takes the message as its answer.
    is_flagged_elsewhere = form == SCREENING_FORM or (
        intent == INTENT_CONDITION and (not form or has_entity(message.entities, "question"))
    )
    if present_conditions(message.entities) and not is_flagged_elsewhere:
        return ACTION_FLAG_DISCLOSURE
    return None


def actions_since_user(tracker: DialogueStateTracker) -> set[str]:
    """Return the actions run since the last user message, reverted ones included."""
    names: set[str] = set()
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name:
            names.add(event.action_name)
    return names - {"action_extract_slots"}


def has_danger_sign(entities: list[dict[str, Any]]) -> bool:
    """Tell whether someone has an emergency sign now."""
    return any(
        entity.get("entity") == "symptom"
        and entity.get("tier") == "emergency"
        and entity.get("assertion") in NOW
        for entity in entities
    )


def sign_action(message: UserUttered, form: str | None) -> str | None:
    """Return the action for a sign that is no danger, where the intent alone would not lead to triage.

    Args:
        message: What the person wrote.
        form: The open form.
    """
    intent = (message.intent or {}).get("name")
    text = message.text or ""
    if intent in _REPORTS or text.startswith("/"):
        return None
    entities = message.entities
    tiers = {
        entity.get("tier")
        for entity in entities
        if entity.get("entity") == "symptom" and entity.get("assertion") in NOW
    }
    if form == TRIAGE_FORM:
        return ACTION_ASSESS_SYMPTOM if tiers & _GRAVE else None
    told = tells_of_treatment(text) or any(
        entity.get("entity") == "day" and not entity.get("hedged") for entity in entities
    )
    if form is not None:
        return ACTION_CHECK_SYMPTOM if told and "urgent" in tiers else None
    grave = bool(tiers & _GRAVE)
    asks = has_entity(entities, "question")
    if grave and intent in _SAY_NOTHING and (told or not asks):
        return ACTION_CHECK_SYMPTOM
    ranking = (message.parse_data or {}).get("intent_ranking") or []
    likely = likelihood(ranking, INTENT_SYMPTOM) >= _LIKELY
    # "A peel 3 days ago, still flaking" is a reason to wait; its flag says more than a question back.
    if grave or not present_conditions(entities):
        is_unclear = intent == INTENT_FALLBACK and tiers
        if (likely and told) or (is_unclear and (likely or (told and not asks))):
            return ACTION_ASSESS_SYMPTOM
        is_bare = len(text.split()) <= _WORDS_OF_A_BARE_SIGN and not asks
        if tiers and (is_bare or _IS_THIS_NORMAL.search(text)):
            return ACTION_ASSESS_SYMPTOM
    if (told and tiers) or (is_risky_infection(entities) and not (asks and is_to_come(text))):
        return ACTION_CHECK_SYMPTOM
    # Chills described at length may seem to be about nothing here.
    is_shivering = intent == INTENT_OUT_OF_SCOPE and FEVER in signs_now(entities)
    is_own = (is_shivering or intent not in _NOT_OF_A_TREATMENT) and not asks and not is_to_come(text)
    return ACTION_CHECK_SYMPTOM if "urgent" in tiers and is_own else None


def is_risky_infection(entities: list[dict[str, Any]]) -> bool:
    """Tell whether somebody with weak immunity has a sign of infection now."""
    has = {entity.get("value") for entity in entities if entity.get("assertion") in NOW}
    return bool(has & _WEAK_IMMUNITY and signs_now(entities) & _INFECTION)


def signs_now(entities: list[dict[str, Any]]) -> set[str]:
    """Return the keys of the signs that somebody has now."""
    return {
        str(entity["value"])
        for entity in entities
        if entity.get("entity") == "symptom" and entity.get("assertion") in NOW
    }


def present_conditions(entities: list[dict[str, Any]]) -> list[str]:
    """Return the keys of the conditions that the speaker has now."""
    return [
        entity["value"]
        for entity in entities
        if entity.get("entity") == "condition" and entity.get("assertion") == "present"
    ]


def has_entity(entities: list[dict[str, Any]], name: str) -> bool:
    """Tell whether a message has an entity of that name."""
    return any(entity.get("entity") == name for entity in entities)
