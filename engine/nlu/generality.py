"""Whether a mention is asked about in general, with no sign that it is the speaker's."""

from __future__ import annotations

from engine.nlu.context import Context, Rules, last_start


class Generality(Rules):
    """Tells questions about a condition from statements of one's own; in doubt it is the speaker's own."""

    def is_general(self, context: Context, hedged: bool) -> bool:
        """Whether the mention is nobody's in particular.

        hedged: said with doubt, which makes a question one about oneself ("is this eczema").
        """
        asked = self.asks(context)
        if context.subject.words.startswith("not ") and self.marked("cannot", context.before):
            return False
        if context.subject.is_condition and self.has("general", "or_not", context.text):
            return True
        mine = any(
            self.marked(name, text)
            for name, text in (
                ("my", context.before),
                ("on_mine", context.after),
                ("i_have_it", f"{context.after} {context.next}" if context.after == "@" else context.after),
            )
        )
        if self.has("general", "of_work", context.text) and not mine:
            return True
        own = last_start(self.cues.pattern("experiencer", "self"), context.scope)
        people = last_start(self.cues.pattern("general", "people_before"), context.scope)
        if people is not None and not mine and (own is None or people > own):
            if not (asked or context.subject.is_condition) and self._is_of_someone(context, people):
                return False
            return not self.marked("like_me", context.text)
        if self.has("general", "people_after", context.after):
            return not self.marked("own_statement", context.before)
        one_person = self.marked("one_person", context.subject.words) and self.marked(
            "any_one", context.before
        )
        if asked and (one_person or self.has("general", "asked_of_a_person", context.text)):
            return True
        if not context.subject.is_condition:
            return self._is_general_sign(context, asked, mine, own is not None)
        return self._is_general_condition(context, asked, mine, hedged)

    def _is_of_someone(self, context: Context, people: int) -> bool:
        """Whether a sign is told of one who is there: "someone has collapsed", not "when someone collapses"."""
        said = self.cues.pattern("marks", "someone").match(context.scope, people)
        return said is not None and not self.has("general", "question_start", context.scope)

    def asks_about_group(self, context: Context) -> bool:
        """Whether it is a question about a group: "why can't pregnant women have it"."""
        if self.has("general", "negative_question", context.text):
            return True
        if self.marked("tag", context.next):
            return not self.speaks_of_self(context.scope)
        if not self.asks(context):
            return False
        own = last_start(self.cues.pattern("experiencer", "self"), context.scope)
        people = last_start(self.cues.pattern("general", "people_before"), context.scope)
        if people is not None and own is None:
            return True
        return self.has("general", "people_after", context.after)

    def _is_general_condition(self, context: Context, asked: bool, mine: bool, hedged: bool) -> bool:
        text = context.text
        done = self.key_is(context, "done")
        if done and self.has("general", "own_action", text):
            return True
        if mine or self.marked("own_statement", context.before):
            return False
        if done and not self._was_had(context):
            return True
        if self.has("general", "outcome_after", text) and not self.key_is(context, "never_outcome"):
            return True
        if self.has("general", "action", text) or (asked and self._brings_about(context)):
            return True
        if self.marked("i", text) or self.marked("i_ask", context.next) or hedged:
            return False
        if asked and self.has("general", "own_state", text):
            return False
        if self.marked("stated", text) and not self.has("general", "question_start", text):
            return False
        if self.has("general", "topic", text) or self.has("general", "negative_question", text):
            return True
        return asked and not self._is_own_fragment(text)

    def _is_general_sign(self, context: Context, asked: bool, mine: bool, own: bool) -> bool:
        text = context.text
        if not context.clause.question and self.marked("dropped_subject", text):
            asked = self.marked("usual", context.after)
        if asked and (self._brings_about(context) or self.marked("will", context.before)):
            return not self.marked("actual", text)
        if mine:
            return False
        if context.subject.emergency:
            return asked and not own and self.marked("risk", text)
        if own and not self.has("general", "action", text):
            return False
        if self.marked("sign_is_own", text) or self.marked("stated", text) or self._is_own_fragment(text):
            return False
        return asked or (self.has("general", "topic", text) and self.marked("risk", text))

    def _was_had(self, context: Context) -> bool:
        """Whether something says that a treatment was had: a time, a past verb, "waxed"."""
        text = self.cues.pattern("marks", "no_time").sub("", context.text)
        return (
            self.has("treated", "evidence", f"{text} {context.subject.words}")
            or self._is_told_with_day(context)
            or self.marked("participle", context.subject.words)
            or self.marked("i_ask", context.next)
            or self.marked("after", context.before)
        )

    def _is_told_with_day(self, context: Context) -> bool:
        """Whether an amount or a place of the body stands beside a day: "two syringes in my chin friday"."""
        if self.asks(context) or not self.marked("a_day", context.text):
            return False
        return self.marked("amount", context.text) or self.marked("put_in", context.text)

    def _brings_about(self, context: Context) -> bool:
        """Whether the question is if the treatment brings the mention about: "will i get keloids"."""
        if self.key_is(context, "never_outcome"):
            return False
        ends = [cue.end() for cue in self.cues.pattern("general", "outcome").finditer(context.before)]
        return bool(ends) and not self.marked("with", context.before[ends[-1] :])

    def _is_own_fragment(self, text: str) -> bool:
        return self.has("general", "own_fragment", text) and not self.marked("how_long", text)
