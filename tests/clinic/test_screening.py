"""The screening flags; it clears nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from clinic import conversations
from clinic.database import models
from clinic.database.session import Database
from clinic.screening import Flag, flag_lines, flags_for, record, summary
from tests.clinic.knowledge_files import conditions, screening

ALL_NO = {"implants": "no", "sun": "no", "pregnancy": "no", "health": "no", "skin": "no"}


def flags(*disclosed: str, **answers: str) -> list[Flag]:
    return flags_for(screening(), conditions(), {**ALL_NO, **answers}, disclosed)


def test_no_to_everything_flags_nothing() -> None:
    assert flags() == []
    assert flag_lines(flags()) == ""


def test_a_yes_is_a_flag_in_its_category() -> None:
    (flag,) = flags(sun="yes")
    assert (flag.question, flag.basis, flag.category) == ("sun", "yes", "wait")
    assert flag.text == "Sun: after some time"


def test_a_yes_to_a_question_about_several_counts_as_the_strongest() -> None:
    (flag,) = flags(skin="yes")
    assert (flag.category, flag.conditions) == ("avoid", ("rosacea", "eczema"))
    (flag,) = flags(pregnancy="yes")
    assert flag.category == "provider_first"


def test_unsure_means_asking_the_clinician() -> None:
    (flag,) = flags(skin="unsure")
    assert (flag.basis, flag.category) == ("unsure", "review")
    assert flag.text == "Skin: not sure, the clinician decides"


def test_the_strongest_comes_first() -> None:
    everything = dict.fromkeys(ALL_NO, "yes")
    assert [flag.category for flag in flags(**everything)] == [
        "avoid",
        "provider_first",
        "wait",
        "review",
        "rf_only",
    ]


def test_what_was_said_before_is_flagged_although_the_answer_is_no() -> None:
    (flag,) = flags("pregnancy")
    assert (flag.question, flag.basis, flag.category) == ("pregnancy", "disclosed", "provider_first")
    assert flag.conditions == ("pregnancy",)
    assert flag.text == "pregnancy (said before): your provider first"


def test_what_was_said_before_keeps_its_category_when_the_answer_is_unsure() -> None:
    assert [(flag.basis, flag.category) for flag in flags("eczema", skin="unsure")] == [
        ("disclosed", "avoid"),
        ("unsure", "review"),
    ]


def test_what_was_said_before_is_not_flagged_twice_after_a_yes() -> None:
    assert [flag.basis for flag in flags("eczema", skin="yes")] == ["yes"]


def test_a_question_not_asked_yet_flags_only_what_was_said() -> None:
    assert flags_for(screening(), conditions(), {}, {"sunburn"})[0].basis == "disclosed"
    assert flags_for(screening(), conditions(), {}, set()) == []


@pytest.mark.parametrize("answers", [{"skin": "perhaps"}, {"hair": "yes"}])
def test_an_answer_that_there_is_not_is_refused(answers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"perhaps|hair"):
        flags_for(screening(), conditions(), answers, set())


def test_the_summary_lists_the_answers_in_the_order_of_the_questions() -> None:
    assert summary(screening(), {"skin": "unsure", "sun": "yes", "implants": "no"}) == (
        "- Implants: No\n- Sun: Yes\n- Skin: Not sure"
    )


async def test_a_screening_is_kept_with_its_flags(database: Database) -> None:
    found = flags("pregnancy", skin="yes")
    async with database.session() as session:
        await conversations.ensure(session, "c")
        await record(session, "c", {**ALL_NO, "skin": "yes"}, found)
    async with database.session() as session:
        stored = (await session.scalars(select(models.Screening))).one()
    assert stored.answers["skin"] == "yes"
    assert [(flag["basis"], flag["conditions"]) for flag in stored.flags] == [
        ("yes", ["rosacea", "eczema"]),
        ("disclosed", ["pregnancy"]),
    ]
