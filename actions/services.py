"""What actions need from `clinic`, opened at first use and kept for the life of the process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from clinic.database.session import Database
from clinic.knowledge import (
    Conditions,
    Screening,
    Symptoms,
    load_conditions,
    load_screening,
    load_symptoms,
    load_topics,
)
from clinic.profile import ClinicProfile, load_profile
from clinic.settings import Settings, get_settings
from clinic.templates import fill


@dataclass(frozen=True)
class Services:
    """Database, knowledge and profile."""

    settings: Settings
    database: Database
    profile: ClinicProfile
    conditions: Conditions
    symptoms: Symptoms
    screening: Screening
    topics: dict[str, str]
    values: dict[str, str]


@lru_cache(maxsize=1)
def services() -> Services:
    """Return the process's services.

    Raises:
        clinic.settings.SettingsError: If a setting is wrong.
        clinic.profile.ProfileError: If the profile is wrong.
        clinic.knowledge.KnowledgeError: If a knowledge file is wrong.
    """
    settings = get_settings()
    profile = load_profile(settings.knowledge_dir / "clinic.yml")
    return Services(
        settings=settings,
        database=Database(settings.database_url),
        profile=profile,
        conditions=load_conditions(settings.knowledge_dir / "conditions.yml"),
        symptoms=load_symptoms(settings.knowledge_dir / "symptoms.yml"),
        screening=load_screening(settings.knowledge_dir / "screening.yml"),
        topics=load_topics(settings.knowledge_dir / "topics.yml"),
        values=profile.template_values(settings.retention_days),
    )


def utter_condition(dispatcher: CollectingDispatcher, key: str, wording: str, kind: str) -> None:
    """Utter one of a condition's texts.

    Args:
        dispatcher: Collects the reply.
        key: The condition's key, which becomes the reply's topic.
        wording: Which text: `present`, `past` or `general`.
        kind: The reply's kind, `flag` or `answer`.
    """
    condition = services().conditions.conditions[key]
    metadata: dict[str, Any] = {
        "kind": kind,
        "topic": key,
        "source": condition.source,
        "reviewed": condition.reviewed.isoformat(),
    }
    text = fill(getattr(condition, wording), services().values)
    dispatcher.utter_message(text=text, metadata=metadata)
