"""Which reports say nothing but how a known sign is."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.nlu.clinical_extractor import PLAIN_REPORT, ClinicalExtractor

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
    ],
)
def test_a_clause_about_anything_else_makes_a_report_less_than_plain(
    extractor: ClinicalExtractor, text: str, plain: bool
) -> None:
    assert any(entity["entity"] == PLAIN_REPORT for entity in extractor.extract(text)) is plain
