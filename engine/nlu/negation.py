"""Whether a mention is denied, and whether it is only supposed."""

from __future__ import annotations

import re

from engine.nlu.context import HISTORICAL, NEGATED, REACH, Context, Rules, last_end
from engine.nlu.temporality import Temporality

_AUXILIARIES = frozenset(["do", "does", "did", "have", "has", "had", "will", "would", "can", "could"])
_OF_A_TREATMENT = ("do", "have", "book", "schedule")  # "if i do laser" is a plan, "if i have eczema" none
_TO_COME = ("will", "shall")  # "i will be 18 in may" tells the age now
_ANY = re.compile(r"\b(?:any|anything)\b")
_DENIAL = re.compile(r"\b(?:not|never)\b")
_NEVER = re.compile(r"\bnever\b")


class Negation(Rules):
    """NegEx for patients' English: cues before the mention that reach it, and cues after it."""

    def is_negated(self, context: Context) -> bool:
        """Whether the mention is denied. Two denials make none; a denial before a doubt does not count."""
        before = context.before
        if self.is_double(context):
            return False
        if self.has("negation", "after", context.after) or self._is_well(context):
            return True
        if self._is_prevented(context) or self._is_unused(context):
            return True
        if self.key_is(context, "allergies") and (
            self.marked("tolerates", before)
            or self.marked("tolerates_after", context.after)
            or self.marked("joke", context.after)
        ):
            return True
        doubt = last_end(self.cues.pattern("negation", "hedge"), before)
        cues = self.cues.pattern("negation", "before").finditer(before)
        return any(cue.start() >= doubt and self._reaches(context, cue.end()) for cue in cues)

    def _is_well(self, context: Context) -> bool:
        """Whether the words say that an organ is well: "my heart is fine"."""
        words = context.subject.words
        if not context.subject.is_condition:
            return False
        well = self.marked("healthy", words) and not _DENIAL.search(words)
        if self.marked("organ", words) and self.marked("well_after", context.after):
            return True
        return well or self.marked("healthy_denied", words)

    def _is_prevented(self, context: Context) -> bool:
        """Whether only a vaccine is spoken of: "jabbed for hep b"."""
        return self.key_is(context, "vaccinated") and self.marked("vaccine", context.text)

    def _is_unused(self, context: Context) -> bool:
        """Whether a medicine is owned and not used: "i have retinol but never opened it"."""
        said = " ".join([context.after, *context.later_plain[:1]])
        return self.key_is(context, "medicine") and self.marked("unopened", said)

    def is_double(self, context: Context) -> bool:
        """Whether a denial is itself denied or ended: "not that i don't have it", "not until last year".

        So is a "no" that was ticked by mistake.
        """
        if self.marked("said_no", context.before) and self.marked("by_mistake", context.text):
            return True
        if self.has("negation", "until", context.after) and _DENIAL.search(context.before):
            return True
        return self.has("negation", "double", context.before)

    def is_hedged(self, context: Context) -> bool:
        """Whether the mention is said with doubt, or asked about as one's own: "is this eczema"."""
        if self.has("negation", "hedge", context.before):
            return True
        if self.key_is(context, "recent", "medicine"):
            return False
        return self.marked("is_it", context.before) and self.marked("or_what", context.after)

    def is_denied(self, context: Context) -> bool:
        """Whether a doubt comes to a denial: "i don't think i have it", "no way i could have it".

        Who doubts a pregnancy is still asked about it.
        """
        if context.subject.is_condition and self.marked("impossible", context.before):
            return not context.clause.question
        denial = self.cues.pattern("negation", "denial").search(context.before)
        if denial is None or (self.key_is(context, "with_baby") and not _ANY.search(context.before)):
            return False
        return not context.subject.emergency and not self.marked(
            "own_before", context.before[denial.end() : -1]
        )

    def kind(self, context: Context) -> str:
        """Return "historical" for a denial that tells of a past ("not ... anymore"), else "negated"."""
        if context.subject.emergency:
            return NEGATED
        if self.has("historical", "not_lately", context.text):
            return HISTORICAL
        if self.marked("was_before", context.next) and not _NEVER.search(context.before):
            return HISTORICAL
        if self.has("historical", "anymore", context.text) and not _NEVER.search(context.before):
            return HISTORICAL
        return NEGATED

    def _reaches(self, context: Context, end: int) -> bool:
        """Whether a cue that ends at a character of the text before the mention reaches the mention."""
        before = context.before
        gap = before[end:-1]
        cue = before[:end].split()
        if len(gap.split()) > REACH or self.has("negation", "blocked", gap.strip() + " "):
            return False
        if self.marked("own_before", gap):
            return False
        if context.subject.emergency and self.has("negation", "emergency_blocked", gap):
            return False
        if cue[-1] == "not" and self.has("negation", "corrected", before[:-1]):
            return self.has("negation", "correction_needs", gap + context.after)
        if cue[-1] == "no" and "," in gap and context.word in self.cues.keys("adjectives"):
            return False
        if cue[-1] == "not" and len(cue) > 1 and cue[-2] in _AUXILIARIES:
            plain = self.cues.pattern("negation", "adverbs").sub("", gap.strip() + " ", count=1).strip()
            return not plain or self.cues.pattern("negation", "verbs").match(plain) is not None
        return True


class Supposition(Rules):
    """Tells what is only supposed: "what if", "planning to", "worried about"."""

    def __init__(self, temporality: Temporality) -> None:
        """temporality: the rules of time; "if i had" with a past time is none."""
        super().__init__(temporality.cues)
        self._temporality = temporality

    def is_hypothetical(self, context: Context) -> bool:
        """Whether the mention is only supposed."""
        subject = context.subject
        if self._is_done_between(context):
            return True
        if self.marked("one_of_mine", context.before):
            return True
        if subject.is_condition and self.marked("my", context.before):
            return False
        if self._is_inverted(context):
            return True
        begins = self.marked("becoming", subject.words) or (
            self.key_is(context, "plans") and self.marked("start", context.before)
        )
        if begins and self.marked("if_it", context.before):
            return True
        if subject.emergency and self._is_asked_ahead(context):
            return True
        if self.key_is(context, "course_of") and self.marked("in_course", context.before):
            return False
        for cue in self.cues.pattern("hypothetical", "before").finditer(context.scope):
            gap = context.scope[cue.end() :].strip()
            unplanned = self.marked("not_planned", context.scope[: cue.start()])
            if unplanned and self.marked("a_plan", cue.group()):
                continue
            reaches = len(gap.split()) <= REACH and not self.has("hypothetical", "blocked", gap or " ")
            if reaches and self._counts(context, cue.group()):
                return True
        if self.marked("in_future", context.after) or self.has("hypothetical", "planned", context.text):
            return True
        if subject.is_condition and self.has("hypothetical", "on_the_day", context.text):
            return True
        if self.key_is(context, "done", "medicine") and self.has("hypothetical", "suggested", context.before):
            return True
        if self.has("hypothetical", "declined", context.next) and not self.has(
            "historical", "past", context.before
        ):
            return self.key_is(context, "done", "medicine")
        if self.marked("prescribed", context.before) and self.marked(
            "not_begun", context.after + " " + context.next
        ):
            return True
        if subject.emergency or self.key_is(context, "ages", "with_baby", "plans"):
            return False
        return self.has("hypothetical", "after", context.after)

    def _is_done_between(self, context: Context) -> bool:
        """Whether a treatment is supposed before or between visits: "if i got my lip waxed the day before".

        So is one that is still to come: "can i come before my botox".
        """
        if not self.key_is(context, "done") or self.marked("just_past", context.raw):
            return False
        asked = self.marked("to_come", context.before) and not self.has("general", "own_action", context.text)
        if asked and not self.marked("had_its_effect", context.after):
            return True
        if self.marked("due", context.after):
            return True
        had = self.marked("if_had", context.before) and self.marked("beforehand", context.after)
        return had or self.marked("if_done", context.before)

    def _is_inverted(self, context: Context) -> bool:
        """Whether a condition without "if" supposes it: "should it come back"; the next clause goes on with it."""
        if self.has("hypothetical", "inverted", context.text):
            return True
        before = context.earlier[-1] if context.earlier else ""
        return context.text.startswith("and ") and self.has("hypothetical", "inverted", before)

    def _is_asked_ahead(self, context: Context) -> bool:
        """Whether it is asked what to do about a sign that is not there: "what do i do if my lips swell"."""
        words = f"{context.subject.words} {context.after[1:]}"
        return self.marked("to_do_if", context.before) and not self.marked("going_on", words)

    def _counts(self, context: Context, cue: str) -> bool:
        past = self._temporality.has_past_time(context)
        if self.key_is(context, "ages") and cue.startswith(_TO_COME):
            return False
        if self.key_is(context, "done") and self.marked("just_past", context.raw):
            return False
        if cue.startswith("if") and cue.endswith(_OF_A_TREATMENT) and not self.key_is(context, "done"):
            return False
        if cue.endswith("had") and (past or self.key_is(context, "recent")):
            return False
        if cue.startswith("if") and past:
            return False
        if self.key_is(context, "removable") and self.marked("out", context.after):
            return False
        if context.subject.emergency or self.key_is(context, "plans"):
            return self.marked("supposed", cue)
        return True
