"""Decides the assertion of a mention: the speaker's own and present, or negated, past, supposed, another's.

A ConText-style algorithm: cues before or after the mention reach over a clause unless something between
them stops it. The cues are data, in context_cues.yml. After Chapman et al. 2001 (NegEx) and Harkema et al.
2009 (ConText), with cues for patients' English. In doubt a mention counts as the speaker's own and present,
because a condition that is missed does more harm than one that is asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.nlu.clauses import ClauseSplitter
from engine.nlu.context import (
    GENERAL,
    HISTORICAL,
    HYPOTHETICAL,
    NEGATED,
    OTHER_PERSON,
    PRESENT,
    Context,
    Subject,
    read_context,
)
from engine.nlu.cues import Cues
from engine.nlu.experiencer import Answers, Experiencer
from engine.nlu.generality import Generality
from engine.nlu.negation import Negation, Supposition
from engine.nlu.temporality import Temporality
from engine.nlu.tokens import Token


@dataclass(frozen=True)
class Decision:
    """The assertion of a mention.

    hedged: said with doubt ("might have"). recurrent: it comes and goes ("i get cold sores").
    long_ago: a year or more. former: over, without a word of when ("used to").
    """

    assertion: str
    hedged: bool = False
    recurrent: bool = False
    long_ago: bool = False
    former: bool = False


class AssertionClassifier:
    """Decides assertions by the cues around a mention."""

    def __init__(self, cues: Cues) -> None:
        """cues: the context cues."""
        self._cues = cues
        self._splitter = ClauseSplitter(cues)
        self._experiencer = Experiencer(cues)
        self._answers = Answers(cues)
        self._negation = Negation(cues)
        self._temporality = Temporality(cues)
        self._supposition = Supposition(self._temporality)
        self._generality = Generality(cues)

    def classify(self, tokens: Sequence[Token], subjects: Sequence[Subject]) -> list[Decision]:
        """Return a decision for each subject, in the same order."""
        relative = self._cues.pattern("words", "relative")
        places = [subject.place for subject in subjects if not relative.search(subject.words)]
        clauses = self._splitter.split(tokens, places)
        contexts = [read_context(self._cues, tokens, clauses, one, places) for one in subjects]
        decisions: list[Decision] = []
        supposed: set[str] = set()
        for context in contexts:
            decision = self._decide(context)
            if context.subject.key in supposed and self._asks_on(context, decision):
                decision = Decision(HYPOTHETICAL)
            if decision.assertion == HYPOTHETICAL:
                supposed.add(context.subject.key)
            decisions.append(decision)
        return decisions

    def _asks_on(self, context: Context, decision: Decision) -> bool:
        """Whether a question goes on about what was supposed: "i plan to breastfeed. ok while nursing?"."""
        if decision.assertion != PRESENT or not context.subject.is_condition:
            return False
        return self._generality.asks(context) and not self._generality.marked("my", context.before)

    def _decide(self, context: Context) -> Decision:
        hedged = self._negation.is_hedged(context)
        assertion = self._assertion(context, hedged)
        return Decision(
            assertion=assertion,
            hedged=hedged and assertion == PRESENT,
            recurrent=self._temporality.is_recurrent(context),
            long_ago=self._temporality.is_long_ago(context),
            former=self._temporality.is_former(context),
        )

    def _assertion(self, context: Context, hedged: bool) -> str:
        """Ask each dimension in turn: whose, answered, supposed, denied, in general, over."""
        who = self._experiencer
        if who.is_neither(context):
            return NEGATED
        negated = self._negation.is_negated(context)
        if who.is_other_person(context):
            if negated and not context.subject.is_condition:
                return NEGATED
            return PRESENT if who.is_self_too(context) else OTHER_PERSON
        answer = self._answers.answer(context, negated)
        if answer is not None:
            return answer
        if self._negation.is_double(context):
            return PRESENT
        if self._supposition.is_hypothetical(context):
            return PRESENT if who.is_self_too(context) else HYPOTHETICAL
        if self._negation.is_denied(context):
            return NEGATED
        if negated and not self._generality.asks_about_group(context):
            return self._negation.kind(context)
        if self._generality.is_general(context, hedged):
            if who.is_self_too(context):
                return HISTORICAL if self._temporality.was_had_once(context) else PRESENT
            return OTHER_PERSON if who.is_another_after_all(context) else GENERAL
        if self._temporality.is_historical(context):
            return HISTORICAL
        if who.is_another_after_all(context) and not who.speaks_of_self(context.text):
            return OTHER_PERSON
        return PRESENT
