"""Small knowledge files for tests, to be changed one value at a time."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from clinic.knowledge import Conditions, Screening, Symptoms

Data = dict[str, Any]

PROFILE: Data = {
    "sample": True,
    "name": "Test Clinic",
    "region": "US",
    "phone": "+1 415-555-0132",
    "email": "hello@clinic.example",
    "website": "https://clinic.example",
    "address": "100 Example Street",
    "hours": "Monday to Friday, 9 to 5",
    "languages": ["English", "Spanish"],
    "staff": "Licensed clinicians.",
    "cancellation_text": "Please tell us a day ahead.",
    "booking_note": "We call back within a day.",
    "price_text": None,
    "no_price_text": "You get a quote at your consultation.",
    "waits": {"sunburn": "at least 2 weeks"},
}


def condition(name: str, category: str) -> Data:
    """The entry of one condition."""
    return {
        "name": name,
        "category": category,
        "tier": ["S"],
        "source": "Clinic page",
        "reviewed": "2026-11-20",
        "phrases": [name.lower()],
        "present": "Talk to us at {clinic_phone}.",
        "past": "Tell us about it.",
        "general": "The clinician decides.",
    }


CONDITIONS: Data = {
    "reviewed": "2026-11-20",
    "conditions": {
        "pregnancy": condition("pregnancy", "provider_first"),
        "trying_to_conceive": condition("trying to conceive", "review"),
        "eczema": condition("eczema", "avoid"),
        "rosacea": condition("rosacea", "review"),
        "sunburn": condition("sunburn", "wait"),
        "implanted_device": condition("implanted device", "rf_only"),
        "diabetes": condition("diabetes", "review"),
    },
}

SCREENING: Data = {
    "reviewed": "2026-11-20",
    "questions": [
        {"key": "implants", "title": "Implants", "conditions": ["implanted_device"]},
        {"key": "sun", "title": "Sun", "conditions": ["sunburn"]},
        {"key": "pregnancy", "title": "Pregnancy", "conditions": ["pregnancy", "trying_to_conceive"]},
        {"key": "health", "title": "Health", "conditions": ["diabetes"]},
        {"key": "skin", "title": "Skin", "conditions": ["rosacea", "eczema"]},
    ],
    "answers": {"yes": "Yes", "no": "No", "unsure": "Not sure"},
    "summary": "{title}: {answer}",
    "flags": {
        "yes": "{title}: {advice}",
        "unsure": "{title}: not sure, {advice}",
        "disclosed": "{names} (said before): {advice}",
    },
    "advice": {
        "avoid": "not now",
        "provider_first": "your provider first",
        "wait": "after some time",
        "review": "the clinician decides",
        "rf_only": "matters for RF",
    },
}


def sign(tier: str, **more: object) -> Data:
    """The entry of one sign."""
    return {"name": "a sign", "tier": tier, "phrases": ["a phrase"], "source": "Clinic page", **more}


SYMPTOMS: Data = {
    "reviewed": "2026-11-20",
    "signs": {
        "trouble_breathing": sign("emergency"),
        "self_harm": sign("emergency", response="utter_triage_crisis"),
        "child_numbing_cream": sign("emergency", response="utter_triage_poison"),
        "fever": sign("urgent", group="infection"),
        "spreading_redness": sign("urgent", group="infection"),
        "spreading_redness_fast": sign("emergency", group="infection"),
        "getting_worse_fast": sign("urgent"),
        "near_eye": sign("urgent", group="infection", only_with="infection"),
        "pus": sign("call_clinic", group="infection"),
        "oozing": sign("call_clinic", group="infection"),
        "increasing_pain": sign("call_clinic", group="infection"),
        "hot_skin": sign("call_clinic", group="infection", usual_days=[0, 1]),
        "lasting_redness": sign("call_clinic", usual_days=[0, 3]),
        "blisters": sign("call_clinic"),
        "redness": sign("expected", expected_days=[0, 5]),
        "pink_skin": sign("expected", expected_days=[0, 5]),
        "warmth": sign("expected", expected_days=[0, 2]),
        "bruising": sign("expected", expected_days=[0, 7]),
        "peeling": sign("expected", expected_days=[2, 6]),
        "smoother": sign("expected", expected_days=[3, 180]),
        "otherwise_well": sign("expected", expected_days=[0, 180]),
    },
    "trend": {"better": ["better"], "same": ["same"], "worse": ["worse"]},
}


def conditions() -> Conditions:
    """The small conditions file, loaded."""
    return Conditions.model_validate(CONDITIONS)


def screening() -> Screening:
    """The small screening file, loaded."""
    return Screening.model_validate(SCREENING)


def symptoms() -> Symptoms:
    """The small symptoms file, loaded."""
    return Symptoms.model_validate(SYMPTOMS)


def write_all(folder: Path, **changed: Data) -> Path:
    """Write the four files, with those of ``changed`` (by name) in place of the usual ones."""
    usual = {"clinic": PROFILE, "conditions": CONDITIONS, "screening": SCREENING, "symptoms": SYMPTOMS}
    folder.mkdir(exist_ok=True)
    for name, data in {**usual, **changed}.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return folder


def changed(data: Data, path: str, value: object) -> Data:
    """``data`` with the value at the dotted ``path`` replaced."""
    copy = deepcopy(data)
    *parents, last = path.split(".")
    target: Any = copy
    for part in parents:
        target = target[int(part)] if isinstance(target, list) else target[part]
    target[last] = value
    return copy


def without(data: Data, field: str) -> Data:
    """``data`` without ``field``."""
    return {key: value for key, value in data.items() if key != field}
