"""Which reports say nothing but how a known sign is."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.nlu.clinical_extractor import PLAIN_REPORT, ClinicalExtractor
from engine.nlu.plain_report import explains_itself

KNOWLEDGE = str(Path(__file__).parents[3] / "knowledge")


@pytest.fixture(scope="module")
def extractor() -> ClinicalExtractor:
    """Return the component with the real knowledge."""
    return ClinicalExtractor({"knowledge": KNOWLEDGE})


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("had it this afternoon, my face is red and warm", True),
        ("hi, skin is peeling, day 4", True),
        ("no fever, bit of swelling, done yesterday", True),
        ("day 1, pink and something green comes out", False),
        ("done yesterday, red, and i cannot stop thinking dark things", False),
        ("red since yesterday with strange smelling stuff", False),
        ("does it hurt", False),
        ("no redness at all", False),
        ("day 3, peeling on my jaw, otherwise grand", True),
        ("day 3, peeling, going on for ages", False),
    ],
)
def test_a_clause_about_anything_else_makes_a_report_less_than_plain(
    extractor: ClinicalExtractor, text: str, plain: bool
) -> None:
    assert any(entity["entity"] == PLAIN_REPORT for entity in extractor.extract(text)) is plain


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("my skin is flaking, it has been going on for a while now", True),
        ("flaking, it's been there for ages", True),
        ("flaking, and it has been going on in my head too", False),
        ("flaking, i am going", False),
    ],
)
def test_that_a_sign_lasts_explains_it_where_that_is_allowed(
    extractor: ClinicalExtractor, text: str, explained: bool
) -> None:
    found = extractor.extract(text)
    assert explains_itself(text, found, lasting=True) is explained
    assert not explains_itself(text, found)
