"""Decides the assertion of a mention: the speaker's own and present, or negated, past, supposed, another's.

A ConText-style algorithm: cues before or after the mention reach over a clause unless something between
them stops it. The cues are data, in context_cues.yml. After Chapman et al. 2001 (NegEx) and Harkema et al.
2009 (ConText), with cues for patients' English. In doubt a mention counts as the speaker's own and present,
because a condition that is missed does more harm than one that is asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Optional, Pattern, Sequence, Tuple

from engine.nlu.clauses import Clause, ClauseSplitter, Place, render
from engine.nlu.cues import Cues
from engine.nlu.tokens import Token

PRESENT, NEGATED, HISTORICAL = "present", "negated", "historical"
HYPOTHETICAL, OTHER_PERSON, GENERAL = "hypothetical", "other_person", "general"
ASSERTIONS = frozenset({PRESENT, NEGATED, HISTORICAL, HYPOTHETICAL, OTHER_PERSON, GENERAL})
_REACH = 12  # words between a cue and the mention
_FRAME = "~"
_AUXILIARIES = frozenset("do does did have has had will would can could".split())

_CARRIED = re.compile(r"^(?:and|or|also|plus|who|has|takes|is|was|with|had|gets|on)\b")
_NOT = re.compile(r"\bnot\b")
_NEVER = re.compile(r"\bnever\b")
_I = re.compile(r"\b(?:i|me|my|mine|myself|we|us|our)\b")
_I_ASK = re.compile(r"^(?:, )?(?:can|could|should|may|do|am|will|would|is it ok (?:if|for me)) (?:i|we|to|me)\b")
_MY = re.compile(
    r"\b(?:my|our|mine) (?:(?!doctors?|life|skin|face|friend|appointment|job|is|has|and|to|for|with|about|wants|suggested|gave"
    r"|body|or|says|in|on|of|after|from|question|risk|treatment|microneedling|first|session)\w+ ){0,3}@$"
)
_ON_MINE = re.compile(r"^@ (?:\w+ ){0,3}(?:on|in|around|near|over|under|along|of|across) my\b")
_OWN_BEFORE = re.compile(r"\b(?:my|these|our) (?!life|skin|knowledge|face|family|body|record)(?:\w+ ){0,2}$")
_LIKE_ME = re.compile(r"\b(?:like me|me included|including me|myself included|such as me)\b")
_SUPPOSED = re.compile(r"what if|what happens|what w|in case|suppose|imagin|might|may|could|worried|scared|afraid|nervous|fear|concern")
_WITH = re.compile(r"\b(?:with|while|if|on|when|during|after|since|being|though|because|having)\b")
_RISK = re.compile(
    r"\b(?:causes?|risks?|side effects?|common|rare|chances?|possible|likely|happens?|do people|lead to|leads to|ever|typical)\b"
)
_WILL = re.compile(
    r"\b(?<!to )(?:will|would|could|can|might|do|does|going to) (?:i|you|it|people|my \w+|they|anyone|someone|the \w+|there be) (?:\w+ )?@"
)
_ACTUAL = re.compile(r"\b(?:still|now|already|again|today|yesterday|ago|been|keeps?|getting worse|day \d+|this morning)\b")
_SIGN_IS_OWN = re.compile(
    r"\b(?:still|now|already|again|today|yesterday|ago|been|keeps?|worse|day \d+|day (?:one|two|three|four|five|six|seven)"
    r"|this|these|so|since|my|after \d+|currently|i have|i am|i got|i see|have i|am i)\b"
)
_USED_TO = re.compile(r"\bused to\b|\bno longer\b|\bany ?more\b|\boutgr[eo]w|\bgrew out\b|\bremoved\b|\bcured\b|\btaken out\b")
_BEFORE_NOW = re.compile(r"\b(?:in the past|previously|once|before)\b")
_STILL = re.compile(r"\b(?:still|again|back|currently|right now|on and off|comes and goes|sometimes)\b")
_OVER_BLOCKED = re.compile(
    r"\b(?:now|(?:and|i|also) have|i am|still|but|because|since i|no idea|not know|found out|diagnosed|born|prescribed|told|put on|started|tell|currently|wondering)\b"
)
_BEGUN = re.compile(r"\b(?:diagnosed|born|prescribed|told|put on|started|given|wondering|asking|hoping|going|thinking)\b")
_FOUND_OUT = re.compile(r"\b(?:found out|find out|turns out|learned|discovered|no idea|not know|not realize|not realise|unaware|surprised|realized|realised|confirmed|told|says|said)\b")
_NAMED_PERSON = re.compile(r"\b(?:my (?:\w+ )?(?:son|daughter|kids?|child|girl|boy)|wife|she|he)\b")
_IS_IT = re.compile(r"\b(?:is|are|could|can|might|was) (?:this|that|these|it|they) (?:be |really |actually |just |maybe |a |an |some |called )*@$")
_OR_WHAT = re.compile(r"^@(?: (?:or|maybe|then|on|that i have|i have|again|do you think|u think)\b.*)?$")
_NOT_YET = re.compile(r"\b(?:not|never) (?:\w+ ){0,2}(?:gone|cleared|healed|over|stopped|finished|resolved|disappeared|went|cured|dried)\b")
_SO_DO = re.compile(r"\bso (?:do|am|have) i\b")
_LAST_TIME = re.compile(
    r"\b(?:last time|(?:first|previous|last|other) (?:session|treatment|clinic|place|appointment)|back then|the first time)\b"
)
_AM = re.compile(r"\b(?:am|is|are|still|be) (?:\w+ ){0,2}@$")
_VERB = re.compile(r"\b(?:is|was|has|are|had|did|does|got|who|gets?|might|will|can|with|she|her|wife|wifes|friends?|sisters?)\b")
_INFINITIVE = re.compile(r"(?:come|stop|quit|go|get|finish|going|coming|be|been|off|done|over)\b")
_TO_STOP = re.compile(r"\b(?:to|of|about|considering|trying|without|should i|must i|can i|could i|do i|if i|when i|before i|once i|until i|will i|would|never|not|cannot) (?:\w+ )?$")
_AFTER = re.compile(r"\bi\b.*\b(?:after|since|following|post|with) (?:a |an |the |having |getting )*@$")
_PARTICIPLE = re.compile(r"(?:ed|burnt)$")
_STATED = re.compile(r"^(?:\w+ ){0,4}@(?: \w+){0,3} [,:(-] (?!#|or|and)\w")
_DROPPED_SUBJECT = re.compile(r"^(?:and |but |now )?(?:is|are|was|has|does|do) (?:\w+ )?[@#]")
_USUAL = re.compile(r"^@ (?:\w+ ){0,3}(?:normal|common|ok|okay|expected|usual|side effect|typical|bad|a problem|to be)")
_GONE = re.compile(
    r"\b(?:gone|went away|gone away|cleared|resolved|disappeared|subsided|went down|gone down|healed|over now|passed|stopped|better now|fine now|calmed down)\b"
)
_HOW_LONG = re.compile(r"^(?:so |and |but )?(?:how (?:many|long|soon|far|much)|when)\b")
_BABY = re.compile(r"\b(?:baby|babys|newborn|infant|twins?|\d+ (?:month|week)s? old|(?:month|week) old)\b")


@dataclass(frozen=True)
class Subject:
    """What is asserted: the key of a condition or sign, where it stands, and all the words that were matched."""

    key: str
    place: Place
    is_condition: bool
    emergency: bool = False
    words: str = ""


@dataclass(frozen=True)
class Decision:
    """The assertion of a mention.

    hedged: said with doubt ("might have"). recurrent: it comes and goes ("i get cold sores").
    long_ago: a year or more.
    """

    assertion: str
    hedged: bool = False
    recurrent: bool = False
    long_ago: bool = False


@dataclass(frozen=True)
class _Context:
    """The words around one mention."""

    subject: Subject
    clause: Clause
    text: str  # the clause with its framing ("i was wondering if") left out
    scope: str  # with the clause before, when this one goes on from it
    before: str
    after: str
    earlier: Sequence[str]
    later: Sequence[str]
    word: str  # the mention's first word
    raw: str  # the clause with all its words


class AssertionClassifier:
    """Decides assertions by the cues around a mention."""

    def __init__(self, cues: Cues) -> None:
        """cues: the context cues."""
        self._cues = cues
        self._splitter = ClauseSplitter(cues)

    def classify(self, tokens: Sequence[Token], subjects: Sequence[Subject]) -> List[Decision]:
        """Return a decision for each subject, in the same order."""
        relative = self._p("words", "relative")
        places = [subject.place for subject in subjects if not relative.search(subject.words)]
        clauses = self._splitter.split(tokens, places)
        return [self._decide(self._context(tokens, clauses, subject, places)) for subject in subjects]

    def _p(self, section: str, name: str) -> Pattern[str]:
        return self._cues.pattern(section, name)

    def _context(
        self, tokens: Sequence[Token], clauses: Sequence[Clause], subject: Subject, places: Sequence[Place]
    ) -> _Context:
        at = next((i for i, c in enumerate(clauses) if c.first <= subject.place.first < c.last), 0)
        clause = clauses[at]
        others = [place for place in places if place != subject.place]
        framing = self._p("general", "framing")

        def words(index: int, target: Optional[Place]) -> str:
            return render(tokens, clauses[index], target, others)

        text = framing.sub(_FRAME, words(at, subject.place))
        first = at
        while clauses[first].elided and first > 0:
            first -= 1
        scope = " ".join([framing.sub(_FRAME, words(i, None)) for i in range(first, at)] + [text])
        before, _, after = text.partition("@")
        return _Context(
            subject=subject,
            clause=clause,
            text=text,
            scope=scope,
            before=before.strip() + " @" if before.strip() else "@",
            after="@" + after,
            earlier=[words(i, None) for i in range(max(0, at - 3), at)],
            later=[words(i, None) for i in range(at + 1, min(len(clauses), at + 4))],
            word=tokens[subject.place.first].norm,
            raw=render(tokens, clause, None, []),
        )

    # ------------------------------------------------------------------ the decision

    def _decide(self, context: _Context) -> Decision:
        hedged = bool(self._p("negation", "hedge").search(context.before)) or self._asks_what_it_is(context)
        recurrent = any(self._p("historical", "recurrent").search(text) for text in (context.text, *context.later[:1]))
        long_ago = self._is_long_ago(context)
        assertion = self._assertion(context, hedged)
        return Decision(assertion, hedged and assertion == PRESENT, recurrent, long_ago)

    def _asks_what_it_is(self, context: _Context) -> bool:
        if context.subject.key in self._cues.keys("recent") | self._cues.keys("medicine"):
            return False
        return bool(_IS_IT.search(context.before) and _OR_WHAT.search(context.after))

    def _assertion(self, context: _Context, hedged: bool) -> str:
        if any(self._p("experiencer", "me_neither").search(text) for text in (context.after, *context.later[:1])):
            return NEGATED
        if self._is_other_person(context):
            return PRESENT if self._said_of_self_too(context) else OTHER_PERSON
        answer = self._answered(context)
        if answer:
            return answer
        if self._p("negation", "double").search(context.before):
            return PRESENT
        if self._is_hypothetical(context):
            return PRESENT if self._said_of_self_too(context) else HYPOTHETICAL
        if self._p("negation", "denial").search(context.before):
            return NEGATED
        if self._is_negated(context) and not self._asks_about_group(context):
            return self._when_negated(context)
        if self._is_general(context, hedged):
            if self._said_of_self_too(context):
                return PRESENT
            return OTHER_PERSON if self._said_of_another(context) else GENERAL
        if self._is_historical(context):
            return HISTORICAL
        if not self._p("experiencer", "self").search(context.text) and self._said_of_another(context):
            return OTHER_PERSON
        return PRESENT

    # ------------------------------------------------------------------ whose

    def _is_other_person(self, context: _Context) -> bool:
        with_baby = context.subject.key in self._cues.keys("with_baby")
        after = self._p("experiencer", "other_after").search(context.after)
        if after and not (with_baby and _BABY.search(after.group())):
            return True
        before = context.scope[: context.scope.index("@") + 1]
        if _NAMED_PERSON.search(context.subject.words):
            return True
        own = _last(self._p("experiencer", "self"), before)
        together = [match.span() for match in self._p("experiencer", "together").finditer(before)]
        other = _last(self._p("experiencer", "other"), before, together)
        if other is not None and with_baby:
            if _BABY.search(before[other:]) or not _VERB.search(before[other:]):
                other = None
        if other is not None:
            return own is None or other >= own
        if own is not None:
            return False
        return self._carries_other_person(context)

    def _carries_other_person(self, context: _Context) -> bool:
        """Whether the clause goes on about a person spoken of before: "asking for a friend. pregnant, ok?"."""
        if self._p("general", "question_start").search(context.text) and context.clause.opens:
            return False
        for text in reversed(context.earlier):
            other = _last(self._p("experiencer", "other"), text)
            own = _last(self._p("experiencer", "self"), text)
            if other is not None and (own is None or other > own):
                return bool(_CARRIED.search(context.text)) or "asking for" in text or context.clause.elided
            if own is not None:
                return False
        return False

    def _said_of_self_too(self, context: _Context) -> bool:
        me_too = self._p("experiencer", "me_too")
        asks = self._p("general", "question_start")
        for text in (context.after[1:].strip(), *context.later[:2]):
            if me_too.search(text) and "#" not in text and not _NOT.search(text):
                if _SO_DO.search(text) or not asks.search(text):
                    return True
        return False

    def _said_of_another(self, context: _Context) -> bool:
        they = self._p("experiencer", "they_have_it")
        return any(they.search(text) and "#" not in text for text in context.later[:1])

    # ------------------------------------------------------------------ answers and corrections

    def _answered(self, context: _Context) -> Optional[str]:
        """Return what the words that follow answer or correct, if they do."""
        if not context.later:
            return None
        following = context.later[0]
        if self._p("answers", "not_so").search(following) and not self._p("historical", "past").search(context.before):
            return NEGATED
        if self._p("answers", "still_have").search(following):
            return PRESENT
        for words in (following, " ".join(context.later[:2])):
            if self._p("answers", "correct_yes").search(words) and self._is_negated(context):
                return PRESENT
            if self._p("answers", "correct_no").search(words):
                return NEGATED
        bare = self._p("general", "bare_question").search(context.text)
        if bare or (context.clause.question and not self._p("experiencer", "self").search(context.text)):
            if self._p("answers", "no").search(following) or self._p("answers", "no").search(" ".join(context.later[:2])):
                return NEGATED
            if self._p("answers", "yes").search(following):
                return PRESENT
        return None

    # ------------------------------------------------------------------ supposed

    def _is_hypothetical(self, context: _Context) -> bool:
        if self._own_now(context):
            return False
        before = context.scope[: context.scope.index("@") + 1]
        keys = self._cues
        recent = context.subject.key in keys.keys("recent")
        for cue in self._p("hypothetical", "before").finditer(before):
            gap = before[cue.end() :]
            if len(gap.split()) > _REACH or self._p("hypothetical", "blocked").search(gap.strip() or " "):
                continue
            had = cue.group().endswith("had")
            if had and (recent or self._past_time(context)):
                continue
            if self._past_time(context) and cue.group().startswith("if"):
                continue
            if context.subject.key in keys.keys("plans") and not _SUPPOSED.search(cue.group()):
                continue
            if context.subject.emergency and not _SUPPOSED.search(cue.group()):
                continue
            return True
        if context.subject.emergency or context.subject.key in keys.keys("ages") | keys.keys("with_baby") | keys.keys("plans"):
            return False
        return bool(self._p("hypothetical", "after").search(context.after))

    def _own_now(self, context: _Context) -> bool:
        """Whether the mention is tied to the speaker so closely that "if" or "might" does not count."""
        return context.subject.is_condition and bool(_MY.search(context.before))

    # ------------------------------------------------------------------ not there

    def _is_negated(self, context: _Context) -> bool:
        before, after = context.before, context.after
        if self._p("negation", "double").search(before):
            return False
        if self._p("negation", "after").search(after):
            return True
        doubt = _last_end(self._p("negation", "hedge"), before) or 0
        cues = self._p("negation", "before").finditer(before)
        return any(cue.start() >= doubt and self._reaches(context, before, cue.end()) for cue in cues)

    def _reaches(self, context: _Context, before: str, end: int) -> bool:
        gap = before[end:-1]
        cue = before[:end].split()[-1]
        if len(gap.split()) > _REACH or self._p("negation", "blocked").search(gap.strip() + " "):
            return False
        if _OWN_BEFORE.search(gap):
            return False
        if self._p("negation", "corrected").search(before[:-1]) and cue == "not":
            return bool(self._p("negation", "correction_needs").search(gap + context.after))
        if cue == "no" and "," in gap and context.word in self._cues.keys("adjectives"):
            return False
        auxiliary = before[:end].split()[-2:-1]
        if cue == "not" and auxiliary and auxiliary[0] in _AUXILIARIES:
            plain = self._p("negation", "adverbs").sub("", gap.strip() + " ", count=1).strip()
            return not plain or bool(self._p("negation", "verbs").match(plain))
        return True

    def _when_negated(self, context: _Context) -> str:
        if self._p("historical", "not_lately").search(context.text):
            return HISTORICAL
        if self._p("historical", "anymore").search(context.text) and not _NEVER.search(context.before):
            return HISTORICAL
        return NEGATED

    # ------------------------------------------------------------------ nobody's in particular

    def _is_general(self, context: _Context, hedged: bool) -> bool:
        scope_before = context.scope[: context.scope.index("@") + 1]
        text = context.text
        asked = context.clause.question or bool(self._p("general", "question_start").search(text))
        people = _last(self._p("general", "people_before"), scope_before)
        own = _last(self._p("experiencer", "self"), scope_before)
        mine = bool(_MY.search(context.before)) or bool(_ON_MINE.search(context.after))
        if people is not None and (own is None or people > own) and not mine:
            return not _LIKE_ME.search(text)
        if self._p("general", "people_after").search(context.after):
            return own is None
        if self._p("general", "asked_of_a_person").search(text) and asked:
            return True
        if not context.subject.is_condition:
            return self._is_general_sign(context, asked, mine, own is not None)
        done = context.subject.key in self._cues.keys("done")
        if done and self._p("general", "own_action").search(text):
            return True
        if mine:
            return False
        if done and not self._was_had(context):
            return True
        if self._p("general", "action").search(text):
            return True
        if asked and self._brings_about(context):
            return True
        if _I.search(text) or any(_I_ASK.search(later) for later in context.later[:1]):
            return False
        if hedged:
            return False
        if asked and self._p("general", "own_state").search(text):
            return False
        if self._p("general", "topic").search(text) or self._p("general", "negative_question").search(text):
            return True
        if _STATED.search(text) and not self._p("general", "question_start").search(text):
            return False
        if self._p("general", "bare_question").search(text):
            return context.clause.question and not self._has_own_fragment(text)
        if asked:
            return not self._has_own_fragment(text)
        return False

    def _was_had(self, context: _Context) -> bool:
        """Whether something says that a treatment was had: a time, a past verb, "waxed"."""
        words = context.text + " " + context.subject.words
        asks = any(_I_ASK.search(later) for later in context.later[:1]) or bool(_AFTER.search(context.before))
        return asks or bool(self._p("treated", "evidence").search(words)) or bool(_PARTICIPLE.search(context.subject.words))

    def _asks_about_group(self, context: _Context) -> bool:
        """Whether it is a question about a group: "why can't pregnant women have it"."""
        asked = context.clause.question or self._p("general", "question_start").search(context.text)
        if self._p("general", "negative_question").search(context.text):
            return True
        return bool(asked and self._p("general", "people_after").search(context.after))

    def _brings_about(self, context: _Context) -> bool:
        """Whether the question is if the treatment brings the mention about: "will i get keloids"."""
        cue = None
        for cue in self._p("general", "outcome").finditer(context.before):
            pass
        return cue is not None and not _WITH.search(context.before[cue.end() :])

    def _is_general_sign(self, context: _Context, asked: bool, mine: bool, own: bool) -> bool:
        text = context.text
        if not context.clause.question and _DROPPED_SUBJECT.search(text):
            asked = bool(_USUAL.search(context.after))
        if asked and (self._brings_about(context) or _WILL.search(context.before)):
            return not _ACTUAL.search(text)
        if mine:
            return False
        if context.subject.emergency:
            return asked and not own and bool(_RISK.search(text))
        if own and not self._p("general", "action").search(text):
            return False
        if _SIGN_IS_OWN.search(text) or self._has_own_fragment(text) or _STATED.search(text):
            return False
        return asked or bool(self._p("general", "topic").search(text) and _RISK.search(text))

    def _has_own_fragment(self, text: str) -> bool:
        return bool(self._p("general", "own_fragment").search(text)) and not _HOW_LONG.search(text)

    # ------------------------------------------------------------------ over

    def _past_time(self, context: _Context) -> bool:
        return bool(_search(self._cues, "long_ago", context.raw) or _search(self._cues, "childhood", context.raw))

    def _is_long_ago(self, context: _Context) -> bool:
        around = " ".join([context.raw, *[text for text in (*context.earlier[-1:], *context.later[:1]) if "#" not in text]])
        return bool(_search(self._cues, "long_ago", around) or _search(self._cues, "childhood", around))

    def _is_historical(self, context: _Context) -> bool:
        key, keys = context.subject.key, self._cues
        if any(self._p("historical", "still_after").search(text) for text in context.later[:2] if "#" not in text):
            return False
        over = self._is_over(context)
        if not context.subject.is_condition:
            return self._is_historical_sign(context)
        if key in keys.keys("ages"):
            return bool(_search(keys, "childhood", context.raw)) and not _AM.search(context.before)
        if key in keys.keys("tendency"):
            return False
        recent = bool(_search(keys, "recent_time", self._with_fragments(context)))
        long_ago = self._is_long_ago(context)
        if key in keys.keys("recent"):
            healed = key in keys.keys("acute") and over
            return healed or (not recent and (long_ago or self._is_former(context)))
        if self._p("historical", "ongoing").search(context.text) and not over:
            return False
        if over:
            lasts = key in keys.keys("lasting") or self._is_for_life(context)
            return not lasts or bool(_USED_TO.search(context.text))
        if key in keys.keys("lasting") or self._is_for_life(context):
            return False
        if key in keys.keys("course") and self._p("historical", "course").search(context.before):
            return not recent
        if key in keys.keys("medicine"):
            return long_ago and not recent and not self._started(context)
        if self._p("historical", "perfect").search(context.before):
            return long_ago
        if self._has_past_verb(context):
            return not recent and not self._started(context)
        if long_ago:
            return not self._started(context)
        return False

    def _is_for_life(self, context: _Context) -> bool:
        return not self._cues.keys("lasting_phrases").isdisjoint(context.subject.words.split())

    def _is_former(self, context: _Context) -> bool:
        """Whether a treatment was given at some time before, without saying when."""
        return bool(_USED_TO.search(context.before) or _BEFORE_NOW.search(context.after))

    def _has_past_verb(self, context: _Context) -> bool:
        cues = self._p("historical", "past").finditer(context.before)
        return any(not _OVER_BLOCKED.search(context.before[cue.end() :]) for cue in cues)

    def _started(self, context: _Context) -> bool:
        return bool(self._p("historical", "lasting_words").search(context.text))

    def _is_over(self, context: _Context) -> bool:
        text, before, after = context.text, context.before, context.after
        still = bool(self._p("historical", "ongoing").search(after)) and bool(_STILL.search(after))
        if still:
            return False
        for cue in self._p("historical", "over").finditer(before):
            if _OVER_BLOCKED.search(before[cue.end() :]) or _BEGUN.search(cue.group()):
                continue
            if _INFINITIVE.match(cue.group()) and _TO_STOP.search(before[: cue.start()]):
                continue
            if not _FOUND_OUT.search(before[: cue.start()]) or self._past_time(context):
                return True
        ended = self._p("historical", "after").search(after)
        if ended and not _NOT_YET.search(ended.group()):
            return True
        if any(self._p("historical", "resolved").search(later) for later in context.later[:2] if "#" not in later):
            return True
        if self._p("historical", "not_lately").search(text):
            return True
        return bool(self._p("historical", "perfect").search(before) and self._past_time(context))

    def _is_historical_sign(self, context: _Context) -> bool:
        if self._is_long_ago(context) or _LAST_TIME.search(context.text):
            return True
        if context.subject.emergency:
            return False
        gone = _GONE.search(context.after)
        if gone and not _NOT.search(context.after[: gone.start()]):
            return True
        resolved = self._p("historical", "resolved")
        if any(resolved.search(later) for later in context.later[:2] if "#" not in later):
            return True
        return bool(_USED_TO.search(context.before))

    def _with_fragments(self, context: _Context) -> str:
        """Return the clause with neighbours that hold no mention: "yesterday, i had ..."."""
        near = [text for text in (*context.earlier[-1:], *context.later[:1]) if "#" not in text and len(text.split()) < 6]
        return " ".join([context.text, *near])


def _search(cues: Cues, word_list: str, text: str) -> bool:
    return bool(cues.pattern("words", word_list).search(text))


def _last_end(pattern: Pattern[str], text: str) -> Optional[int]:
    """Return where the last match of a pattern ends."""
    end = None
    for match in pattern.finditer(text):
        end = match.end()
    return end


def _last(pattern: Pattern[str], text: str, except_in: Sequence[Tuple[int, int]] = ()) -> Optional[int]:
    """Return where the last match of a pattern starts, leaving out matches that start inside given spans."""
    start = None
    for match in pattern.finditer(text):
        if not any(first <= match.start() < last for first, last in except_in):
            start = match.start()
    return start
