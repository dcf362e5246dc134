"""Every intent can be understood and is answered, every condition has its wording, nothing is unused."""

from __future__ import annotations

from tests.content.content import ROOT, knowledge, load, used_by_code
from tests.content.lint import repeated_examples

CONTENT = load()
WITHOUT_EXAMPLES = {"nlu_fallback"}
MANY = {"ask_condition", "report_symptom", "book_consultation", "out_of_scope"}
ONLY_IN_FORMS = {"not_sure"}
"""Intents that only a form's validation reads, which takes them from the message."""

RASAS_OWN = {"action_deactivate_loop", "action_listen", "action_restart", "action_default_fallback"}

TOPICS = (
    "ask_how_it_works", "ask_device", "ask_benefits", "ask_fine_lines", "ask_texture", "ask_scars",
    "ask_pores", "ask_pigmentation", "ask_absorption", "ask_preparation", "ask_numbing", "ask_procedure",
    "ask_depth", "ask_pain", "ask_post_treatment", "ask_recovery", "ask_frequency", "ask_sessions",
    "ask_results", "ask_side_effects", "ask_risks", "ask_contraindications", "ask_condition",
    "ask_aftercare", "ask_sun", "ask_makeup", "ask_skincare", "ask_exercise", "ask_alcohol",
    "ask_aftercare_other", "ask_cost", "ask_age", "ask_skin_type", "ask_prp", "ask_rf", "ask_combining",
    "ask_at_home", "ask_compare", "report_symptom", "book_consultation", "ask_clinic", "request_human",
    "ask_privacy", "greet", "goodbye", "thank", "affirm", "deny", "ask_bot", "help", "stop",
    "out_of_scope",
)  # fmt: skip

CONDITIONS = (
    "active_skin_infection", "open_wound", "severe_acne", "eczema", "psoriasis", "pregnancy",
    "breastfeeding", "trying_to_conceive", "isotretinoin_current", "isotretinoin_past", "retinoid",
    "acids", "cold_sore_active", "cold_sore_history", "blood_thinner", "bleeding_disorder", "keloid",
    "diabetes", "immunosuppression", "autoimmune_disease", "collagen_disease", "chemotherapy",
    "radiotherapy", "cancer_history", "skin_cancer_in_area", "metal_allergy", "anaesthetic_allergy",
    "other_allergy", "rosacea", "melasma", "dark_marks", "sunburn", "recent_botulinum_toxin",
    "recent_filler", "recent_peel", "recent_laser", "recent_rf", "recent_surgery", "recent_waxing",
    "heart_condition", "hepatitis", "epilepsy", "photosensitising_medicine", "numb_area",
    "tattoo_or_mole", "implanted_device", "metal_plate", "under_18", "under_22",
)  # fmt: skip


def test_every_topic_is_an_intent_of_the_domain():
    assert set(TOPICS) - set(CONTENT.intents) == set()


def test_an_intent_is_declared_once():
    assert len(CONTENT.intents) == len(set(CONTENT.intents))
    assert set(CONTENT.examples) - set(CONTENT.intents) == set()


def test_every_intent_has_enough_examples():
    few = {}
    for intent in set(CONTENT.intents) - WITHOUT_EXAMPLES:
        count = len(set(CONTENT.examples.get(intent, ())))
        if count < (40 if intent in MANY else 25):
            few[intent] = count
    assert few == {}


def test_every_intent_has_a_rule_whose_next_step_is_an_answer():
    known = CONTENT.response_names | {*CONTENT.actions} | {*CONTENT.forms}
    answers = {intent: CONTENT.answers_to(intent) for intent in set(CONTENT.intents) - ONLY_IN_FORMS}
    assert {intent for intent, found in answers.items() if not found} == set()
    assert {intent: found - known for intent, found in answers.items() if found - known} == {}


def test_every_answered_topic_has_more_to_say_and_a_simple_wording():
    answered = {
        response.metadata["topic"]
        for response in CONTENT.responses
        if response.metadata["kind"] in ("answer", "flag")
    } - set(CONDITIONS)
    needed = {f"utter_{way}_{topic}" for topic in answered for way in ("more", "simple")}
    assert needed - CONTENT.response_names == set()


def test_every_condition_has_its_reason_and_every_category_a_simple_wording():
    reasons = {f"utter_more_condition_{key}" for key in CONDITIONS}
    categories = {condition["category"] for condition in knowledge("conditions")["conditions"].values()}
    simple = {f"utter_simple_condition_{category}" for category in categories}
    prefixes = ("utter_more_condition_", "utter_simple_condition_")
    assert {name for name in CONTENT.response_names if name.startswith(prefixes)} == reasons | simple


def test_every_question_of_a_form_has_an_explanation():
    slots = {slot for asked in CONTENT.forms.values() for slot in asked}
    explained = {name for name in CONTENT.response_names if name.startswith("utter_explain_")}
    assert explained == {f"utter_explain_{slot}" for slot in slots}


def test_every_triage_has_a_short_repeat():
    triages = [response for response in CONTENT.responses if response.metadata["kind"] == "triage"]
    repeats = {response.metadata["severity"] for response in triages if "_again_" in response.name}
    assert repeats == {response.metadata["severity"] for response in triages}


def test_no_example_stands_under_two_intents():
    assert repeated_examples(CONTENT) == {}


def test_every_condition_has_a_wording_for_own_past_and_general():
    conditions = knowledge("conditions")["conditions"]
    assert set(conditions) == set(CONDITIONS)
    fields = ("present", "past", "general", "source", "reviewed")
    assert {(key, name) for key in CONDITIONS for name in fields if not conditions[key].get(name)} == set()


def test_the_screening_asks_about_every_condition_once():
    asked = [key for question in knowledge("screening")["questions"] for key in question["conditions"]]
    assert sorted(asked) == sorted(CONDITIONS)


def test_the_screening_form_asks_the_questions_in_their_order():
    keys = [question["key"] for question in knowledge("screening")["questions"]]
    assert CONTENT.forms["screening_form"] == [f"screening_{key}" for key in keys] + ["screening_confirmed"]


def ways_to_ask(form: str, slot: str) -> set[str]:
    """The names that Rasa looks for when a form asks for a slot."""
    return {f"{way}_{name}" for way in ("utter_ask", "action_ask") for name in (f"{form}_{slot}", slot)}


def test_forms_have_one_way_to_ask_for_each_slot():
    known = CONTENT.response_names | {*CONTENT.actions}
    asked = {(form, slot): ways_to_ask(form, slot) for form, slots in CONTENT.forms.items() for slot in slots}
    assert {where: ways & known for where, ways in asked.items() if len(ways & known) != 1} == {}


def named_by_content() -> set[str]:
    """The responses and actions that rules, forms and knowledge name."""
    signs = knowledge("symptoms")["signs"].values()
    asked = {
        name for form, slots in CONTENT.forms.items() for slot in slots for name in ways_to_ask(form, slot)
    }
    validating = {f"validate_{form}" for form in CONTENT.forms}
    return CONTENT.rule_actions() | asked | validating | {sign.get("response", "") for sign in signs}


def said_by_rasa() -> set[str]:
    """The responses of Rasa's own actions that the configuration names."""
    own = {"action_default_fallback": "utter_default"}
    configuration = (ROOT / "config.yml").read_text(encoding="utf-8")
    return {response for action, response in own.items() if action in configuration}


def test_no_response_is_unused():
    unused = CONTENT.response_names - named_by_content() - said_by_rasa()
    assert {name for name in unused if not used_by_code(name)} == set()


def test_no_action_is_unused_or_missing():
    unused = set(CONTENT.actions) - named_by_content()
    assert {name for name in unused if not used_by_code(name)} == set()
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").rglob("*.py"))
    assert {name for name in CONTENT.actions if f'"{name}"' not in source} == set()


def test_rules_and_knowledge_name_only_what_exists():
    known = CONTENT.response_names | {*CONTENT.actions} | {*CONTENT.forms}
    assert CONTENT.rule_actions() - known - RASAS_OWN == set()
    signs = knowledge("symptoms")["signs"].values()
    assert {sign["response"] for sign in signs if "response" in sign} <= CONTENT.response_names


def test_every_button_leads_to_an_intent():
    payloads = {button["payload"] for response in CONTENT.responses for button in response.buttons}
    intents = {payload: payload.removeprefix("/").partition("{")[0] for payload in payloads}
    assert {payload for payload, intent in intents.items() if intent not in CONTENT.intents} == set()
    assert all(payload.startswith("/") for payload in payloads)


def test_the_suggested_topics_are_intents():
    assert set(knowledge("topics")["topics"]) <= set(CONTENT.intents)
