"""Reads the clinical knowledge and finds its phrases in a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import spacy
import yaml
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from engine.nlu.measures import find_ages
from engine.nlu.tokens import Token, tokenize

CATEGORIES = frozenset({"avoid", "provider_first", "wait", "review", "rf_only"})
TIERS = ("expected", "call_clinic", "urgent", "emergency")
TRENDS = ("better", "same", "worse")
PATTERN_REACH = 7  # tokens, from the first part of a pattern to its last
# libyaml reads the knowledge in 0.1 s instead of 1.2 s; it may be missing where PyYAML was built from source.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SINGULAR_EXCEPTIONS = ("ss", "us", "is")
_OWN_NEGATIONS = frozenset({"not", "never", "no", "nothing"})  # part of a condition: "never heals"
_NUMBERED = frozenset({"under_18", "under_22"})  # ages are read by engine.nlu.measures


class KnowledgeError(ValueError):
    """A knowledge file does not have the expected shape; the message names the file and the key."""


@dataclass(frozen=True)
class Concept:
    """A condition or a sign and the words for it.

    kind: "condition" or "symptom". rank: severity of a sign's tier, 0 to 3. patterns: sets of alternatives
    that must all occur near one another. exclude_patterns: such sets whose words then mean something else.
    """

    kind: str
    key: str
    phrases: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    patterns: tuple[tuple[str, ...], ...] = ()
    exclude_patterns: tuple[tuple[str, ...], ...] = ()
    category: str = ""
    tier: str = ""

    @property
    def rank(self) -> int:
        """How grave a sign's tier is; 0 for conditions."""
        return TIERS.index(self.tier) if self.tier else 0


@dataclass(frozen=True)
class Found:
    """A concept found in the tokens [first, last).

    anchor: the index of the first token that carries the meaning; the words before it in the match
    ("my wife is" of "my wife is expecting") are read as context. parts: where a pattern's parts stand.
    negative: a denial is part of a pattern ("can't wear nickel").
    """

    concept: Concept
    first: int
    last: int
    anchor: int
    parts: tuple[tuple[int, int], ...] = ()
    negative: bool = False

    @property
    def from_pattern(self) -> bool:
        """Whether it is made of words that stand apart."""
        return bool(self.parts)


@dataclass(frozen=True)
class Knowledge:
    """All concepts, and the words for a trend."""

    concepts: tuple[Concept, ...]
    trends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load_knowledge(folder: Path) -> Knowledge:
    """Read conditions.yml and symptoms.yml of a folder. Raises KnowledgeError."""
    conditions = _read(folder / "conditions.yml")
    symptoms = _read(folder / "symptoms.yml")
    return parse_knowledge(conditions, symptoms, str(folder / "conditions.yml"), str(folder / "symptoms.yml"))


def parse_knowledge(
    conditions: Mapping[str, Any],
    symptoms: Mapping[str, Any],
    conditions_file: str = "conditions.yml",
    symptoms_file: str = "symptoms.yml",
) -> Knowledge:
    """Check the content of the two knowledge files. Raises KnowledgeError naming file and key."""
    concepts: list[Concept] = []
    for key, entry in _section(conditions, "conditions", conditions_file).items():
        where = f"{conditions_file}: conditions.{key}"
        category = _choice(entry, "category", CATEGORIES, where)
        phrases, exclude = _strings(entry, "phrases", where), _strings(entry, "exclude", where)
        patterns, excluded = (_patterns(entry, name, where) for name in ("patterns", "exclude_patterns"))
        concepts.append(Concept("condition", key, phrases, exclude, patterns, excluded, category=category))
    for key, entry in _section(symptoms, "signs", symptoms_file).items():
        where = f"{symptoms_file}: signs.{key}"
        tier = _choice(entry, "tier", frozenset(TIERS), where)
        phrases, exclude = _strings(entry, "phrases", where), _strings(entry, "exclude", where)
        concepts.append(
            Concept("symptom", key, phrases, exclude, _patterns(entry, "patterns", where), tier=tier)
        )
    trends = symptoms.get("trend") or {}
    where = f"{symptoms_file}: trend"
    if not isinstance(trends, Mapping) or set(trends) - set(TRENDS):
        raise KnowledgeError(f"{where}: expected lists for {', '.join(TRENDS)}")
    return Knowledge(tuple(concepts), {name: _strings(trends, name, where) for name in trends})


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open(encoding="utf-8") as file:
            data = yaml.load(file, Loader=_LOADER)
    except FileNotFoundError as error:
        raise KnowledgeError(f"{path}: there is no such file") from error
    except yaml.YAMLError as error:
        raise KnowledgeError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(data, Mapping):
        raise KnowledgeError(f"{path}: expected a mapping at the top")
    return data


def _section(data: Mapping[str, Any], name: str, file: str) -> Mapping[str, Mapping[str, Any]]:
    section = data.get(name)
    if not isinstance(section, Mapping) or not section:
        raise KnowledgeError(f"{file}: {name}: expected a mapping of keys")
    for key, entry in section.items():
        if not isinstance(entry, Mapping):
            raise KnowledgeError(f"{file}: {name}.{key}: expected a mapping")
        if not entry.get("phrases") and not entry.get("patterns"):
            raise KnowledgeError(f"{file}: {name}.{key}.phrases: at least one phrase is needed")
    return section


def _choice(entry: Mapping[str, Any], name: str, allowed: frozenset[str], where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise KnowledgeError(f"{where}.{name}: {value!r} is not one of {', '.join(sorted(allowed))}")
    return value


def _strings(entry: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    values = entry.get(name) or []
    if not isinstance(values, list):
        raise KnowledgeError(f"{where}.{name}: expected a list")
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise KnowledgeError(f"{where}.{name}: {value!r} is not a text (quote yes, no and numbers)")
    return tuple(values)


def _patterns(entry: Mapping[str, Any], name: str, where: str) -> tuple[tuple[str, ...], ...]:
    patterns = entry.get(name) or []
    if not isinstance(patterns, list) or not all(
        isinstance(pattern, list) and pattern for pattern in patterns
    ):
        raise KnowledgeError(f"{where}.{name}: expected a list of lists")
    return tuple(tuple(str(part) for part in pattern) for pattern in patterns)


class _Parts:
    """The parts of patterns, each a list of alternatives ("throat|tongue", "swell*"), looked up word by word."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        # first word, or the beginning of a single word: (order, the words after it, whether the last is cut, part)
        self._words: dict[str, list[tuple[int, tuple[str, ...], bool, int]]] = {}
        self._beginnings: dict[str, list[tuple[int, int]]] = {}
        self._lengths: tuple[int, ...] = ()
        self._begun = lru_cache(maxsize=8192)(self._begun_by)

    def add(self, part: str) -> int:
        """Return the number of a part."""
        if part in self._numbers:
            return self._numbers[part]
        number = self._numbers[part] = len(self._numbers)
        for order, (words, cut) in enumerate(alternatives(part)):
            if cut and len(words) == 1:
                self._beginnings.setdefault(words[0], []).append((order, number))
            elif words:
                self._words.setdefault(words[0], []).append((order, words[1:], cut, number))
        self._lengths = tuple(sorted({len(beginning) for beginning in self._beginnings}))
        return number

    def find(self, norms: Sequence[str], start: int, end: int) -> dict[int, list[tuple[int, int]]]:
        """Return where each part occurs in the tokens [start, end), as (first, last), none overlapping another."""
        found: dict[int, list[tuple[int, int]]] = {}
        for at in range(start, end):
            word = norms[at]
            here: dict[int, tuple[int, int]] = {}
            for order, rest, cut, number in self._words.get(word, ()):
                last = at + 1 + len(rest)
                if last <= end and _goes_on(norms, at + 1, rest, cut):
                    here[number] = min(here.get(number, (order, last)), (order, last))
            for order, number in self._begun(word):
                here[number] = min(here.get(number, (order, at + 1)), (order, at + 1))
            for number, (_, last) in here.items():
                places = found.setdefault(number, [])
                if not places or places[-1][1] <= at:
                    places.append((at, last))
        return found

    def _begun_by(self, word: str) -> tuple[tuple[int, int], ...]:
        """Return the beginnings that a word has, as (order, part)."""
        lengths = (length for length in self._lengths if length <= len(word))
        return tuple(one for length in lengths for one in self._beginnings.get(word[:length], ()))


def alternatives(part: str) -> list[tuple[tuple[str, ...], bool]]:
    """Return the alternatives of a pattern's part as their words, and whether the last word is only begun."""
    return [
        (
            tuple(token.norm for token in tokenize(text.strip().rstrip("*")) if token.is_word),
            text.strip().endswith("*"),
        )
        for text in part.split("|")
    ]


def _goes_on(norms: Sequence[str], at: int, rest: Sequence[str], cut: bool) -> bool:
    """Whether these words stand at a place; the last may be longer when it is cut."""
    for offset, word in enumerate(rest):
        norm = norms[at + offset]
        if norm != word and not (cut and offset == len(rest) - 1 and norm.startswith(word)):
            return False
    return True


class _Pattern:
    """Parts that must all occur near one another in a sentence, in any order."""

    def __init__(self, concept: Concept, parts: Sequence[str], known: _Parts) -> None:
        self.concept = concept
        self.parts = tuple(known.add(part) for part in parts)
        own = _OWN_NEGATIONS if concept.kind == "condition" else frozenset({"not"})
        negating = [
            re.escape(" ".join(words)) + (r"\S*" if cut else "")
            for part in parts
            for words, cut in alternatives(part)
            if not own.isdisjoint(words)
        ]
        self._negating = re.compile(rf"\b(?:{'|'.join(negating)})\b") if negating else None

    def anchor(self, norms: Sequence[str], first: int, last: int) -> int:
        """Return the first token that carries the meaning: the last, or all when "not" is part of the sign itself.

        "no swelling of the throat" and "my throat has no swelling" are denials; "can't see out of one eye" is not.
        """
        own = self._negating is not None and self._negating.search(" ".join(norms[first:last]))
        return first if own else last - 1

    def find(self, found: Mapping[int, Sequence[tuple[int, int]]]) -> list[tuple[tuple[int, int], ...]]:
        """Return the places of the parts, in order, of the smallest spans that hold one occurrence of each.

        found: where the parts occur, as from _Parts.find.
        """
        places = [found[part] for part in self.parts]
        spans: dict[tuple[int, int], tuple[tuple[int, int], ...]] = {}
        chosen_sets = (
            (at, *rest)
            for at in places[0]
            for rest in product(
                *([o for o in part if abs(o[0] - at[0]) <= PATTERN_REACH] for part in places[1:])
            )
        )
        for chosen in chosen_sets:
            ordered = tuple(sorted(chosen))
            first, last = ordered[0][0], max(end for _, end in ordered)
            apart = all(one[1] <= other[0] for one, other in pairwise(ordered))
            if apart and last - first <= PATTERN_REACH:
                spans[first, last] = ordered
        return [
            ordered
            for (first, last), ordered in sorted(spans.items())
            if not any((a, b) != (first, last) and first <= a and b <= last for a, b in spans)
        ]


class Lexicon:
    """Finds concepts and trends in tokens."""

    def __init__(
        self, knowledge: Knowledge, derived: Mapping[str, str], context_words: frozenset[str]
    ) -> None:
        """Compile the phrases.

        derived: keys told from another key's words by the context ("isotretinoin_past" from
        "isotretinoin_current"); their phrases that contain the other's are left to the context.
        context_words: words at the start of a phrase that count as context.

        words: those of the knowledge. forms: their generated plurals and singulars as well.
        """
        self._vocab = spacy.blank("en").vocab
        self._matcher = PhraseMatcher(self._vocab, attr="ORTH")
        self._concepts: dict[str, Concept] = {}
        self._parts = _Parts()
        # by the number of their first part; the second says whether it excludes
        self._patterns: dict[int, list[tuple[_Pattern, bool]]] = {}
        self._context_words = context_words
        self.words: set[str] = set()
        self.forms: set[str] = set()
        by_key = {concept.key: concept for concept in knowledge.concepts}
        for concept in knowledge.concepts:
            source = by_key.get(derived.get(concept.key, ""))
            self._add_concept(concept, source)
        for name, phrases in knowledge.trends.items():
            norms = [self._norms(phrase) for phrase in phrases]
            self.words.update(word for words in norms for word in words)
            self._add(f"trend:{name}", norms)
        self.forms |= self.words

    @property
    def mixed_words(self) -> frozenset[str]:
        """The knowledge's words that hold a digit ("t2d")."""
        return frozenset(word for word in self.words if not word.isalpha())

    def _add_concept(self, concept: Concept, source: Concept | None) -> None:
        name = f"{concept.kind}:{concept.key}"
        self._concepts[name] = concept
        taken = [form for phrase in source.phrases for form in _forms(self._norms(phrase))] if source else []
        phrases: list[tuple[str, ...]] = []
        for phrase in (*concept.phrases, *concept.exclude):
            self.words.update(self._norms(phrase))
        for phrase in concept.phrases:
            norms = self._norms(phrase)
            if concept.key in _NUMBERED and find_ages(tokenize(phrase)):
                continue
            if not any(_contains(norms, other) for other in taken):
                phrases.extend(_forms(norms))
        self._add(name, phrases)
        excluded = (form for phrase in concept.exclude for form in _forms(self._norms(phrase)))
        self._add(f"exclude:{concept.kind}:{concept.key}", excluded)
        for excludes, patterns in ((False, concept.patterns), (True, concept.exclude_patterns)):
            for parts in patterns:
                pattern = _Pattern(concept, parts, self._parts)
                self._patterns.setdefault(pattern.parts[0], []).append((pattern, excludes))
                if concept.kind == "condition":
                    written = [words for part in parts for words, cut in alternatives(part) if not cut]
                    self.words.update(word for words in written for word in words)

    @staticmethod
    def _norms(phrase: str) -> tuple[str, ...]:
        whole = phrase.replace(" ", "")
        known = frozenset(
            {word for word in phrase.lower().split() if any(c.isdigit() for c in word)} | {whole}
        )
        return tuple(token.norm for token in tokenize(phrase, known=known) if token.is_word)

    def _add(self, name: str, phrases: Iterable[tuple[str, ...]]) -> None:
        unique = {phrase for phrase in phrases if phrase}
        if not unique:
            return
        for phrase in unique:
            self.forms.update(phrase)
        self._matcher.add(name, [Doc(self._vocab, words=list(phrase)) for phrase in sorted(unique)])

    def find(self, tokens: Sequence[Token]) -> tuple[list[Found], list[tuple[str, int, int]]]:
        """Return the concepts found, in order, and the trends as (name, first, last)."""
        if not tokens:
            return [], []
        norms = [token.norm for token in tokens]
        found: list[Found] = []
        excluded: list[tuple[str, int, int]] = []
        trends: list[tuple[str, int, int]] = []
        for match_id, first, last in self._matcher(Doc(self._vocab, words=norms)):
            kind, _, rest = self._vocab.strings[match_id].partition(":")
            if kind == "trend":
                trends.append((rest, first, last))
            elif kind == "exclude":
                excluded.append((rest, first, last))
            else:
                concept = self._concepts[f"{kind}:{rest}"]
                found.append(Found(concept, first, last, self._anchor(norms, first, last)))
        otherwise: list[tuple[Concept, int, int]] = []
        for one, excludes in self._find_patterns(norms):
            if excludes:
                otherwise.extend((one.concept, a, b) for a, b in one.parts)
            else:
                found.append(one)
        kept = [one for one in found if not _is_excluded(one, excluded) and not _is_other(one, otherwise)]
        return _without_overlaps(kept), _longest(trends)

    def _anchor(self, norms: Sequence[str], first: int, last: int) -> int:
        anchor = first
        while anchor < last - 1 and norms[anchor] in self._context_words:
            anchor += 1
        return first if norms[anchor] == "not" else anchor

    def _find_patterns(self, norms: Sequence[str]) -> Iterator[tuple[Found, bool]]:
        """Yield what patterns find, each with whether it excludes."""
        start = 0
        for end in [i for i, norm in enumerate(norms) if norm in ".?"] + [len(norms)]:
            parts = self._parts.find(norms, start, end) if end - start > 1 else {}
            for number in parts:
                for pattern, excludes in self._patterns.get(number, ()):
                    if all(part in parts for part in pattern.parts):
                        for places in pattern.find(parts):
                            first, last = places[0][0], max(end for _, end in places)
                            anchor = pattern.anchor(norms, first, last)
                            negative = anchor < last - 1
                            yield Found(pattern.concept, first, last, anchor, places, negative), excludes
            start = end + 1


def _contains(words: Sequence[str], part: Sequence[str]) -> bool:
    size = len(part)
    return size < len(words) and any(
        tuple(words[i : i + size]) == tuple(part) for i in range(len(words) - size + 1)
    )


def _forms(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return a phrase with the plural of its last word, and the singular if it has several words."""
    if not words:
        return []
    last = words[-1]
    forms = [words]
    if not last.isalpha() or len(last) < 3:
        return forms
    if last.endswith("s"):
        if len(words) > 1 and not last.endswith(_SINGULAR_EXCEPTIONS):
            forms.append((*words[:-1], last[:-3] + "y" if last.endswith("ies") else last[:-1]))
    elif last.endswith("y") and last[-2] not in "aeiou":
        forms.append((*words[:-1], last[:-1] + "ies"))
    elif last.endswith(("x", "ch", "sh", "z")):
        forms.append((*words[:-1], last + "es"))
    else:
        forms.append((*words[:-1], last + "s"))
    return forms


def _is_excluded(one: Found, excluded: Sequence[tuple[str, int, int]]) -> bool:
    name = f"{one.concept.kind}:{one.concept.key}"
    if one.from_pattern:
        return any(key == name and first < one.last and one.first < last for key, first, last in excluded)
    return any(key == name and first <= one.first and one.last <= last for key, first, last in excluded)


def _is_other(one: Found, otherwise: Sequence[tuple[Concept, int, int]]) -> bool:
    """Whether a word of a find is part of an excluding pattern of its concept."""
    return any(
        concept is one.concept and first < one.last and one.first < last for concept, first, last in otherwise
    )


def _without_overlaps(found: Sequence[Found]) -> list[Found]:
    """Keep the longest of overlapping finds of a kind; a graver sign is never dropped for a lesser one."""
    ordered = sorted(
        found,
        key=lambda one: (
            one.concept.kind,
            -one.concept.rank,
            one.from_pattern and not (one.negative and one.concept.kind == "condition"),
            one.first - one.last,
            one.first,
        ),
    )
    kept: list[Found] = []
    for one in ordered:
        if not any(_covers(other, one) for other in kept):
            if one.from_pattern and one.concept.kind == "condition":
                kept = [other for other in kept if not _uses_up(one, other)]
            kept.append(one)
    return sorted(kept, key=lambda one: (one.first, one.last))


def _covers(other: Found, one: Found) -> bool:
    """Whether a find makes another superfluous."""
    if other.first >= one.last or one.first >= other.last:
        return False
    if other.concept is one.concept:
        return True
    if other.concept.kind == one.concept.kind == "condition":
        if other.from_pattern and not one.from_pattern:
            return _uses_up(other, one)
        return not one.from_pattern or other.from_pattern or _takes_a_part(other, one)
    holds = other.first <= one.first and one.last <= other.last
    if other.concept.kind == one.concept.kind:
        return holds and not other.from_pattern
    longer = other.last - other.first > one.last - one.first and not (
        other.from_pattern and other.concept.kind == "condition"
    )
    return holds and longer and one.concept.rank < TIERS.index("emergency")


def _takes_a_part(phrase: Found, pattern: Found) -> bool:
    """Whether a phrase holds a word of a pattern and more: the "sore" of "cold sore" is no sore."""
    return any(
        phrase.first < last and first < phrase.last and not (first <= phrase.first and phrase.last <= last)
        for first, last in pattern.parts
    )


def _uses_up(pattern: Found, phrase: Found) -> bool:
    """Whether a phrase of another concept is but one part of a pattern: "allergic" of "allergic to lidocaine"."""
    return phrase.concept.kind == "condition" and any(
        first <= phrase.first and phrase.last <= last for first, last in pattern.parts
    )


def _longest(spans: Sequence[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    kept: list[tuple[str, int, int]] = []
    for name, first, last in sorted(spans, key=lambda span: (span[1] - span[2], span[1])):
        if not any(first < b and a < last for _, a, b in kept):
            kept.append((name, first, last))
    return sorted(kept, key=lambda span: span[1])
