"""Reads the evaluation set (tests/evaluation/README.md says what each field means)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts.console import ROOT, SetUpError

FOLDER = ROOT / "tests" / "evaluation"
HALVES = ("dev", "test")
PARTS = ("messages", "assertions", "triage", "compound", "followups", "redteam")

Entry = Mapping[str, Any]

_FIELDS = {
    "messages": "text intent also kind topic also_topics also_kind severity also_severity",
    "assertions": "text condition assertion also_condition also_assertion mentions",
    "triage": "text tier accept line",
    "compound": "text topics order",
    "followups": "turns",
    "redteam": "text turns goal must_not must",
}
_ITEM_FIELDS = {
    "assertions": ("mentions", "condition assertion also_condition also_assertion"),
    "compound": ("topics", "topic kind severity also_topics also_severity also_kind"),
    "followups": ("turns", "text topic also_topics kind also_kind severity also_severity"),
}


def load(half: str, part: str, folder: Path = FOLDER) -> list[Entry]:
    """Return the entries of a file of a half.

    Raises:
        SetUpError: If the file is missing or an entry has a field that nobody scores. It names the entry by
            its number, never by its text: one half is not to be read.
    """
    path = folder / half / f"{part}.yml"
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetUpError(f"Cannot read {path} ({error.strerror}). Restore it from git.") from error
    except yaml.YAMLError as error:
        raise SetUpError(f"{path.name} of the {half} half is not valid YAML.") from error
    if not isinstance(entries, list):
        raise SetUpError(f"{half}/{part}.yml: expected a list of entries")
    for number, entry in enumerate(entries, 1):
        where = f"{half}/{part}.yml, entry {number}"
        _check(entry, _FIELDS[part], where)
        name, item_fields = _ITEM_FIELDS.get(part, ("", ""))
        for item in entry.get(name) or ():
            _check(item, item_fields, where)
    return entries


def _check(entry: object, fields: str, where: str) -> None:
    if not isinstance(entry, dict):
        raise SetUpError(f"{where}: expected named fields")
    if unknown := sorted(set(entry) - set(fields.split())):
        raise SetUpError(f"{where}: unknown field {unknown[0]}")


def turns(entry: Entry) -> tuple[str, ...]:
    """Return what the person of an entry types, in order."""
    if "turns" not in entry:
        return (entry["text"],)
    return tuple(turn if isinstance(turn, str) else turn["text"] for turn in entry["turns"])
