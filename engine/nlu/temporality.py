"""Whether a mention is past and over."""

from __future__ import annotations

import re

from engine.nlu.context import Context, Rules

_NOT = re.compile(r"\bnot\b")


class Temporality(Rules):
    """Tells what is over from what lasts, goes on or comes back."""

    def is_historical(self, context: Context) -> bool:
        """Whether the mention is past and over."""
        if any(self.has("historical", "still_after", text) for text in context.later_plain):
            return False
        if self.marked("resumed", f"{context.after} {context.next}"):
            return False
        if self.key_is(context, "acute") and self.marked("still_shows", context.next_two):
            return False
        if not context.subject.is_condition:
            return self._is_historical_sign(context)
        if self.key_is(context, "ages"):
            said = context.text if self.marked("still_at", context.subject.words) else context.raw
            was = self.has("words", "childhood", said) or self.marked("was_one", context.before)
            return was and not self.marked("am", context.before)
        if self.key_is(context, "tendency"):
            return self._was_put_right(context)
        if self.key_is(context, "recent"):
            return self._is_past_treatment(context)
        return self._is_past_condition(context)

    def has_past_time(self, context: Context) -> bool:
        """Whether the clause names a time of a year or more ago, or of childhood."""
        return self._is_past_time(context.raw)

    def is_long_ago(self, context: Context) -> bool:
        """Whether the clause, or a neighbour that tells of the mention, names a time of a year or more ago."""
        if self._is_past_time(context.raw) and not self.marked("other_time", context.after):
            return True
        near = [text for text in (*context.earlier[-1:], context.next) if "#" not in text]
        return any(
            self._is_past_time(text) and (self.marked("of_it", text) or not self.marked("own_event", text))
            for text in near
        )

    def was_had_once(self, context: Context) -> bool:
        """Whether the clause that follows a question says that the speaker had it, long ago or before."""
        said = context.next
        if self.key_is(context, "tendency", "lasting"):
            return False
        if self.key_is(context, "done", "medicine"):
            return self._is_past_time(said) or self.marked("used_to", said)
        past = self.has("historical", "past", said) or self.marked("used_to", said)
        return (
            past
            and not self.has("historical", "perfect", said)
            and not self.has("historical", "ongoing", said)
        )

    def is_former(self, context: Context) -> bool:
        """Whether it is said to be over, with no word of when."""
        said = f"{context.text} {context.next}"
        return self.marked("used_to", said) and not self.marked("dated", said)

    def is_recurrent(self, context: Context) -> bool:
        """Whether it comes and goes: "i get cold sores"."""
        return any(self.has("historical", "recurrent", text) for text in (context.text, context.next))

    def _is_past_time(self, text: str) -> bool:
        return self.has("words", "long_ago", text) or self.has("words", "childhood", text)

    def _is_recent(self, context: Context) -> bool:
        near = [
            text
            for text in (*context.earlier[-1:], context.next)
            if "#" not in text and len(text.split()) < 6
        ]
        own = context.text.replace("@", context.subject.words)  # the words may end in a part of the time
        return self.has("words", "recent_time", " ".join([own, *near]))

    def _was_put_right(self, context: Context) -> bool:
        """Whether a tendency is over all the same: a device taken out, a platelet count long back to normal."""
        said = f"{context.text} {context.next}"
        if self.key_is(context, "removable"):
            return self.marked("taken_out", context.text) and not self.marked("put_back", said)
        if not self.marked("passes", context.subject.words):
            return False
        return self.marked("well_since", said) and self.is_long_ago(context)

    def _is_past_treatment(self, context: Context) -> bool:
        """A treatment counts for a year; a sunburn until it has healed."""
        if self.key_is(context, "acute") and self._is_over(context):
            return True
        former = (
            self.marked("used_to", context.before)
            or self.marked("given_up", context.before)
            or self.marked("before_now", context.after)
        )
        return not self._is_recent(context) and (former or self.is_long_ago(context))

    def _is_past_condition(self, context: Context) -> bool:
        over = self._is_over(context)
        if self.marked("nursed", context.subject.words) and self.marked(
            "grown", f"{context.text} {context.next}"
        ):
            return True
        if not over and self.has("historical", "ongoing", context.text):
            return False
        if not over and self.marked("stated_now", context.before):
            return self.marked("that_time", context.after)
        lasting = not self.cues.keys("lasting_phrases").isdisjoint(context.subject.words.split())
        if lasting or self.key_is(context, "lasting"):
            return over and self.marked("used_to", context.text)
        if over:
            return True
        recent, long_ago = self._is_recent(context), self.is_long_ago(context)
        if self.key_is(context, "course") and self.has("historical", "course", context.before):
            return not recent
        if self._is_begun(context):
            return self.has("historical", "perfect", context.before) and long_ago
        if self.key_is(context, "medicine"):
            return long_ago and not recent
        if self.has("historical", "perfect", context.before):
            return long_ago
        if self._has_past_verb(context):
            return not recent
        return long_ago

    def _is_begun(self, context: Context) -> bool:
        """Whether the time that is named is that of a beginning: "diagnosed in 2015", "got diabetes in 2018"."""
        if self.has("historical", "lasting_words", context.text):
            return True
        brief = self.key_is(context, "acute", "with_baby")
        return not brief and self.has("historical", "came", context.before)

    def _has_past_verb(self, context: Context) -> bool:
        cues = self.cues.pattern("historical", "past").finditer(context.before)
        return any(
            not self.marked("over_blocked", context.before[cue.end() :])
            and not self.marked("believed", context.before[: cue.start()])
            for cue in cues
        )

    def _is_over(self, context: Context) -> bool:
        """Whether something says that it ended: "used to", "stopped", "is gone now"."""
        before, after = context.before, context.after
        if self.has("historical", "ongoing", after) and self.marked("still", after):
            return False
        if any(self._ended(context, cue) for cue in self.cues.pattern("historical", "over").finditer(before)):
            return True
        if self.marked("until_then", context.text):
            return True
        if self.marked("brief", after) and not self.key_is(context, "with_baby"):
            return True
        ended = self.cues.pattern("historical", "after").search(after)
        if ended and not (self.marked("not_yet", ended.group()) or self.marked("partly", after)):
            return True
        if any(self.has("historical", "resolved", text) for text in context.later_plain):
            return True
        if self.has("historical", "not_lately", context.text):
            return True
        return self.has("historical", "perfect", before) and self.has_past_time(context)

    def _ended(self, context: Context, cue: re.Match[str]) -> bool:
        """Whether a cue of an end reaches the mention, and is no plan ("need to stop") and no beginning."""
        before = context.before
        if self.marked("over_blocked", before[cue.end() :]) or self.marked("begun", cue.group()):
            return False
        lead = before[: cue.start()]
        if cue.group().startswith("last ") and (
            self.marked("on_the_last", lead) or self.marked("yet_to_come", context.after)
        ):
            return False
        if self.marked("believed", lead):
            return False
        if self.cues.pattern("marks", "infinitive").match(cue.group()) and self.marked("to_stop", lead):
            return False
        return not self.marked("found_out", lead) or self.has_past_time(context)

    def _is_historical_sign(self, context: Context) -> bool:
        """A sign is over only when that is said plainly; an emergency sign only when it was long ago."""
        if self.is_long_ago(context) or self.marked("last_time", context.text):
            return True
        if context.subject.emergency:
            return False
        gone = self.cues.pattern("marks", "gone").search(context.after)
        if gone and not _NOT.search(context.after[: gone.start()]):
            return True
        if any(self.has("historical", "resolved", text) for text in context.later_plain):
            return True
        return self.marked("used_to", context.before)
