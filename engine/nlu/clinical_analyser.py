"""Finds conditions, signs, days and trends in a message and says how each is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.nlu.assertion import AssertionClassifier, Decision
from engine.nlu.clauses import Place
from engine.nlu.context import HISTORICAL, HYPOTHETICAL, NEGATED, PRESENT, Subject
from engine.nlu.course import find_course_days, read_trends
from engine.nlu.cues import load_cues
from engine.nlu.lexicon import Concept, Found, Knowledge, Lexicon, parse_knowledge
from engine.nlu.measures import ADULT, Measure, find_ages, find_fevers, find_pregnancies
from engine.nlu.spelling import VocabularySpeller, english_words
from engine.nlu.tokens import Token, tokenize

_AGE_UNITS = frozenset({"old", "olds", "year", "years"})
_DENYING_WORDS = "no not never without nor neither none nothing zero deny denies denied denying free sin ni"
_DENIES = frozenset(_DENYING_WORDS.split())
_DENIED_AFTER = re.compile(
    r"^(?:(?:or|and) \w+ )?(?:is|are|was|were|has|have|does|do|did|am) (?:\w+ )?not\b"
    r"|^(?:[-:=?,.] )?(?:no|none|never|negative|not)(?: [.,?]|$)"
)
# The end of a list that one "no" opens, and the most words of one of its items.
_LIST_ENDS = frozenset({"or", "nor"})
_LONGEST_ITEM = 3
_MEASURES = frozenset(
    {"bit", "little", "slight", "slightly", "some", "mild", "mildly", "just", "still", "lots"}
)
_NAMED_ALLERGIES = frozenset({"metal_allergy", "anaesthetic_allergy"})
_BARE_ALLERGY = re.compile(r"al+erg(?:y|ys|ies|ic)(?: to)?$", re.IGNORECASE)
LONGEST_MESSAGE = 4000  # characters that are read; the chat API takes 1,000


@dataclass(frozen=True)
class Mention:
    """Something found in a message.

    entity: "condition", "symptom", "trend" or "day". value: the key, the trend, or the days as text.
    start, end: character offsets in the message. assertion: see engine.nlu.assertion; None for trends and
    days. tier: a symptom's. hedged: said with doubt; a day that may be the symptom's and not the treatment's.
    """

    entity: str
    value: str
    start: int
    end: int
    text: str
    assertion: str | None = None
    tier: str | None = None
    hedged: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the mention as Rasa's entities are written, without what does not apply."""
        # By identity: a mention at the start of a message stands at 0, which equals False.
        fields = {
            name: value for name, value in vars(self).items() if value is not None and value is not False
        }
        return fields


class ClinicalAnalyser:
    """Finds mentions; needs no Rasa."""

    def __init__(self, conditions: Mapping[str, Any], symptoms: Mapping[str, Any]) -> None:
        """conditions, symptoms: the content of the knowledge files. Raises KnowledgeError."""
        self._prepare(parse_knowledge(conditions, symptoms))

    @classmethod
    def of(cls, knowledge: Knowledge) -> ClinicalAnalyser:
        """Return an analyser of knowledge that has been read."""
        analyser = cls.__new__(cls)
        analyser._prepare(knowledge)
        return analyser

    def _prepare(self, knowledge: Knowledge) -> None:
        cues = load_cues()
        self._cues = cues
        self._past = cues.renamed("past_becomes")
        self._recurrent = cues.renamed("recurrent_becomes")
        derived = {target: source for source, target in self._past.items() if target != "cancer_history"}
        self._lexicon = Lexicon(knowledge, derived, cues.context_words)
        self._concepts = {concept.key: concept for concept in knowledge.concepts}
        self._mixed = self._lexicon.mixed_words
        cue_words = {word for word in cues.vocabulary() if word in english_words()}
        self._speller = VocabularySpeller(self._lexicon.words | cue_words, self._lexicon.forms)
        self._classifier = AssertionClassifier(cues)

    def analyse(self, text: str) -> list[Mention]:
        """Return what a message mentions, in order."""
        text = text[:LONGEST_MESSAGE]
        tokens = tokenize(text, self._speller, self._mixed)
        if not tokens:
            return []
        found, trends = self._lexicon.find(tokens)
        found = self._without_signs(tokens, found)
        ages = find_ages(tokens)
        found = self._with_measures(tokens, found, ages)
        decisions = self._classifier.classify(tokens, [_subject(tokens, one) for one in found])
        mentions = [
            self._mention(text, tokens, one, _with_real_denial(tokens, one, decision))
            for one, decision in zip(found, decisions, strict=True)
        ]
        mentions = _without_bare_allergy(mentions)
        signs = any(mention.entity == "symptom" for mention in mentions)
        for name, first, last in read_trends(tokens, trends):
            mentions.append(_plain_mention(text, tokens, "trend", name, first, last))
        for day, doubtful in self._days(tokens, found, signs):
            mention = _plain_mention(text, tokens, "day", str(day.value), day.first, day.last)
            mentions.append(replace(mention, hedged=doubtful))
        return sorted(_unique(mentions), key=lambda mention: (mention.start, mention.end))

    def mention_at_end(self, key: str, text: str, start: int, end: int) -> Mention | None:
        """Return a mention of a condition that text[start:end] as a whole describes; None if there is no such key.

        Its assertion is that of the last word, so that what is said before it counts: "my sister gets".
        """
        tokens = tokenize(text[:LONGEST_MESSAGE], self._speller, self._mixed)
        inside = [
            at for at, token in enumerate(tokens) if start <= token.start < end and token.norm.isalnum()
        ]
        if not inside or key not in self._concepts:
            return None
        found = Found(self._concepts[key], inside[-1], inside[-1] + 1, inside[-1])
        [decision] = self._classifier.classify(tokens, [_subject(tokens, found)])
        mention = self._mention(text, tokens, found, decision)
        return replace(mention, start=start, end=end, text=text[start:end])

    def _without_signs(self, tokens: Sequence[Token], found: list[Found]) -> list[Found]:
        """Leave out what words that stand apart say of the skin if the treatment has just been.

        "A sore on my nose since the session" tells of a sign, which is triaged, and of no wound from before.
        """
        keys = self._cues.keys("also_signs")
        doubtful = [one for one in found if one.from_pattern and one.concept.key in keys]
        if not doubtful:
            return found
        return [one for one in found if one not in doubtful] if self._is_treated(tokens) else found

    def _is_treated(self, tokens: Sequence[Token]) -> bool:
        words = " ".join(token.norm for token in tokens)
        return bool(self._cues.pattern("marks", "treated_now").search(words))

    def tells_of_treatment(self, text: str) -> bool:
        """Tell whether a message says that the treatment has just been."""
        return self._is_treated(tokenize(text[:LONGEST_MESSAGE], self._speller, self._mixed))

    def _with_measures(
        self, tokens: Sequence[Token], found: list[Found], ages: Sequence[Measure]
    ) -> list[Found]:
        """Add the condition that an age means, and the fever that a temperature means."""
        extra: list[Found] = []
        for age in ages:
            concept = self._concepts.get("under_18" if age.value < ADULT else "under_22")
            if concept is not None and not age.past:
                anchor = max(i for i in range(age.first, age.last) if tokens[i].norm not in _AGE_UNITS)
                extra.append(Found(concept, age.first, age.last, anchor))
        for key, measures in (("fever", find_fevers(tokens)), ("pregnancy", find_pregnancies(tokens))):
            concept = self._concepts.get(key)
            if concept is None:
                continue
            for measure in measures:
                if not any(one.concept is concept and _overlap(one, measure) for one in found):
                    extra.append(Found(concept, measure.first, measure.last, measure.last - 1))
        keys = {one.concept.key for one in extra}
        kept = [
            one for one in found if not (one.concept.key in keys and any(_overlap(one, new) for new in extra))
        ]
        years = [one for one in extra if one.concept.key.startswith("under_")]
        kept = [
            one
            for one in kept
            if one.concept.kind == "symptom" or not any(_overlap(one, age) for age in years)
        ]
        return sorted([*kept, *extra], key=lambda one: (one.first, one.last))

    def _mention(self, text: str, tokens: Sequence[Token], found: Found, decision: Decision) -> Mention:
        concept, assertion = self._meaning(found.concept, decision)
        start, end = tokens[found.first].start, tokens[found.last - 1].end
        return Mention(
            entity=concept.kind,
            value=concept.key,
            start=start,
            end=end,
            text=text[start:end],
            assertion=assertion,
            tier=concept.tier or None,
            hedged=decision.hedged,
        )

    def _meaning(self, concept: Concept, decision: Decision) -> tuple[Concept, str]:
        """Return the concept and assertion after the change of key that a past or a return brings."""
        key, assertion = concept.key, decision.assertion
        if assertion == HISTORICAL and self._past.get(key) in self._concepts:
            target = self._concepts[self._past[key]]
            course = key in self._cues.keys("course")
            done_with = decision.long_ago or decision.former
            return target, HISTORICAL if course and done_with else PRESENT
        comes_back = decision.recurrent and assertion != HYPOTHETICAL
        if comes_back and self._recurrent.get(key) in self._concepts:
            return self._concepts[self._recurrent[key]], assertion
        return concept, assertion

    def _days(
        self, tokens: Sequence[Token], found: Sequence[Found], signs: bool
    ) -> list[tuple[Measure, bool]]:
        """Return the days since a treatment and whether they are doubtful; the time of a past botox is none."""
        days = find_course_days(tokens, signs)
        other_treatment = any(one.concept.key in self._cues.keys("recent") for one in found)
        return [] if other_treatment and not signs else days


def _overlap(one: Any, other: Any) -> bool:
    return bool(one.first < other.last and other.first < one.last)


def _with_real_denial(tokens: Sequence[Token], found: Found, decision: Decision) -> Decision:
    """Return the decision; a danger sign is denied only by words beside it.

    "My throat is closing, never had this before" speaks of the past; it denies nothing. Nor does the "no"
    of "no fever, throat closing up"; that of "no fever, hives or trouble breathing" does.
    """
    if decision.assertion != NEGATED or not found.concept.tier:
        return decision
    if found.concept.tier != "emergency":
        return replace(decision, assertion=PRESENT) if _is_measured(tokens, found) else decision
    after = " ".join(token.norm for token in tokens[found.last : found.last + 6])
    denied = _is_in_denied_list(tokens, found) or _DENIED_AFTER.search(after)
    return decision if denied else replace(decision, assertion=PRESENT)


def _is_measured(tokens: Sequence[Token], found: Found) -> bool:
    """Tell whether a sign is told with its measure after a comma: "no fever, bit of swelling"."""
    first = found.anchor
    while first > 0 and tokens[first - 1].norm not in (",", ".", "?"):
        first -= 1
    own = {token.norm for token in tokens[first : found.anchor]}
    follows_comma = first > 0 and tokens[first - 1].norm == ","
    return follows_comma and not own.isdisjoint(_MEASURES) and own.isdisjoint(_DENIES)


def _is_in_denied_list(tokens: Sequence[Token], found: Found) -> bool:
    """Tell whether a denial stands in the mention's part of the sentence, or opens a list that holds it."""
    first = found.first
    while first > 0 and tokens[first - 1].norm not in (".", "?"):
        first -= 1
    parts: list[list[str]] = [[]]
    for token in tokens[first : found.anchor]:
        if token.norm == ",":
            parts.append([])
        else:
            parts[-1].append(token.norm)
    denying = [at for at, part in enumerate(parts) if not _DENIES.isdisjoint(part)]
    if not denying or denying[-1] == len(parts) - 1:
        return bool(denying)
    between = parts[denying[-1] + 1 : -1]
    own = parts[-1]
    if any(len(part) > _LONGEST_ITEM for part in (*between, own)):
        return False
    rest = [token.norm for token in tokens[found.last : found.last + _LONGEST_ITEM + 2]]
    return bool(between) or not _LIST_ENDS.isdisjoint(own) or not _LIST_ENDS.isdisjoint(rest)


def _without_bare_allergy(mentions: list[Mention]) -> list[Mention]:
    """Drop a plain "allergic" beside a named allergy that is meant the same way."""
    named = {mention.assertion for mention in mentions if mention.value in _NAMED_ALLERGIES}
    return [
        mention
        for mention in mentions
        if mention.value != "other_allergy"
        or mention.assertion not in named
        or not _BARE_ALLERGY.match(mention.text)
    ]


def _subject(tokens: Sequence[Token], found: Found) -> Subject:
    return Subject(
        key=found.concept.key,
        place=Place(found.anchor, found.last),
        is_condition=found.concept.kind == "condition",
        emergency=found.concept.tier == "emergency",
        words=" ".join(token.norm for token in tokens[found.first : found.last]),
    )


def _plain_mention(
    text: str, tokens: Sequence[Token], entity: str, value: str, first: int, last: int
) -> Mention:
    start, end = tokens[first].start, tokens[last - 1].end
    return Mention(entity, value, start, end, text[start:end])


def _unique(mentions: Sequence[Mention]) -> list[Mention]:
    """Drop what is said twice in the same place."""
    seen = set()
    kept = []
    for mention in mentions:
        identity = (mention.entity, mention.value, mention.start, mention.end)
        if identity not in seen:
            seen.add(identity)
            kept.append(mention)
    return kept
