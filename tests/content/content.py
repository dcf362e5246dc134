"""The assistant's content as the lint reads it: domain, topics, knowledge, and what the code refers to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CODE = ("actions", "clinic", "gateway", "engine")


@dataclass(frozen=True)
class Response:
    """One variation of a response."""

    name: str
    text: str
    buttons: tuple[dict[str, str], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wording:
    """A text that a person may read, and where it stands."""

    place: str
    text: str
    language: str = "en"


@dataclass
class Content:
    """Everything under `data/` and in the domain, merged as Rasa merges it."""

    intents: list[str]
    actions: list[str]
    forms: dict[str, list[str]]
    slots: list[str]
    responses: list[Response]
    examples: dict[str, list[str]]
    rules: list[dict[str, Any]]

    @property
    def response_names(self) -> set[str]:
        return {response.name for response in self.responses}

    def rule_actions(self) -> set[str]:
        """Every action that a rule or story names."""
        return {step["action"] for rule in self.rules for step in rule["steps"] if "action" in step}

    def answers_to(self, intent: str) -> set[str]:
        """The actions that some rule runs next after `intent`."""
        found = set()
        for rule in self.rules:
            steps = rule["steps"]
            for step, following in pairwise(steps):
                if intent in _intents_of(step) and "action" in following:
                    found.add(following["action"])
        return found


def _intents_of(step: dict[str, Any]) -> list[str]:
    alternatives = step.get("or", [step])
    return [alternative["intent"] for alternative in alternatives if "intent" in alternative]


def load(files: Iterable[Path] | None = None) -> Content:
    """The merged content of `files`; of the domain and all of `data/` unless given."""
    chosen = files or (ROOT / "domain.yml", *sorted((ROOT / "data").rglob("*.yml")))
    content = Content([], [], {}, [], [], {}, [])
    for path in chosen:
        part = read_yaml(path)
        content.intents += [next(iter(i)) if isinstance(i, dict) else i for i in part.get("intents", [])]
        content.actions += part.get("actions", [])
        content.slots += part.get("slots", {})
        for name, form in part.get("forms", {}).items():
            content.forms[name] = list(form["required_slots"])
        for name, variations in part.get("responses", {}).items():
            content.responses += [_response(name, variation) for variation in variations]
        for block in part.get("nlu", []):
            if "intent" in block:
                content.examples.setdefault(block["intent"], []).extend(_examples(block["examples"]))
        content.rules += part.get("rules", []) + part.get("stories", [])
    return content


def read_yaml(path: Path) -> Any:
    """The parsed file."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def _response(name: str, variation: dict[str, Any]) -> Response:
    return Response(
        name,
        variation.get("text") or "",
        tuple(variation.get("buttons") or ()),
        dict(variation.get("metadata") or {}),
    )


def _examples(block: str) -> list[str]:
    return [line.removeprefix("-").strip() for line in block.splitlines() if line.strip()]


@cache
def knowledge(name: str) -> Any:
    """One file of `knowledge/`."""
    return read_yaml(ROOT / "knowledge" / f"{name}.yml")


def wordings(content: Content) -> list[Wording]:
    """Every text that a person may read, from responses, buttons and knowledge."""
    found = []
    for response in content.responses:
        found.append(Wording(response.name, response.text, response.metadata.get("language", "en")))
        found += [Wording(f"{response.name} button", button["title"]) for button in response.buttons]
    for key, condition in knowledge("conditions")["conditions"].items():
        found += [Wording(f"{key}.{form}", condition[form]) for form in ("present", "past", "general")]
    for name in ("clinic", "notices", "topics"):
        found += [Wording(f"{name}.{place}", text) for place, text in _strings(knowledge(name))]
    return found


def _strings(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _strings(part, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, place)


def prose(text: str) -> str:
    """The text as it is read out: without markup, links as their words, placeholders as something neutral."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = text.replace("**", "")
    text = re.sub(r"^\s*- ", "", text, flags=re.MULTILINE)
    return re.sub(r"\{(\w+)\}", lambda match: neutral(match[1]), text)


def neutral(placeholder: str) -> str:
    """What stands for a placeholder when a text is measured: figures, or short plain words."""
    if placeholder.endswith(("_number", "_phone", "_days", "_reference")):
        return "1"
    if placeholder.startswith("wait_"):
        return "two weeks"
    return "this"


@cache
def literals() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The strings in the code: plain ones, and patterns for those that are put together there."""
    plain, patterns = set(), set()
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ".venv" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    plain.add(node.value)
                elif isinstance(node, ast.JoinedStr):
                    patterns.add(pattern_of(node))
    return frozenset(plain), tuple(re.compile(pattern) for pattern in sorted(patterns))


def pattern_of(template: ast.JoinedStr) -> str:
    """A regular expression for the names that an f-string can make."""
    parts = []
    for part in template.values:
        fixed = isinstance(part, ast.Constant) and isinstance(part.value, str)
        parts.append(re.escape(part.value) if fixed else "[a-z0-9_]+")
    return "".join(parts)


def used_by_code(name: str) -> bool:
    """Whether the code names `name`, whole or put together after a prefix such as `utter_`."""
    plain, patterns = literals()
    prefixed = (pattern for pattern in patterns if pattern.pattern.startswith(("utter_", "action_")))
    return name in plain or any(pattern.fullmatch(name) for pattern in prefixed)
