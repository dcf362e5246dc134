"""Whose condition it is, and what a later clause answers or corrects."""

from __future__ import annotations

import re

from engine.nlu.context import HISTORICAL, NEGATED, PRESENT, Context, Rules, last_start

_NOT = re.compile(r"\bnot\b")


class Experiencer(Rules):
    """Tells the speaker from other people."""

    def is_other_person(self, context: Context) -> bool:
        """Whether the mention is said of somebody else: the nearest person spoken of before it counts."""
        with_baby = self.key_is(context, "with_baby")
        after = self.cues.pattern("experiencer", "other_after").search(context.after)
        if after and not (with_baby and self.marked("baby", after.group())):
            return True
        words = context.subject.words
        if self.marked("named_person", words) and not self.marked("nursed", words):
            return True
        if self.marked("on_my_body", context.after):
            return False
        before = context.scope
        cut = context.after == "@" and not self.speaks_of_self(before)
        if cut and self.marked("theirs", context.next):
            return True
        own = last_start(self.cues.pattern("experiencer", "self"), before)
        together = [match.span() for match in self.cues.pattern("experiencer", "together").finditer(before)]
        other = last_start(self.cues.pattern("experiencer", "other"), before, together)
        if other is not None and with_baby:
            said = before[other:]
            if self.marked("at_breast", words) and self.marked("child", said):
                return False
            if self.marked("baby", said) or not (self.marked("verb", said) or self.marked("whose", said)):
                other = None
        if self.key_is(context, "ages") and self.marked("they_are", before):
            return True
        if other is not None:
            return own is None or other >= own
        return own is None and self._goes_on(context)

    def _goes_on(self, context: Context) -> bool:
        """Whether the clause goes on about a person spoken of before: "asking for a friend. pregnant, ok?"."""
        if context.clause.opens and self.has("general", "question_start", context.text):
            return False
        for text in reversed(context.earlier):
            other = last_start(self.cues.pattern("experiencer", "other"), text)
            own = last_start(self.cues.pattern("experiencer", "self"), text)
            if other is not None and (own is None or other > own):
                return self.marked("carried", context.text) or "asking for" in text or context.clause.elided
            if own is not None:
                return False
        return False

    def is_self_too(self, context: Context) -> bool:
        """Whether what follows says the same of the speaker: "... and so do i"."""
        if context.clause.question and self.has("experiencer", "had_it", context.next):
            return True
        for text in (context.after[1:].strip(), *context.later[:2]):
            if "#" in text or _NOT.search(text) or not self.has("experiencer", "me_too", text):
                continue
            if self.marked("so_do", text) or not self.has("general", "question_start", text):
                return True
        return False

    def is_another_after_all(self, context: Context) -> bool:
        """Whether the clause that follows says it of somebody else: "... my sister has it"."""
        return "#" not in context.next and self.has("experiencer", "they_have_it", context.next)

    def is_neither(self, context: Context) -> bool:
        """Whether what follows denies it of the speaker as well: "... and neither do i"."""
        if self.has("experiencer", "neither", context.before):
            return True
        return any(self.has("experiencer", "me_neither", text) for text in (context.after, context.next))


class Answers(Rules):
    """Reads the clause after the mention as an answer or a correction: "pregnant? no", "... wait yes i do"."""

    def answer(self, context: Context, negated: bool) -> str | None:
        """Return the assertion that is answered, or None.

        negated: whether the mention's own clause denies it.
        """
        recorded = self._recorded(context)
        if recorded is not None:
            return recorded
        if self.has("answers", "not_so", context.next) and not self.has("historical", "past", context.before):
            return NEGATED
        unsaid = self._unsaid(context)
        if unsaid is not None:
            return unsaid
        if any(self.has("answers", "never_had", text) for text in context.later_plain):
            return NEGATED
        for text in (context.after, context.next):
            if self.has("answers", "ticked_no", text):
                return NEGATED
            if self.has("answers", "ticked_yes", text):
                return PRESENT
        said = (context.after, context.next, context.next_two)
        wrong = any(self.has("answers", "thought_wrong", text) for text in said)
        if wrong and self.has("answers", "thought", context.before):
            return NEGATED
        rest = context.after.partition(",")[2].strip()
        if any(self.has("answers", "still_have", text) for text in (context.next, rest)):
            return PRESENT
        for words in (context.next, *context.later[1:2], context.next_two, said[0], f"{said[0]} {said[1]}"):
            if negated and self.has("answers", "correct_yes", words):
                return PRESENT
        for words in (context.next, context.next_two):
            if self.has("answers", "correct_no", words):
                return NEGATED
        bare = self.has("general", "bare_question", context.text)
        if not context.subject.is_condition and self.marked("not_before", context.next):
            return None
        if bare or (context.clause.question and not self.speaks_of_self(context.text)):
            if self.has("answers", "no", context.next) or self.has("answers", "no", context.next_two):
                return NEGATED
            if self.has("answers", "yes", context.next):
                return PRESENT
        return None

    def _unsaid(self, context: Context) -> str | None:
        """Return how it is meant if what was said of it earlier is taken back or put right, else None."""
        if not context.subject.is_condition:
            return None
        taken_back = self.cues.pattern("answers", "taken_back").search(context.before)
        if taken_back:
            return PRESENT if _NOT.search(taken_back.group()) else NEGATED
        said = f"{context.after} {context.next}"
        if self.has("answers", "misspoken", context.before) and self.has("answers", "meant", said):
            return NEGATED
        return None

    def _recorded(self, context: Context) -> str | None:
        """Return how it is meant if it only stands on a form that is wrong or out of date, else None."""
        if not context.subject.is_condition:
            return None
        said = " ".join([*context.earlier[-1:], context.text, context.next_two])
        if self.marked("put_down", context.before) and self.marked("by_mistake", said):
            return NEGATED
        if not self.marked("on_record", context.before):
            return None
        if self.marked("ended", said):
            return HISTORICAL
        return NEGATED if self.marked("struck_off", said) else None
