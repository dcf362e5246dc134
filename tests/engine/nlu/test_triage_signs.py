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


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        # A stroke in other words
        ("the left half of my mouth has slid down since the session", "stroke_signs"),
        ("i try to grin and just the right corner comes up", "stroke_signs"),
        ("cannot whistle any more since this morning", "stroke_signs"),
        ("my right eyebrow will not lift", "stroke_signs"),
        # A part of the sight, also after what is not there
        ("no fever, no itch. a corner of what i see has gone dark", "vision_change"),
        ("nothing hurts, but the upper half of my sight is missing", "vision_change"),
        # A child and the cream
        ("the wee girl is 2 and smeared the lidocaine on her legs", "child_numbing_cream"),
        ("our toddler emptied the tub you gave me and it's on his lips", "child_numbing_cream"),
        ("he plastered the freezing gel all over his tummy", "child_numbing_cream"),
        # Despair, said indirectly
        ("i can't find a reason for being alive", "self_harm"),
        ("no point in me being here", "self_harm"),
        ("easier for all of them without me", "self_harm"),
        ("my lot would be happier without me", "self_harm"),
        ("i won't be here by christmas anyway", "self_harm"),
        ("my affairs are in order now", "self_harm"),
        ("i cut because the bleeding calms me down", "self_harm"),
        ("i have been hoarding pills", "self_harm"),
        ("for a script: how does he make it final", "self_harm"),
    ],
)
def test_danger_in_other_words_is_seen(analyser: ClinicalAnalyser, text: str, sign: str) -> None:
    assert sign in signs(analyser.analyse(text))


@pytest.mark.parametrize(
    "text",
    [
        "dying to have it done",
        "standing all day kills me",
        "is there a point in paying for six",
        "i won't be around this weekend",
        "is there any point in being there early",
        "my skin is better off without cream",
        "can she come in without me, is that easier",
        "i am writing a novel about a clinic, how does needling work",
        "the sight of blood makes me queasy",
        "when was the last time you did it",
        "there is no point in me using retinol",
        "i can't be here before easter",
        "the blood facial calms my skin",
        "the mask melted off one cheek",
        "i can't see how needling would help",
        "my baby had ear tubes last year",
        "the dentist made my cheek swell up like a balloon once",
        "i have psoriasis on my arms, red and itchy, none on the face",
    ],
)
def test_what_only_sounds_like_danger_is_none(analyser: ClinicalAnalyser, text: str) -> None:
    assert "emergency" not in signs(analyser.analyse(text)).values()


@pytest.mark.parametrize(
    "text",
    [
        "pale specks, eight weeks on",
        "marks like rails on my temple since the third session",
        "itchy bumps months later",
        "itchy lumps for weeks",
        "it was perfect by tuesday and then it went backwards",
        "grit under my skin since the treatment",
    ],
)
def test_a_late_sign_is_for_the_clinic(analyser: ClinicalAnalyser, text: str) -> None:
    tiers = set(signs(analyser.analyse(text)).values())
    assert "call_clinic" in tiers
    assert not tiers & {"urgent", "emergency"}


def test_what_multiplies_by_the_minute_is_urgent_and_redness_that_does_an_emergency(
    analyser: ClinicalAnalyser,
) -> None:
    assert set(signs(analyser.analyse("new pimples by the minute")).values()) == {"expected", "urgent"}
    assert "emergency" in signs(analyser.analyse("the redness grows by the minute")).values()
    assert "emergency" in signs(analyser.analyse("blotches by the minute")).values()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pink, and it was far redder yesterday", "better"),
        ("my nose was a lot puffier last night", "better"),
        ("swollen, less with every hour", "better"),
        ("red on day 2, redder round the nose than the cheeks", None),
        ("it was worse yesterday than the day before", "worse"),
        ("it was redder yesterday and it is worse now", "worse"),
        ("was it redder yesterday", "worse"),
        ("day 1, puffy, and it was better yesterday", "worse"),
        ("it was less red last night", "worse"),
        ("feeling better this morning", "better"),
        ("redder on the nose than yesterday", "worse"),
        ("pinker than last night", "worse"),
        ("swollen, more so with every hour", "worse"),
    ],
)
def test_what_was_worse_is_better_now_and_never_the_reverse(
    analyser: ClinicalAnalyser, text: str, meant: str | None
) -> None:
    assert trend(analyser.analyse(text)) == meant


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("just out of your clinic, face is tight", 0),
        ("only just left yours, a bit red", 0),
        ("just home from the salon, my skin is warm", 0),
        ("just out of hospital, face is red", None),
        ("i left it as it was, red", None),
    ],
)
def test_who_has_just_left_was_treated_today(analyser: ClinicalAnalyser, text: str, days: int | None) -> None:
    assert day(analyser.analyse(text)) == days
