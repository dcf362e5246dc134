"""The rules that answers are held to. Each function returns what is wrong, empty when nothing is."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from typing import Any

from tests.content.content import Content, Response, prose
from tests.content.readability import grade, words

KINDS = {
    "greeting", "answer", "flag", "triage", "question", "summary", "confirmation", "smalltalk", "fallback",
    "handoff", "notice",
}  # fmt: skip
SOURCED = {"answer", "flag", "triage"}
SEVERITIES = {"emergency", "urgent", "call_clinic", "expected"}
OFFERS = {
    "start_screening": "/start_screening",
    "book_consultation": "/book_consultation",
    "day_by_day": "/affirm",
}
HIGHEST_GRADE = 8.0
MOST_WORDS = 90
FEWEST_WORDS_GRADED = 12
"""A label or a single short phrase has no meaningful grade: one long word decides it."""

_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\ufe0f]")
_LINK = re.compile(r"\[[^\]]+\]\(([^)]*)\)")
_TARGET = re.compile(r"(?:https://|mailto:|tel:)\S+|\{clinic_website\}|mailto:\{clinic_email\}|\{\w+_link\}")


def metadata_faults(response: Response) -> list[str]:
    """What a reader of the metadata (gateway, reports) would miss."""
    found = []
    data = response.metadata
    kind = data.get("kind")
    if kind not in KINDS:
        found.append(f"kind {kind!r}")
    if not data.get("topic"):
        found.append("no topic")
    if kind in SOURCED and not data.get("source"):
        found.append("no source")
    if (kind in SOURCED or "reviewed" in data) and not _is_date(data.get("reviewed")):
        found.append(f"reviewed {data.get('reviewed')!r}")
    if (kind == "triage") != (data.get("severity") in SEVERITIES):
        found.append(f"severity {data.get('severity')!r}")
    offer = data.get("offer")
    if offer is not None and offer not in OFFERS:
        found.append(f"offer {offer!r}")
    elif offer and OFFERS[offer] not in {button["payload"] for button in response.buttons}:
        found.append(f"no button for the offer {offer}")
    return found


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def length_faults(text: str) -> list[str]:
    """Too many words. Figures count, links by their words."""
    count = len(prose(text).split())
    return [f"{count} words"] if count > MOST_WORDS else []


def grade_faults(text: str) -> list[str]:
    """A reading grade above the limit."""
    read = prose(text)
    if len(words(read)) < FEWEST_WORDS_GRADED:
        return []
    reached = grade(read)
    return [f"grade {reached:.1f}"] if reached > HIGHEST_GRADE else []


def markup_faults(text: str) -> list[str]:
    """Anything but paragraphs, lists, bold and safe links."""
    found = [f"link to {target}" for target in _LINK.findall(text) if not _TARGET.fullmatch(target)]
    if re.search(r"</?[a-z!]", text, re.IGNORECASE):
        found.append("HTML")
    if _EMOJI.search(text):
        found.append("emoji")
    if text.count("**") % 2:
        found.append("bold not closed")
    if re.search(r"^\s*(?:[*+•]|\d+[.)]|#+) ", text, re.MULTILINE):
        found.append("a list or heading of another kind")
    return found


def placeholders(text: str) -> set[str]:
    """The names between braces, well formed or not."""
    return set(re.findall(r"\{([^}]*)\}", text))


def never_say_faults(text: str, patterns: dict[str, re.Pattern[str]]) -> list[str]:
    """The names of the forbidden things that the text says."""
    plain = prose(text).replace("’", "'")
    return [
        f"{name}: {match[0].strip()!r}" for name, rule in patterns.items() if (match := rule.search(plain))
    ]


def compiled(never_say: dict[str, Any]) -> dict[str, re.Pattern[str]]:
    """The patterns of `knowledge/never_say.yml` by name."""
    return {rule["name"]: re.compile(rule["pattern"], re.IGNORECASE) for rule in never_say["patterns"]}


def repeated_examples(content: Content) -> dict[str, set[str]]:
    """Examples that stand under more than one intent, compared without case, marks and annotations."""
    seen: dict[str, set[str]] = defaultdict(set)
    for intent, examples in content.examples.items():
        for example in examples:
            plain = re.sub(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})", r"\1", example).lower()
            seen[" ".join(re.findall(r"\w+", plain)) or plain].add(intent)
    return {example: intents for example, intents in seen.items() if len(intents) > 1}
