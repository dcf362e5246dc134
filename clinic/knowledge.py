"""What clinicians review: conditions, symptoms and screening questions, from ``knowledge/*.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from clinic.profile import ClinicProfile, load_profile
from clinic.settings import DEFAULT_RETENTION_DAYS
from clinic.templates import placeholders
from clinic.yaml_files import YamlFileError, load_yaml

Category = Literal["avoid", "provider_first", "wait", "review", "rf_only"]
CATEGORIES: Final[tuple[Category, ...]] = ("avoid", "provider_first", "wait", "review", "rf_only")
"""The categories, the strongest first."""

Tier = Literal["emergency", "urgent", "call_clinic", "expected"]
TIERS: Final[tuple[Tier, ...]] = ("emergency", "urgent", "call_clinic", "expected")
"""The tiers of a symptom, the most serious first."""

SourceTier = Literal["S", "A", "B", "C"]


class KnowledgeError(Exception):
    """A knowledge file is wrong; the message is one line that names file, key and field."""


def _lower_case(value: str) -> str:
    if value != value.lower():
        raise ValueError(f"{value!r} must be lower case")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Phrase = Annotated[Text, AfterValidator(_lower_case)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Entry):
    """A condition, medicine or recent procedure that matters before a treatment."""

    name: Text
    category: Category
    tier: list[SourceTier] = Field(min_length=1)
    """How good the source is: S the clinic's page, A regulator or maker, B literature, C forms."""
    source: Text
    reviewed: date
    phrases: list[Phrase] = Field(min_length=1)
    patterns: list[list[str]] = []
    exclude: list[Phrase] = []
    exclude_patterns: list[list[str]] = []
    present: Text
    """Said when it is the person's own, now."""
    past: Text
    general: Text


class Conditions(_Entry):
    """``conditions.yml``."""

    reviewed: date
    conditions: dict[Key, Condition] = Field(min_length=1)


class Sign(_Entry):
    """A symptom after a treatment, or an emergency of any kind."""

    name: Text
    tier: Tier
    group: str | None = None
    """Signs that count together, such as ``infection``."""
    only_with: str | None = None
    """The sign counts only together with another sign of this group."""
    response: str | None = None
    """The response to utter in place of the tier's own."""
    expected_days: tuple[int, int] | None = None
    """The first and the last day after the treatment on which an ``expected`` sign is usual."""
    usual_days: tuple[int, int] | None = None
    """Days on which a ``call_clinic`` sign is usual too, as long as it does not get worse."""
    needs_context: bool = False
    phrases: list[Phrase] = []
    patterns: list[list[str]] = []
    exclude: list[Phrase] = []
    source: Text

    @model_validator(mode="after")
    def _is_complete(self) -> Sign:
        if (self.tier == "expected") != (self.expected_days is not None):
            raise ValueError("expected_days belongs to the tier expected, and is needed there")
        if self.usual_days is not None and self.tier != "call_clinic":
            raise ValueError("usual_days belongs to the tier call_clinic")
        for name, days in (("expected_days", self.expected_days), ("usual_days", self.usual_days)):
            if days is not None and not 0 <= days[0] <= days[1]:
                raise ValueError(f"{name} must be [first, last]")
        if not self.phrases and not self.patterns:
            raise ValueError("phrases or patterns are needed")
        return self


class Trend(_Entry):
    """The words for how a symptom develops."""

    better: list[Phrase] = Field(min_length=1)
    same: list[Phrase] = Field(min_length=1)
    worse: list[Phrase] = Field(min_length=1)


class Symptoms(_Entry):
    """``symptoms.yml``."""

    reviewed: date
    signs: dict[Key, Sign] = Field(min_length=1)
    trend: Trend


class Question(_Entry):
    """One question of the screening and the conditions that it covers."""

    key: Key
    title: Text
    """What the question is about, in a summary."""
    conditions: list[Key] = Field(min_length=1)

    @property
    def slot(self) -> str:
        """The slot of the form that holds the answer."""
        return f"screening_{self.key}"


class AnswerWords(_Entry):
    """The answers of the screening as a summary shows them."""

    yes: Text
    no: Text
    unsure: Text


class FlagWords(_Entry):
    """The line of a flag by what it rests on, with ``{title}``, ``{names}`` and ``{advice}``."""

    yes: Text
    unsure: Text
    disclosed: Text


class CategoryWords(_Entry):
    """What each category advises."""

    avoid: Text
    provider_first: Text
    wait: Text
    review: Text
    rf_only: Text


class Screening(_Entry):
    """``screening.yml``: the questions in the order they are asked, and the words of the result."""

    reviewed: date
    questions: list[Question] = Field(min_length=1)
    answers: AnswerWords
    summary: Text
    """One line of the summary, with ``{title}`` and ``{answer}``."""
    flags: FlagWords
    advice: CategoryWords

    @model_validator(mode="after")
    def _each_once(self) -> Screening:
        keys = [question.key for question in self.questions]
        covered = [condition for question in self.questions for condition in question.conditions]
        for found in (keys, covered):
            twice = sorted({key for key in found if found.count(key) > 1})
            if twice:
                raise ValueError(f"questions: {', '.join(twice)} stands twice")
        return self

    @model_validator(mode="after")
    def _known_placeholders(self) -> Screening:
        allowed = {"title", "names", "advice"}
        templates = [("summary", self.summary, {"title", "answer"})]
        templates += [(f"flags.{key}", getattr(self.flags, key), allowed) for key in FlagWords.model_fields]
        for field, text, known in templates:
            unknown = sorted(placeholders(text) - known)
            if unknown:
                raise ValueError(f"{field}: {{{unknown[0]}}} is not one of {', '.join(sorted(known))}")
        return self


class Topics(_Entry):
    """``topics.yml``: the button title of each topic that may be suggested."""

    topics: dict[Key, Text] = Field(min_length=1)


@dataclass(frozen=True)
class Knowledge:
    """All of ``knowledge/``, each file checked by itself and against the others."""

    profile: ClinicProfile
    conditions: Conditions
    symptoms: Symptoms
    screening: Screening


Model = TypeVar("Model", bound=BaseModel)


def load_conditions(path: Path) -> Conditions:
    """The file ``conditions.yml``. Raises KnowledgeError."""
    return _load(path, Conditions)


def load_symptoms(path: Path) -> Symptoms:
    """The file ``symptoms.yml``. Raises KnowledgeError."""
    return _load(path, Symptoms)


def load_screening(path: Path) -> Screening:
    """The file ``screening.yml``. Raises KnowledgeError."""
    return _load(path, Screening)


def load_topics(path: Path) -> dict[str, str]:
    """The titles of the file ``topics.yml`` by intent. Raises KnowledgeError."""
    return dict(_load(path, Topics).topics)


def load_knowledge(folder: Path, *, retention_days: int = DEFAULT_RETENTION_DAYS) -> Knowledge:
    """Every file of ``folder``.

    Raises ProfileError or KnowledgeError: for a file that is wrong by itself, for a text with a
    placeholder that the profile does not fill, and for a screening that leaves a condition out or
    asks about one that is not there.
    """
    knowledge = Knowledge(
        profile=load_profile(folder / "clinic.yml"),
        conditions=load_conditions(folder / "conditions.yml"),
        symptoms=load_symptoms(folder / "symptoms.yml"),
        screening=load_screening(folder / "screening.yml"),
    )
    values = knowledge.profile.template_values(retention_days)
    for key, condition in knowledge.conditions.conditions.items():
        for field in ("present", "past", "general"):
            unknown = sorted(placeholders(getattr(condition, field)) - values.keys())
            if unknown:
                raise KnowledgeError(
                    f"{folder / 'conditions.yml'}: conditions.{key}.{field}: "
                    f"the profile does not fill {{{unknown[0]}}}"
                )
    known = knowledge.conditions.conditions.keys()
    asked = {key for question in knowledge.screening.questions for key in question.conditions}
    if asked - known:
        raise KnowledgeError(
            f"{folder / 'screening.yml'}: questions: {', '.join(sorted(asked - known))} "
            "is not a condition of conditions.yml"
        )
    if known - asked:
        raise KnowledgeError(
            f"{folder / 'screening.yml'}: questions: no question covers {', '.join(sorted(known - asked))}"
        )
    return knowledge


def _load(path: Path, model: type[Model]) -> Model:
    try:
        return load_yaml(path, model)
    except YamlFileError as error:
        raise KnowledgeError(str(error)) from None
