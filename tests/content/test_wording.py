"""What a person may read: short, plain, sourced, and nothing of what may never be said."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from clinic.profile import load_profile
from tests.content.content import CODE, ROOT, Response, knowledge, load, prose, wordings
from tests.content.lint import (
    FEWEST_WORDS_GRADED,
    compiled,
    grade_faults,
    length_faults,
    markup_faults,
    metadata_faults,
    never_say_faults,
    placeholders,
)
from tests.content.readability import grade, words

CONTENT = load()
SIMPLE_GRADE = 4.5
MOST_WORDS_SIMPLE = 30
NEVER_SAY = compiled(knowledge("never_say"))


def responses_with(faults: Callable[[Response], list[str]]) -> dict[str, list[str]]:
    """The faulty responses, by name."""
    return {response.name: found for response in CONTENT.responses if (found := faults(response))}


def texts_with(faults: Callable[[str], list[str]]) -> dict[str, list[str]]:
    """The faulty texts of responses, buttons and knowledge, by their place."""
    return {wording.place: found for wording in wordings(CONTENT) if (found := faults(wording.text))}


def test_there_is_something_to_read():
    assert len(CONTENT.responses) > 50
    assert texts_with(lambda text: [] if text.strip() else ["empty"]) == {}


def test_metadata_is_complete():
    assert responses_with(metadata_faults) == {}


def test_the_topic_of_a_plain_answer_is_its_intent():
    def faults(response: Response) -> list[str]:
        intent = response.name.removeprefix("utter_")
        plain = intent in CONTENT.intents and response.metadata.get("kind") == "answer"
        topic = response.metadata.get("topic")
        return [f"topic {topic}"] if plain and topic != intent.removeprefix("ask_") else []

    assert responses_with(faults) == {}


def test_texts_are_short():
    assert texts_with(length_faults) == {}


def test_texts_read_at_grade_8_or_below():
    graded = [wording for wording in wordings(CONTENT) if wording.language == "en"]
    assert {wording.place: faults for wording in graded if (faults := grade_faults(wording.text))} == {}


def test_simple_wordings_are_short_and_simple():
    def faults(response: Response) -> list[str]:
        if not response.name.startswith("utter_simple_"):
            return []
        text = prose(response.text)
        found = [f"{len(text.split())} words"] if len(text.split()) > MOST_WORDS_SIMPLE else []
        is_graded = len(words(text)) >= FEWEST_WORDS_GRADED
        return [*found, *([f"grade {grade(text):.1f}"] if is_graded and grade(text) > SIMPLE_GRADE else [])]

    assert responses_with(faults) == {}


def test_texts_say_nothing_forbidden():
    assert texts_with(lambda text: never_say_faults(text, NEVER_SAY)) == {}


def test_texts_have_only_the_markup_that_every_channel_can_show():
    assert texts_with(markup_faults) == {}


def test_placeholders_are_filled_by_the_profile_by_a_slot_or_by_code():
    profile = load_profile(ROOT / "knowledge" / "clinic.yml")
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in CODE
        for path in (ROOT / folder).rglob("*.py")
        if ".venv" not in path.parts
    )

    def unknown(text: str) -> list[str]:
        names = placeholders(text) - {*profile.template_values(), *CONTENT.slots}
        return sorted(
            name for name in names if not re.search(rf"\b{re.escape(name)}=|[\"']{name}[\"']", source)
        )

    assert texts_with(unknown) == {}


@pytest.mark.parametrize("rule", knowledge("never_say")["patterns"], ids=lambda rule: rule["name"])
def test_a_forbidden_thing_is_caught_and_its_honest_neighbour_is_not(rule):
    pattern = NEVER_SAY[rule["name"]]
    assert rule["matches"]
    assert rule["passes"]
    assert [text for text in rule["matches"] if not pattern.search(text)] == []
    assert [text for text in rule["passes"] if pattern.search(text)] == []
