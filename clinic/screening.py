"""The screening: what a person's answers say about waiting, and about whom to ask.

The screening flags and never clears: without a flag the strongest thing to be said is that nothing
told is on the clinic's list, and the clinician still decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy.ext.asyncio import AsyncSession

from clinic.database import models
from clinic.knowledge import CATEGORIES, Category, Conditions, Question, Screening
from clinic.templates import fill

Answer = Literal["yes", "no", "unsure"]
ANSWERS: Final[tuple[Answer, ...]] = get_args(Answer)

Basis = Literal["yes", "unsure", "disclosed"]


@dataclass(frozen=True)
class Flag:
    """A reason to talk to the clinician before a treatment."""

    question: str
    basis: Basis
    """``disclosed``: named in the conversation, though its question was not answered with yes."""
    category: Category
    conditions: tuple[str, ...]
    """What the flag may stand for: all that the question covers, or what was named."""
    text: str
    """The flag in the words of ``screening.yml``."""


def flags_for(
    screening: Screening, conditions: Conditions, answers: Mapping[str, str], disclosed: Collection[str]
) -> list[Flag]:
    """The flags of the ``answers`` by question and of the condition keys ``disclosed`` before.

    They come with the strongest category first and in the order of the questions within one. A yes
    has the category of what was named, or the strongest that its question covers, as any of it may be
    meant. Unsure counts as
    "ask the clinician" (category ``review``). A disclosed condition is flagged in its own category
    also when its question was answered with no or unsure. Raises ValueError for a question or an
    answer that there is not.
    """
    given = _checked(screening, answers)
    flags: list[Flag] = []
    for question in screening.questions:
        named = [key for key in question.conditions if key in disclosed]
        match given.get(question.key):
            case "yes":
                flags.append(
                    _flag(screening, conditions, question, "yes", named or question.conditions, named)
                )
                continue
            case "unsure":
                flags.append(_flag(screening, conditions, question, "unsure", question.conditions, named))
            case _:
                pass
        flags += [_flag(screening, conditions, question, "disclosed", [key], [key]) for key in named]
    return sorted(flags, key=lambda flag: CATEGORIES.index(flag.category))


def flag_lines(flags: Iterable[Flag]) -> str:
    """The flags as a list."""
    return "\n".join(f"- {flag.text}" for flag in flags)


def summary(screening: Screening, answers: Mapping[str, str]) -> str:
    """The answers as a list in the order of the questions, for the person to check.

    Raises ValueError as `flags_for` does.
    """
    given = _checked(screening, answers)
    return "\n".join(
        "- "
        + fill(
            screening.summary,
            {"title": question.title, "answer": getattr(screening.answers, given[question.key])},
        )
        for question in screening.questions
        if question.key in given
    )


async def record(
    session: AsyncSession, conversation_id: str, answers: Mapping[str, str], flags: Sequence[Flag]
) -> None:
    """Keep a finished screening."""
    session.add(
        models.Screening(
            conversation_id=conversation_id, answers=dict(answers), flags=[_stored(flag) for flag in flags]
        )
    )
    await session.flush()


def _flag(
    screening: Screening,
    conditions: Conditions,
    question: Question,
    basis: Basis,
    keys: Sequence[str],
    named: Sequence[str],
) -> Flag:
    entries = conditions.conditions
    category: Category = "review"
    if basis != "unsure":
        category = min((entries[key].category for key in keys), key=CATEGORIES.index)
    values = {
        "title": question.title,
        "names": ", ".join(entries[key].name for key in named),
        "advice": getattr(screening.advice, category),
    }
    return Flag(question.key, basis, category, tuple(keys), fill(getattr(screening.flags, basis), values))


def _stored(flag: Flag) -> dict[str, Any]:
    return {**asdict(flag), "conditions": list(flag.conditions)}


def _checked(screening: Screening, answers: Mapping[str, str]) -> dict[str, Answer]:
    unknown = answers.keys() - {question.key for question in screening.questions}
    if unknown:
        raise ValueError(f"there is no screening question {sorted(unknown)[0]!r}")
    return {key: _answer(given) for key, given in answers.items()}


def _answer(given: str) -> Answer:
    for answer in ANSWERS:
        if given == answer:
            return answer
    raise ValueError(f"{given!r} is not an answer of the screening: {', '.join(ANSWERS)}")
