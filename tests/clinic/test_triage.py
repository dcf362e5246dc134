"""The four tiers: an emergency above all, and "usual" only when nothing speaks against it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from clinic import conversations
from clinic.database.models import SymptomReport
from clinic.database.session import Database
from clinic.knowledge import TIERS, load_symptoms
from clinic.triage import Assessment, Report, assess, record
from tests.clinic.knowledge_files import symptoms

SYMPTOMS = symptoms()
REAL = load_symptoms(Path(__file__).parents[2] / "knowledge" / "symptoms.yml")
EMERGENCY, URGENT, CALL = "utter_triage_emergency", "utter_triage_urgent", "utter_triage_call_clinic"
CALM: dict[str, Any] = {"day": 1, "trend": "better", "warning": False}


def report(
    *signs: str, negated: tuple[str, ...] = (), conditions: tuple[str, ...] = (), **known: Any
) -> Report:
    return Report(frozenset(signs), frozenset(negated), conditions=frozenset(conditions), **known)


def answer(*signs: str, complete: bool = False, **known: Any) -> Assessment:
    return assess(report(*signs, **known), SYMPTOMS, complete=complete)


@pytest.mark.parametrize(
    ("why", "signs", "known", "response"),
    [
        # An emergency, whatever else is said
        ("an emergency sign alone", ["trouble_breathing"], {}, EMERGENCY),
        ("an emergency sign on a calm day", ["trouble_breathing"], CALM, EMERGENCY),
        (
            "an emergency sign among lesser ones",
            ["redness", "pus", "fever", "trouble_breathing"],
            {},
            EMERGENCY,
        ),
        ("an emergency long after", ["trouble_breathing"], {**CALM, "day": 90}, EMERGENCY),
        ("a person speaks of self-harm", ["self_harm"], {}, "utter_triage_crisis"),
        ("self-harm and a usual sign", ["self_harm", "redness"], CALM, "utter_triage_crisis"),
        ("a child and numbing cream", ["child_numbing_cream"], {}, "utter_triage_poison"),
        # Fever
        ("fever", ["fever"], {}, URGENT),
        ("fever that goes down", ["fever"], CALM, URGENT),
        ("fever, getting worse", ["fever"], {"trend": "worse"}, EMERGENCY),
        ("fever with a red face", ["fever", "redness"], {"day": 1}, EMERGENCY),
        ("fever with a hot face", ["fever", "hot_skin"], {}, EMERGENCY),
        ("fever with growing pain", ["fever", "increasing_pain"], {}, EMERGENCY),
        ("fever with spreading redness", ["fever", "spreading_redness"], {}, EMERGENCY),
        ("fever with peeling", ["fever", "peeling"], {"day": 3}, URGENT),
        # The warning question answered with yes
        ("a warning with an unclear sign", [], {"warning": True}, URGENT),
        ("a warning with peeling", ["peeling"], {**CALM, "warning": True}, URGENT),
        ("a warning with a red face", ["redness"], {**CALM, "warning": True}, EMERGENCY),
        ("a warning, getting worse", ["peeling"], {"warning": True, "trend": "worse"}, EMERGENCY),
        # Urgent
        ("spreading redness", ["spreading_redness"], {}, URGENT),
        ("quickly getting worse", ["getting_worse_fast"], {}, URGENT),
        ("urgent among lesser ones", ["redness", "blisters", "spreading_redness"], CALM, URGENT),
        ("pus near the eye", ["pus", "near_eye"], {}, URGENT),
        ("pus with diabetes", ["pus"], {"conditions": ("diabetes",)}, URGENT),
        (
            "growing pain with weak immunity",
            ["increasing_pain"],
            {"conditions": ("immunosuppression",)},
            URGENT,
        ),
        ("pus during chemotherapy", ["pus"], {"conditions": ("chemotherapy",)}, URGENT),
        ("weeping with diabetes, easing", ["oozing"], {**CALM, "conditions": ("diabetes",)}, URGENT),
        ("red and warm with diabetes", ["redness", "warmth"], {"conditions": ("diabetes",)}, URGENT),
        ("warm on day 2 with diabetes", ["warmth"], {**CALM, "day": 2, "conditions": ("diabetes",)}, URGENT),
        (
            "warm on day 1 with diabetes, getting worse",
            ["warmth"],
            {**CALM, "trend": "worse", "conditions": ("diabetes",)},
            URGENT,
        ),
        ("weeping near the eye", ["oozing", "near_eye"], {}, URGENT),
        # Call the clinic
        ("pus", ["pus"], {}, CALL),
        ("pus that gets better", ["pus"], CALM, CALL),
        ("pus with another condition", ["pus"], {"conditions": ("eczema",)}, CALL),
        ("blisters with diabetes", ["blisters"], {"conditions": ("diabetes",)}, CALL),
        ("a usual sign that gets worse", ["redness"], {"trend": "worse"}, CALL),
        ("a usual sign that gets worse on day 0", ["redness"], {**CALM, "day": 0, "trend": "worse"}, CALL),
        ("no clear sign, getting worse", [], {"trend": "worse"}, CALL),
        ("a usual sign too late", ["redness"], {"day": 6}, CALL),
        ("a usual sign too early", ["peeling"], {"day": 0}, CALL),
        ("one of two usual signs too late", ["smoother", "peeling"], {**CALM, "day": 7}, CALL),
        ("redness on day 4, not better", ["redness"], {**CALM, "day": 4, "trend": "same"}, CALL),
        ("pink on day 5, not better", ["pink_skin"], {**CALM, "day": 5, "trend": "same"}, CALL),
        ("a sign that the file does not know", ["tentacles"], CALM, CALL),
        ("heat on day 2", ["hot_skin"], {**CALM, "day": 2}, CALL),
        ("heat on an unknown day", ["hot_skin"], {"trend": "better", "warning": False}, CALL),
        ("heat on day 1 that gets worse", ["hot_skin"], {**CALM, "trend": "worse"}, CALL),
        ("heat on day 1 with diabetes", ["hot_skin"], {**CALM, "conditions": ("diabetes",)}, URGENT),
        ("redness on day 4, no word of getting better", ["redness"], {"day": 4}, CALL),
        ("redness that does not fade", ["lasting_redness"], {}, CALL),
        ("redness that does not fade on day 4", ["lasting_redness"], {**CALM, "day": 4}, CALL),
        ("redness that stays on day 2, worse", ["lasting_redness"], {"day": 2, "trend": "worse"}, CALL),
        ("redness that stays on day 2, and pus", ["lasting_redness", "pus"], {**CALM, "day": 2}, CALL),
        ("all is well, no sign is named", ["otherwise_well"], CALM, CALL),
        # Usual
        ("heat on day 1", ["redness", "hot_skin"], CALM, "utter_triage_expected_day_0"),
        ("redness on day 0", ["redness"], {**CALM, "day": 0}, "utter_triage_expected_day_0"),
        ("redness on day 1", ["redness"], CALM, "utter_triage_expected_day_0"),
        ("redness on day 1, the same", ["redness"], {**CALM, "trend": "same"}, "utter_triage_expected_day_0"),
        ("redness on day 2", ["redness"], {**CALM, "day": 2}, "utter_triage_expected_day_2"),
        ("peeling on day 3", ["peeling"], {**CALM, "day": 3}, "utter_triage_expected_day_3"),
        (
            "peeling on day 4, the same",
            ["peeling"],
            {**CALM, "day": 4, "trend": "same"},
            "utter_triage_expected_day_3",
        ),
        ("redness on day 4, clearly better", ["redness"], {**CALM, "day": 4}, "utter_triage_expected_day_3"),
        ("peeling on day 5", ["peeling"], {**CALM, "day": 5}, "utter_triage_expected_day_3"),
        ("peeling on day 6", ["peeling"], {**CALM, "day": 6}, "utter_triage_expected_day_6"),
        ("smooth on day 7", ["smoother"], {**CALM, "day": 7}, "utter_triage_expected_day_6"),
        (
            "usual with diabetes",
            ["redness"],
            {**CALM, "conditions": ("diabetes",)},
            "utter_triage_expected_day_0",
        ),
        ("redness near the eye", ["redness", "near_eye"], CALM, "utter_triage_expected_day_0"),
        (
            "warm on day 1 with diabetes",
            ["warmth"],
            {**CALM, "conditions": ("diabetes",)},
            "utter_triage_expected_day_0",
        ),
        ("still red on day 2", ["lasting_redness"], {**CALM, "day": 2}, "utter_triage_expected_day_2"),
    ],
)
def test_the_rule_for(why: str, signs: list[str], known: dict[str, Any], response: str) -> None:
    assert answer(*signs, **known).response == response, why


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ({}, ("day", "trend", "warning")),
        ({"day": 1}, ("trend", "warning")),
        ({"day": 1, "trend": "same"}, ("warning",)),
        ({"day": 1, "trend": "better", "unsure": True}, ("warning",)),
        ({"trend": "better", "warning": False}, ("day",)),
        ({"trend": "better"}, ("day",)),
        ({"day": 1, "warning": False}, ("trend",)),
    ],
)
def test_what_is_not_known_is_asked(known: dict[str, Any], missing: tuple[str, ...]) -> None:
    found = answer("redness", **known)
    assert (found.tier, found.response, found.missing) == (None, "", missing)


def test_of_a_complaint_that_was_not_recognised_the_day_is_asked() -> None:
    assert answer().missing == ("day", "trend", "warning")


@pytest.mark.parametrize("known", [{}, {"trend": "better"}, {"trend": "same", "warning": False}])
def test_a_complaint_that_was_not_recognised_never_becomes_usual(known: dict[str, Any]) -> None:
    for signs in ([], ["otherwise_well"]):
        assert answer(*signs, day=2, **known).response == CALL


def test_who_says_that_it_gets_better_has_told_enough() -> None:
    assert answer("redness", day=1, trend="better").tier == "expected"
    assert answer("redness", "numbness", day=1, trend="better").response == CALL


@pytest.mark.parametrize(
    "known",
    [{}, {"day": 1}, {"day": 1, "trend": "better", "unsure": True}, {"trend": "same", "warning": False}],
)
def test_what_stays_unknown_means_calling_the_clinic(known: dict[str, Any]) -> None:
    assert answer("redness", complete=True, **known).response == CALL


def test_a_description_without_a_clear_sign_means_calling_the_clinic() -> None:
    assert answer(**CALM).response == CALL


def test_the_last_answer_can_still_make_it_usual() -> None:
    assert answer("redness", complete=True, **CALM).tier == "expected"


def test_no_fever_and_no_spreading_redness_answer_the_warning_question() -> None:
    known: dict[str, Any] = {"day": 1, "trend": "same"}
    for spreading in ("spreading_redness", "spreading_redness_fast"):
        assert answer("redness", negated=("fever", spreading), **known).tier == "expected"
    assert answer("redness", negated=("fever",), **known).missing == ("warning",)
    assert (
        answer("redness", negated=("fever", "spreading_redness", "pus"), warning=True, day=1).tier
        == "emergency"
    )


def test_getting_better_answers_it_too_unless_something_else_is_not_well() -> None:
    known: dict[str, Any] = {"day": 1, "trend": "better"}
    assert answer("redness", negated=("fever",), **known).tier == "expected"
    assert answer("redness", negated=("pus",), **known).tier == "expected"
    assert answer("redness", "otherwise_well", **known).tier == "expected"
    assert answer("redness", negated=("otherwise_well",), **known).missing == ("warning",)
    assert answer("redness", **known).tier == "expected"
    assert answer("redness", "otherwise_well", day=1, trend="same").missing == ("warning",)


@pytest.mark.parametrize(
    ("past", "known", "tier"),
    [
        (("redness",), {"day": 3, "trend": "better"}, "expected"),
        (("redness", "bruising", "near_eye"), {"day": 3, "trend": "better"}, "expected"),
        (("redness",), {"day": 3}, None),
        (("redness",), {"trend": "better"}, None),
        (("redness",), {"day": 12, "trend": "better"}, "call_clinic"),
        (("redness",), {"day": 3, "trend": "worse"}, "call_clinic"),
        (("pus",), {"day": 3, "trend": "better"}, "call_clinic"),
        (("redness", "fever"), {"day": 3, "trend": "better"}, "call_clinic"),
        (("otherwise_well",), {"day": 3, "trend": "better"}, "call_clinic"),
    ],
)
def test_a_usual_sign_that_is_nearly_gone_counts_as_told(
    past: tuple[str, ...], known: dict[str, Any], tier: str | None
) -> None:
    assert assess(Report(past=frozenset(past), **known), SYMPTOMS).tier == tier


def test_a_sign_that_is_gone_makes_nothing_milder() -> None:
    told = Report(frozenset({"pus"}), past=frozenset({"redness"}), day=2, trend="better")
    assert assess(told, SYMPTOMS).tier == "call_clinic"


def test_a_sign_that_is_denied_does_not_count() -> None:
    assert answer("redness", negated=("pus", "trouble_breathing"), **CALM).tier == "expected"


def test_an_emergency_comes_with_the_other_line_that_the_person_needs() -> None:
    found = answer("trouble_breathing", "child_numbing_cream", "self_harm")
    assert found.response == EMERGENCY
    assert found.also == ("utter_triage_poison", "utter_triage_crisis")
    assert answer("self_harm").also == ()


def test_the_signs_that_decided_are_told() -> None:
    assert answer("redness", "pus", "blisters", **CALM).signs == ("blisters", "pus")
    assert answer("pus", conditions=("diabetes",)).signs == ("pus",)


def every_report() -> list[Report]:
    """Each sign and pair of signs in every state of what is known."""
    keys = sorted(SYMPTOMS.signs)
    groups = [(), *((key,) for key in keys), *((one, two) for one in keys for two in keys if one < two)]
    states = product((None, 0, 3, 30), ("better", "same", "worse", None), (True, False, None))
    return [
        Report(frozenset(signs), day=day, trend=trend, warning=warning)  # type: ignore[arg-type]
        for (day, trend, warning), signs in product(list(states), groups)
    ]


def tier_of(key: str, each: Report) -> int:
    """The rank of a sign's tier, that of "usual" on the days on which it is."""
    sign = SYMPTOMS.signs[key]
    usual = sign.usual_days and each.day is not None and each.trend != "worse"
    is_usual = usual and sign.usual_days[0] <= each.day <= sign.usual_days[1]  # type: ignore[index,operator]
    return TIERS.index("expected" if is_usual else sign.tier)


def test_in_no_state_is_the_answer_milder_than_the_worst_sign() -> None:
    for each in every_report():
        found = assess(each, SYMPTOMS)
        worst = min(
            (tier_of(key, each) for key in each.signs if key != "near_eye"),
            default=len(TIERS),
        )
        if found.tier is None:
            assert worst >= TIERS.index("expected"), each
        else:
            assert TIERS.index(found.tier) <= worst, each


def test_in_no_state_is_it_usual_when_it_gets_worse_or_something_is_unknown() -> None:
    for each, complete in product(every_report(), (True, False)):
        if assess(each, SYMPTOMS, complete=complete).tier == "expected":
            assert each.day is not None, each
            assert each.trend in ("better", "same"), each
            assert each.warning is False or each.trend == "better", each
            assert each.signs - {"otherwise_well"}, each


def test_once_everything_was_asked_there_is_always_an_answer() -> None:
    for each in every_report():
        found = assess(each, SYMPTOMS, complete=True)
        assert found.tier is not None, each
        assert found.response, each


async def test_a_report_is_kept_with_its_tier(database: Database) -> None:
    told = report("redness", "pus", day=2, trend="same")
    async with database.session() as session:
        await conversations.ensure(session, "c")
        await record(session, "c", told, assess(told, SYMPTOMS))
        with pytest.raises(ValueError, match="no tier"):
            await record(session, "c", told, Assessment(None))
    async with database.session() as session:
        stored = (await session.scalars(select(SymptomReport))).one()
    assert (stored.signs, stored.day, stored.trend, stored.tier) == (
        ["pus", "redness"],
        2,
        "same",
        "call_clinic",
    )


@pytest.mark.parametrize(
    ("why", "signs", "known", "tier"),
    [
        ("red and warm on the day itself", ["redness", "warmth"], {"day": 0}, "expected"),
        ("red the day after", ["redness"], {"day": 1}, "expected"),
        ("peeling on day 4", ["peeling"], {"day": 4}, "expected"),
        ("redness on day 2 may be better or worse", ["redness"], {"day": 2}, None),
        ("peeling and redness on day 3", ["peeling", "redness"], {"day": 3}, None),
        ("no day", ["peeling"], {}, None),
        ("the same as yesterday", ["redness"], {"day": 1, "trend": "same"}, None),
        ("getting worse", ["redness"], {"day": 0, "trend": "worse"}, "call_clinic"),
        ("with a fever", ["redness", "fever"], {"day": 0}, "emergency"),
        ("with pus", ["redness", "pus"], {"day": 0}, "call_clinic"),
        ("outside its days", ["peeling"], {"day": 12}, "call_clinic"),
        ("nothing known", [], {"day": 1}, "call_clinic"),
        ("not well otherwise", ["redness"], {"day": 0, "negated": ("otherwise_well",)}, None),
        ("weak immunity", ["redness"], {"day": 0, "conditions": ("diabetes",)}, None),
    ],
)
def test_a_plain_report_of_usual_signs_needs_no_question(
    why: str, signs: list[str], known: dict[str, Any], tier: str | None
) -> None:
    assert answer(*signs, is_plain=True, **known).tier == tier


def test_what_was_not_understood_is_asked_about() -> None:
    assert answer("redness", day=0).tier is None


def test_with_weak_immunity_an_infection_that_is_said_to_be_over_is_seen_today() -> None:
    told = Report(past=frozenset({"pus"}), conditions=frozenset({"chemotherapy"}), **CALM)
    assert assess(told, SYMPTOMS).response == URGENT
    assert assess(Report(past=frozenset({"pus"}), **CALM), SYMPTOMS).tier != "urgent"


@pytest.mark.parametrize(
    ("why", "known", "response"),
    [
        ("in the first days", {**CALM, "day": 3}, URGENT),
        ("on an unknown day", {}, URGENT),
        ("weeks later", {"day": 20}, CALL),
        ("weeks later, better", {**CALM, "day": 20}, CALL),
        ("weeks later, worse", {"day": 20, "trend": "worse"}, URGENT),
    ],
)
def test_what_looks_like_hives_is_urgent_while_it_may_be_an_allergy(
    why: str, known: dict[str, Any], response: str
) -> None:
    assert assess(report("hives", **known), REAL).response == response, why
