"""Triage of a symptom after a treatment: the rules, and the record of what was answered.

The tier of each sign stands in ``knowledge/symptoms.yml``; how signs, day, trend and the rest work
together stands here. Source: the clinical policy, "A symptom after treatment: four tiers".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database.models import SymptomReport
from clinic.knowledge import Sign, Symptoms, Tier

Fact = Literal["day", "trend", "warning"]

EMERGENCY: Final = "utter_triage_emergency"
RESPONSES: Final[dict[Tier, str]] = {
    "emergency": EMERGENCY,
    "urgent": "utter_triage_urgent",
    "call_clinic": "utter_triage_call_clinic",
}
EXPECTED_RESPONSES: Final = (
    (1, "utter_triage_expected_day_0"),
    (2, "utter_triage_expected_day_2"),
    (5, "utter_triage_expected_day_3"),
)
"""The response for an expected sign up to each day."""
EXPECTED_LATER: Final = "utter_triage_expected_day_6"

REDNESS: Final = "redness"
FEVER: Final = "fever"
SPREADING: Final = frozenset({"spreading_redness", "spreading_redness_fast"})
"""With fever, what the warning question asks about."""
WELL: Final = "otherwise_well"
"""That all else is fine, or that it gets better every day."""
RED_OR_WORSENING: Final = frozenset(
    {
        REDNESS,
        "lasting_redness",
        "spreading_redness",
        "hot_skin",
        "increasing_pain",
        "swelling",
        "lasting_swelling",
        "increasing_swelling",
        "getting_worse_fast",
        "worse_again",
    }
)
"""With a fever, a face that is red or getting worse is an emergency."""
FADING: Final = frozenset({REDNESS, "pink_skin"})
"""Signs that must be clearly better by `FADING_DAY`."""
FADING_DAY: Final = 4
INFECTION: Final = "infection"
WEAK_IMMUNITY: Final = frozenset({"diabetes", "immunosuppression", "chemotherapy"})
"""Conditions that make any sign of infection urgent."""
HIVES: Final = "hives"
LATE: Final = 14
"""From this day on, what is taken for hives is for the clinic: an allergy to the treatment comes sooner."""
HEAT: Final = "warmth"
"""With weak immunity a sign of infection, from the day on which warm skin is no longer usual."""
LAST_WARM_DAY: Final = 1
FIRST_DAYS: Final = 1
"""Up to this day there is nothing yet that a usual sign could be better or worse than."""
HEALING: Final = frozenset(
    {
        "bruising",
        "tiny_scabs",
        "dots",
        "dryness",
        "rough_texture",
        "peeling",
        "spots",
        "itching",
        "smoother",
        WELL,
    }
)
"""Signs that come as the skin heals; each is usual on its days without having been worse before."""


@dataclass(frozen=True)
class Report:
    """What a person tells of themselves, or of somebody else, after a treatment."""

    signs: frozenset[str] = frozenset()
    negated: frozenset[str] = frozenset()
    """Signs that they say are not there."""
    past: frozenset[str] = frozenset()
    """Signs that they say are over, or nearly so."""
    day: int | None = None
    """Whole days since the treatment."""
    trend: Literal["better", "same", "worse"] | None = None
    warning: bool | None = None
    """Whether there is a fever or spreading redness."""
    conditions: frozenset[str] = frozenset()
    """Keys of the conditions that the person has."""
    unsure: bool = False
    """Whether they were asked about the warning and did not know."""
    is_plain: bool = False
    """Whether the report says nothing that was not understood."""


@dataclass(frozen=True)
class Assessment:
    """What to answer. ``tier`` is None while a fact of ``missing`` has to be asked first."""

    tier: Tier | None
    response: str = ""
    """The response to utter; empty while facts are missing."""
    also: tuple[str, ...] = ()
    """Responses to utter after it: a line to call that the first does not name."""
    missing: tuple[Fact, ...] = ()
    signs: tuple[str, ...] = ()
    """The signs that decided."""


def assess(report: Report, symptoms: Symptoms, *, complete: bool = False) -> Assessment:
    """The tier and the response for ``report``.

    An emergency wins over everything, whatever else is said; then urgent; then what the clinic must
    hear of today. Usual is only what is usual on its day, does not get worse and comes without a
    warning. What is not known is asked; with ``complete`` nothing more can be asked and the clinic
    is to be called.
    """
    counted = _counted(report.signs, symptoms)
    warning = _warning(report)

    emergencies = _of_tier(counted, "emergency")
    if emergencies:
        return _emergency(emergencies, counted)
    fever = FEVER in counted or warning is True
    if fever and (report.trend == "worse" or RED_OR_WORSENING & counted.keys()):
        return Assessment("emergency", EMERGENCY, signs=tuple(counted))

    late = [key for key in counted if _is_late(key, report)]
    urgent = [key for key in _of_tier(counted, "urgent") if key not in late]
    if WEAK_IMMUNITY & report.conditions:
        urgent += [key for key, sign in counted.items() if sign and _is_infection(key, sign, report)]
        # Whether it is over is for the clinic to say.
        over = _counted(report.past, symptoms)
        urgent += [
            key for key, sign in over.items() if sign and sign.group == INFECTION and sign.tier != "expected"
        ]
    if urgent or warning is True:
        return _answer("urgent", urgent)

    call = late + [key for key in _of_tier(counted, "call_clinic") if not _is_usual(counted[key], report)]
    call += [key for key, sign in counted.items() if sign is None or _is_unusual(key, sign, report)]
    if call or report.trend == "worse":
        return _answer("call_clinic", call)

    # "The redness is nearly gone" tells of a usual sign as well.
    past = _counted(report.past, symptoms)
    if all(
        sign and sign.tier == "expected" and not _is_unusual(key, sign, report) for key, sign in past.items()
    ):
        counted |= past
    if _is_plainly_usual(counted, report):
        assert report.day is not None
        return Assessment("expected", _expected_response(report.day), signs=tuple(counted))
    missing = _missing(report, warning)
    # With nothing recognised it cannot end in "expected": questions would only cost time. "Today" alone may
    # be the day of the complaint.
    is_unknown = not counted.keys() - {WELL} and bool(report.day)
    if missing and not complete and not is_unknown:
        return Assessment(None, missing=missing, signs=tuple(counted))
    if missing or not counted.keys() - {WELL} or report.day is None:
        return _answer("call_clinic", counted)
    return Assessment("expected", _expected_response(report.day), signs=tuple(counted))


async def record(session: AsyncSession, conversation_id: str, report: Report, assessment: Assessment) -> None:
    """Keep a report with the tier that was answered. Raises ValueError while there is none."""
    if assessment.tier is None:
        raise ValueError("the report has no tier yet")
    session.add(
        SymptomReport(
            conversation_id=conversation_id,
            signs=sorted(report.signs),
            day=report.day,
            trend=report.trend,
            tier=assessment.tier,
        )
    )
    await session.flush()


def _counted(keys: frozenset[str], symptoms: Symptoms) -> dict[str, Sign | None]:
    """The signs that count; None for a key that the file no longer has, which is never "usual"."""
    found = {key: symptoms.signs.get(key) for key in sorted(keys)}
    return {
        key: sign
        for key, sign in found.items()
        if sign is None
        or sign.only_with is None
        or any(other and other.group == sign.only_with for name, other in found.items() if name != key)
    }


def _warning(report: Report) -> bool | None:
    """Whether there is a fever or spreading redness; None while it has to be asked.

    A person who says that it gets better has told enough, unless they say that something else is not well.
    """
    if report.warning is not None:
        return report.warning
    if FEVER in report.negated and SPREADING & report.negated:
        return False
    if report.unsure:
        return None
    unwell = report.negated == {WELL}
    return False if report.trend == "better" and not unwell else None


def _emergency(keys: list[str], counted: dict[str, Sign | None]) -> Assessment:
    own = {sign.response for key in keys if (sign := counted[key]) and sign.response}
    plain = any(sign and not sign.response for sign in (counted[key] for key in keys))
    responses = ([EMERGENCY] if plain else []) + sorted(own, reverse=True)
    return Assessment("emergency", responses[0], also=tuple(responses[1:]), signs=tuple(keys))


def _of_tier(counted: dict[str, Sign | None], tier: Tier) -> list[str]:
    return [key for key, sign in counted.items() if sign and sign.tier == tier]


def _is_late(key: str, report: Report) -> bool:
    """Whether a sign is too late to be the urgent one that it looks like."""
    return key == HIVES and report.day is not None and report.day >= LATE and report.trend != "worse"


def _is_infection(key: str, sign: Sign, report: Report) -> bool:
    """Whether a sign counts as one of infection where immunity is weak."""
    is_late = report.day is None or report.day > LAST_WARM_DAY or report.trend == "worse"
    return sign.group == INFECTION or (key == HEAT and is_late)


def _is_unusual(key: str, sign: Sign, report: Report) -> bool:
    if report.day is None or sign.expected_days is None:
        return False
    if not _is_within(report.day, sign.expected_days):
        return True
    return key in FADING and report.day >= FADING_DAY and report.trend != "better"


def _is_usual(sign: Sign | None, report: Report) -> bool:
    """Whether a sign of the tier "call the clinic" is usual on its day ("hot" on the first)."""
    if sign is None or sign.usual_days is None or report.day is None or report.trend == "worse":
        return False
    return _is_within(report.day, sign.usual_days)


def _is_plainly_usual(counted: dict[str, Sign | None], report: Report) -> bool:
    """Whether nothing has to be asked: usual signs on a told day, and the report says nothing else.

    On the first days, or of signs that come with healing. Who is said to be unwell, or has weak immunity,
    is asked.
    """
    if not report.is_plain or report.day is None or not counted.keys() - {WELL}:
        return False
    if report.trend in ("same", "worse") or report.warning is not None or report.unsure:
        return False
    if WELL in report.negated or WEAK_IMMUNITY & report.conditions:
        return False
    return report.day <= FIRST_DAYS or counted.keys() <= HEALING


def _is_within(day: int, days: tuple[int, int]) -> bool:
    return days[0] <= day <= days[1]


def _missing(report: Report, warning: bool | None) -> tuple[Fact, ...]:
    facts: dict[Fact, object] = {"day": report.day, "trend": report.trend, "warning": warning}
    return tuple(fact for fact, value in facts.items() if value is None)


def _answer(tier: Tier, signs: Iterable[str]) -> Assessment:
    return Assessment(tier, RESPONSES[tier], signs=tuple(dict.fromkeys(signs)))


def _expected_response(day: int) -> str:
    for last, response in EXPECTED_RESPONSES:
        if day <= last:
            return response
    return EXPECTED_LATER
