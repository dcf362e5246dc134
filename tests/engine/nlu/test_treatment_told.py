"""Whether a message says that a treatment has taken place."""

from __future__ import annotations

import pytest

from engine.nlu.course import is_to_come, tells_of_treatment


@pytest.mark.parametrize(
    "text",
    [
        "since you rolled my neck it weeps",
        "had it done on wednesday",
        "got my cheeks done yesterday",
        "three days after my session",
        "they needled my chin",
        "my last appointment left marks",
        "yesterday's treatment",
        "lumpy after the needling",
        "i left your clinic an hour ago",
        "post-treatment rash",
        "my fifth session and my chin weeps",
        "after the 3rd treatment",
    ],
)
def test_a_treatment_that_was_had(text: str) -> None:
    assert tells_of_treatment(text)


@pytest.mark.parametrize(
    "text",
    [
        "will i be red after the session",
        "can i wear make-up after my treatment",
        "i have spots on my chin",
        "does it help scars",
        "i had acne at 15",
    ],
)
def test_no_treatment_that_was_had(text: str) -> None:
    assert not tells_of_treatment(text)


def test_what_is_to_come() -> None:
    assert is_to_come("can i still come tomorrow")
    assert not is_to_come("it throbs and weeps")
