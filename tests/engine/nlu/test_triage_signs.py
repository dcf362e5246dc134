"""Danger signs in reports that the knowledge was not written from, and none in what only sounds like one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.nlu.clinical_analyser import ClinicalAnalyser, Mention

ROOT = Path(__file__).resolve().parents[3]
DATA = yaml.safe_load(Path(__file__).with_name("triage_dev.yml").read_text(encoding="utf-8"))
REPORTS: list[dict[str, Any]] = DATA["reports"]
GRAVE = {"call_clinic", "urgent", "emergency"}
NOW = {"present", "other_person"}
WEAK_IMMUNITY = {"diabetes", "immunosuppression", "chemotherapy"}
INFECTION = {"pus", "oozing", "hot_skin", "looks_infected", "warmth"}
LATE = 4  # days, from which redness that does not fade is one for the clinic


def of_tier(tier: str) -> list[str]:
    """Return the reports of a tier."""
    return [report["text"] for report in REPORTS if report["tier"] == tier]


@pytest.fixture(scope="module")
def analyser() -> ClinicalAnalyser:
    knowledge = ROOT / "knowledge"
    files = [(knowledge / f"{name}.yml").read_text(encoding="utf-8") for name in ("conditions", "symptoms")]
    return ClinicalAnalyser(*map(yaml.safe_load, files))


def signs(mentions: list[Mention]) -> dict[str, str | None]:
    """Return the tier of each sign that somebody has now."""
    return {m.value: m.tier for m in mentions if m.entity == "symptom" and m.assertion in NOW}


def trend(mentions: list[Mention]) -> str | None:
    """Return the trend that reassures least."""
    told = {m.value for m in mentions if m.entity == "trend"}
    return next((name for name in ("worse", "same", "better") if name in told), None)


def day(mentions: list[Mention]) -> int | None:
    """Return the latest day that is certain."""
    return max((int(m.value) for m in mentions if m.entity == "day" and not m.hedged), default=None)


@pytest.mark.parametrize("text", of_tier("emergency"))
def test_an_emergency_is_seen(analyser: ClinicalAnalyser, text: str) -> None:
    mentions = analyser.analyse(text)
    found = signs(mentions)
    # A fever is one together with a face that swells, reddens or gets worse.
    with_fever = "fever" in found and (trend(mentions) == "worse" or len(found) > 1)
    assert "emergency" in found.values() or with_fever, mentions


@pytest.mark.parametrize("text", of_tier("urgent"))
def test_what_is_urgent_is_seen(analyser: ClinicalAnalyser, text: str) -> None:
    mentions = analyser.analyse(text)
    found = signs(mentions)
    weak = {m.value for m in mentions if m.entity == "condition" and m.assertion in NOW} & WEAK_IMMUNITY
    assert {"urgent", "emergency"} & set(found.values()) or (weak and INFECTION & found.keys()), mentions


@pytest.mark.parametrize("text", of_tier("call_clinic"))
def test_what_the_clinic_must_hear_of_is_seen(analyser: ClinicalAnalyser, text: str) -> None:
    mentions = analyser.analyse(text)
    found = signs(mentions)
    is_late = bool(found) and (day(mentions) or 0) >= LATE and trend(mentions) != "better"
    assert GRAVE & set(found.values()) or is_late or trend(mentions) == "worse", mentions


@pytest.mark.parametrize(
    "text",
    [r["text"] for r in REPORTS if "emergency" not in (r["tier"], *r.get("accept", ()))]
    + DATA["no_emergency"],
)
def test_what_is_no_emergency_is_not_taken_for_one(analyser: ClinicalAnalyser, text: str) -> None:
    assert "emergency" not in signs(analyser.analyse(text)).values()


@pytest.mark.parametrize("text", of_tier("expected") + of_tier("ask"))
def test_a_usual_sign_is_not_taken_for_a_graver_one(analyser: ClinicalAnalyser, text: str) -> None:
    # Usual on the first days; and a place, which counts with a sign of infection only.
    early = {"hot_skin", "lasting_swelling", "lasting_pain", "near_eye"}
    found = signs(analyser.analyse(text))
    assert not any(tier in GRAVE for key, tier in found.items() if key not in early), found


@pytest.mark.parametrize(
    "text", [r["text"] for r in REPORTS if r["tier"] == "expected" and "accept" not in r]
)
def test_what_makes_a_report_usual_is_read(analyser: ClinicalAnalyser, text: str) -> None:
    mentions = analyser.analyse(text)
    assert day(mentions) is not None
    assert trend(mentions) in ("better", "same")


@pytest.mark.parametrize("row", DATA["course"], ids=lambda row: row["text"])
def test_day_and_trend_are_read(analyser: ClinicalAnalyser, row: dict[str, Any]) -> None:
    mentions = analyser.analyse(row["text"])
    assert (day(mentions), trend(mentions)) == (row["day"], row["trend"])


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("throat is closing, never had this before", "throat_tongue_swelling"),
        ("cant breathe. never happened before", "trouble_breathing"),
        ("cant see out of my left eye", "vision_change"),
        ("i can't even breathe", "trouble_breathing"),
        ("my 3 year old ate the numbing cream", "child_numbing_cream"),
    ],
)
def test_a_danger_sign_is_denied_only_beside_it(analyser: ClinicalAnalyser, text: str, sign: str) -> None:
    assert sign in signs(analyser.analyse(text))


@pytest.mark.parametrize(
    "text",
    ["no chest pain", "chest pain: no", "throat closing? no", "my throat is not swollen", "not confused"],
)
def test_a_danger_sign_that_is_denied_does_not_count(analyser: ClinicalAnalyser, text: str) -> None:
    assert not signs(analyser.analyse(text))


@pytest.mark.parametrize(
    "text",
    [
        "no fever, the eyeball itself is bulging",
        "no fever, throat closing up",
        "no fever or pus, eye is bulging",
        "no swelling, no fever, tongue swollen",
        "no redness, lips are huge and i feel faint",
    ],
)
def test_the_no_of_another_sign_denies_no_danger(analyser: ClinicalAnalyser, text: str) -> None:
    assert "emergency" in signs(analyser.analyse(text)).values()


@pytest.mark.parametrize(
    "text",
    [
        "no fever, hives or trouble breathing",
        "no fever, chills, trouble breathing, chest pain",
        "i dont have fever, chest pain or trouble breathing",
        "not having any trouble breathing or swallowing, no chest pain either",
    ],
)
def test_one_no_denies_its_whole_list(analyser: ClinicalAnalyser, text: str) -> None:
    assert "emergency" not in signs(analyser.analyse(text)).values()
