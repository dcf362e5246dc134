"""Reads the course of a symptom: the day after the treatment, and whether it gets better or worse.

Reassurance depends on both, so what is doubtful is left out or marked: "red today" does not say when the
treatment was, "should it be getting better by now" does not say that it is, and "not getting any better" says
that it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.nlu.measures import Measure, find_days
from engine.nlu.tokens import Token

Trend = tuple[str, int, int]
"""A trend and the tokens [first, last) that say it."""

BETTER, SAME, WORSE = "better", "same", "worse"
_ANSWER_LENGTH = 8  # tokens; a text so short without a symptom answers "when was your treatment?"

_TREATMENT = (
    r"(?:micro ?needl\w*|needl\w+|treat\w*|session|appointment|appt|procedure|facial|derma ?pen\w*|derma ?roll\w*"
    r"|roller|rolled|rolling|skin ?pen|stamped|rf|prp|morpheus\w*|numbed|visit)"
)
_HAD_IT = (
    r"(?:(?:had|got|did|have had|having had|done|finished|getting)"
    r" (?:it|this|that|mine|my|the|a|one|done|face|microneedling)\b"
    r"|(?:was|were) (?:done|there|in|at your|at the clinic|treated|needled)\b"
    r"|(?:saw|left|visited) (?:you|your|the)\b|came in\b)"
)
_ABOUT_TREATMENT = re.compile(rf"\b(?:{_TREATMENT}|{_HAD_IT})")
_SESSION = (
    r"(?:micro ?-?needl\w*|needl\w+|treatment|session|sesh|appointment|appt|procedure|facial|visit|derma ?-?\w+"
    r"|rf|prp|pen|roller|numbing|cream|serum|gel|go|do)"
)
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_WHEN = (
    rf"(?:yesterday|yday|yesdy|today|2day|tonight|this (?:morning|afternoon|evening|week)|last \w+|on {_WEEKDAY}"
    rf"|{_WEEKDAY}|\w+ \w+ ago|just now|at (?:noon|lunch\w*))"
)
_TREATED = re.compile(
    rf"\bsince (?:\S+ ){{0,4}}?(?:{_SESSION}|did|had|done|saw|left|got)\b"
    r"|\b(?:you|u|they|she|he|your \w+|ur \w+) (?:guys |lot |all )?"
    r"(?:did|needled|treated|rolled|numbed|worked|passed|creamed|touched|put (?:the|that|it))\b"
    rf"|\b(?:had|got|did|was) (?:it |mine |this |my |the |a |her |his )?(?:\w+ ){{0,3}}?(?:done |dun )?{_WHEN}\b"
    rf"|\b(?:done|dun|needled|treated|numbed) (?:me |my \w+ )?{_WHEN}\b"
    rf"|\b{_SESSION} (?:was |of |from |on )?(?:the )?{_WHEN}\b"
    rf"|\b(?:last|first|second|third|fourth|fifth|sixth|[2-6](?:nd|rd|th)|{_WEEKDAY}'?s|yesterday'?s|today'?s"
    rf"|this morning'?s) {_SESSION}\b"
    rf"|\b(?:days?|weeks?|wks?|months?|hours?|hrs?|nights?) (?:after|since|post|from|on from)\b"
    rf"|\bpost ?-?{_SESSION}\b|\bleft (?:you|your|ur|the clinic)|\bin your chair\b|\bhome from (?:my|the|your|ur)\b",
    re.IGNORECASE,
)
_AFTER_ONE = re.compile(
    rf"\b(?:after|from|following|with) (?:my |the |your |ur |this |that |a )?(?:last |first )?{_SESSION}s?\b",
    re.IGNORECASE,
)
_TO_COME = re.compile(
    r"\b(?:will|would|should i|can i|could i|when can|how long|before|plan\w*|going to|gonna|thinking|book\w*"
    r"|next|tomorrow|upcoming|still come|reschedul\w*|postpon\w*|cancel\w*|if i|do people|does it|do you)\b",
    re.IGNORECASE,
)
_OWN_TIME = re.compile(r"^(?:.*\b)?(?:yesterday|today|tonight|this \w+|last \w+|for .*)$")
_LONG = 7  # days; "red for 9 days" says enough whenever the treatment was
_OF_A_TREATMENT = re.compile(r"\b(?:since|after|from|post|of)(?: \w+)?$")
_COMPARED = re.compile(
    r"\b(?:than|like|as|unlike|from|versus|vs|compared (?:to|with)|until|till|by|before|through) (?:\w+ )?$"
)
_SINCE = re.compile(r"\bsince (?:\w+ )?$")
_NUMBER = r"(?P<n>\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple(?: of)?|few|several)"
_UNIT = r"(?P<unit>hour|day|night|week|fortnight|month|year)s?"
_BARE_COUNT = re.compile(
    r"^(?:(?:about|like|almost|nearly|maybe|around|over|roughly|approximately|probably"
    r"|it|was|is|has|been|i|think|just|only|for|um|a) )*?"
    rf"{_NUMBER} {_UNIT}(?: (?:ago|back|now|or so|maybe|today|i think|\.|,))*$"
)
_COUNTED_FURTHER = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_NUMBER} {_UNIT} (?:on|along|afterwards|gone|(?:have |has )(?:passed|gone))\b",
        rf"\b{_NUMBER} {_UNIT} (?:, )?(?:and )?(?:(?:i am|it is|(?:my|the) \w+ is) )?still(?! (?:to|left)\b)",
        rf"\bthat (?:is|makes) (?:it )?{_NUMBER} {_UNIT}\b",
        rf"(?:^|[.,] )after {_NUMBER} {_UNIT} (?:is|it is|it has|the \w+ is|my \w+ is|skin is|still|only)\b",
        r"\b(?:it is|been|for|since|now|after) (?P<n>an?|one|two) (?P<unit>fortnight)s?\b",
        r"\b(?P<n>an?|one|two) (?P<unit>fortnight)s? (?:ago|back|since|later|out|now|already|after|post|and)\b",
    )
)
_AHEAD = re.compile(
    r"\b(?:in|every|next|within|another|wait|until|till|before|give it|lasts?|takes?) (?:\w+ )?$"
)
_OF_THE_SESSION = tuple(
    (days, re.compile(rf"\b{when} {_SESSION}\b"))
    for days, when in (
        (0, r"(?:this (?:morning|afternoon|evening)'?s|today'?s|tonight'?s)"),
        (1, r"(?:yesterday(?: \w+)?'?s|last (?:night|evening)'?s)"),
    )
)
_JUST_LEFT = re.compile(
    r"\b(?:just|only just|literally just|fresh) (?:got |come |came |walked |stepped |now )?"
    r"(?:(?:back|home|out|in) )*(?:(?:of|from|off) (?:yours|you|your \w+"
    r"|the (?:clinic|chair|salon|session|treatment|needling))|left (?:yours|you|your \w+|the (?:clinic|salon)))\b"
)
_NEXT_MORNING = re.compile(r"\b(?:the|very) (?:next|following) (?:morning|day)\b")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_A_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_TODAY_IS = r"(?:it is|todays|today is|today it is|now it is|now|this is) (?:now |only |already |just )?"
_DAY_TO_DAY = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!last )(?<!next )\b(?P<then>{_A_DAY})\b[^?]{{0,80}}?\b{_TODAY_IS}(?P<now>{_A_DAY})\b",
        rf"\b{_TODAY_IS}(?P<now>{_A_DAY})\b[^?]{{0,60}}?\bon (?P<then>{_A_DAY})\b",
    )
)
_NUMBERED = re.compile(rf"\b(?P<unit>week|month) {_NUMBER}\b|\bd ?(?P<day>\d{{1,2}})\b")
_WORDS = "zero one two three four five six seven eight nine ten"
_COUNTS = {word: count for count, word in enumerate(_WORDS.split())} | {
    "a": 1,
    "an": 1,
    "couple": 2,
    "couple of": 2,
    "few": 3,
    "several": 4,
}
_UNIT_DAYS = {"hour": 0, "day": 1, "night": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}

_NEGATED = re.compile(
    r"\b(?:not|no|never|nothing|none|hardly|barely|without|nor|neither|far from|zero|little|stopped)"
    r"(?: (?:a|any|get|gets|got|getting|gotten|been|be|look|looks|looking|feel|feels|feeling|seem|seems|seeming"
    r"|become|even|really|actually|exactly|quite|much|that|very|so|sign|signs|of|is|has|it|me|see|seeing|one|bit"
    r"|going|went|gone|or|yet|anything|the|swelling|redness|noticed|noticing|improvement))* $"
)
_NOT_SAID = re.compile(
    r"\b(?:hope|hopes|hoping|hopefully|should|shouldnt|will|would|may|might|when|if|whether|until|till|supposed"
    r"|make|makes|made|want|wants|wish|need|needs|waiting for|wait for|how long|how soon|what|ways? to|tips"
    r"|thought|expected|expecting|assumed|can it|could it|does it|do they|is it|is this|are they|am i|going to|to"
    r"|for (?:it|this)) (?:\w+ ){0,4}$"
)
_WORSE_BEFORE = re.compile(
    r"^(?: (?:yesterday|before|last night|on day \S+|at first|the first|first|at the start|earlier|this morning"
    r"|days?|part|for|is over))\b"
)
# "It was far redder yesterday" says that it is better; "worse yesterday than before" does not.
_WAS_WORSE = re.compile(
    r"(?<!if )\b(?:it|they|this|that|all|skin|face|redness|swelling|cheeks?|nose|forehead|chin|which|he|she|i|and|but) "
    r"(?:was|were|looked|felt) (?:all )?(?:(?:much|far|a lot|lots|way|loads|even|a bit|a good bit|a good deal) )?"
    r"(?:worse|redder|pinker|puffier|sorer|hotter|warmer|brighter|angrier|itchier|tighter|rosier"
    r"|more (?:red|pink|swollen|sore|painful|puffy|angry|itchy|tender|inflamed))"
    rf" (?:yesterday(?: \w+ing)?|last (?:night|evening)|the day before|(?:on )?the first day|on day (?:one|1|0)"
    rf"|on {_A_DAY})\b(?! than| too| as well| also| again)"
)
# "It was better yesterday" says that it is worse.
_WAS = re.compile(r"\b(?:was|were|looked|felt|been) (?:\w+ ){0,2}$")
_THEN = re.compile(
    r"^ (?:yesterday|last (?:night|evening|week)|the day before|earlier|this morning|on day)\b"
)
_ASKED = re.compile(
    r"\bwas (?:it|that|yours|hers) (?:\w+ ){0,3}?(?:worse|redder|pinker|puffier|sorer|hotter)\b"
)
# "Redder on the cheeks than the chin" compares places, not times.
_OF_A_PLACE = re.compile(
    r"^ (?:on|in|at|by|along|around|round|over|near) (?:the |my |her |his )?(?:\w+ ){1,3}?than (?:on |in |at )?"
    r"(?:the |my |her |his )?(?!yesterday|before|last|it|this|at first|earlier|when)\w+"
)
_SUPERLATIVE = re.compile(r"\bworst$")
_OF_ANOTHER = re.compile(
    r"\b(?:hers|theirs|his|friends?|sisters?|mums?|moms?) (?:\w+ )?(?:was|were|is|looked|went|had)"
    r" (?:all |just |about )*$"
)
_FOR_ANOTHER = re.compile(r"^ for (?:her|him|them|everyone|others)\b")
_STRONG = r"(?:red|scarlet|crimson|lobster|tomato|beetroot|prawn|purple)"
_BEFORE = (
    rf"(?:yesterday(?: \w+)?|last (?:night|nite|evening)|this morning|at first|the first day|on {_A_DAY}"
    r"|day (?:one|1|0))"
)
_PALER = re.compile(
    rf"\b(?:{_STRONG} {_BEFORE}|{_BEFORE} (?:[^\W\d]+ ){{0,4}}?{_STRONG})\b"
    r"(?: (?!not\b|red\b|still\b)\S+){0,6}? (?:pink|pinkish|rosy|blushy|pale)\b"
)
_NOT_WORSE = re.compile(r"\b(?:worse|worst|worsening|spreading|bigger|increasing)$")


def find_course_days(tokens: Sequence[Token], signs: bool) -> list[tuple[Measure, bool]]:
    """Return the days since a treatment, each with whether it is doubtful.

    tokens: the message. signs: whether it names a symptom. "Today" and "yesterday" beside a symptom are its own
    time unless the words are about the treatment; they come back as doubtful.
    """
    text = [token.norm for token in tokens]
    found: list[tuple[Measure, bool]] = []
    for day in [*find_days(tokens), *_more_days(text)]:
        before = " ".join(text[: day.first]) + " " if day.first else ""
        said = " ".join(text[day.first : day.last])
        if _COMPARED.search(before) and not _OF_A_TREATMENT.search(before.strip()):
            continue
        found.append((day, signs and not _is_certain(text, day, said)))
    bare = None if signs or found else _bare_count(" ".join(text), len(text))
    return found if bare is None else [(bare, False)]


def tells_of_treatment(text: str) -> bool:
    """Tell whether a message says that a treatment has taken place: "since you did my chin", "needled monday"."""
    return bool(_TREATED.search(text) or (_AFTER_ONE.search(text) and not is_to_come(text)))


def is_to_come(text: str) -> bool:
    """Tell whether a message speaks of what is still to be done: "can i", "before my", "tomorrow"."""
    return bool(_TO_COME.search(text))


def _more_days(text: Sequence[str]) -> Iterator[Measure]:
    """Yield the days of "12 days on", "today's session", "done on Monday, now it is Friday", "d3" and "week 2".

    Week 2 begins on day 7. Two weekdays fix the day only together, and only beside the treatment.
    """
    line = " ".join(text)
    for pattern in _COUNTED_FURTHER:
        for match in pattern.finditer(line):
            if not _AHEAD.search(line[: match.start()]):
                yield _measure(line, match, _count(match["n"]) * _UNIT_DAYS[match["unit"]])
    for days, pattern in (*_OF_THE_SESSION, (0, _JUST_LEFT), (1, _NEXT_MORNING)):
        for match in pattern.finditer(line):
            yield _measure(line, match, days)
    for pattern in _DAY_TO_DAY:
        for match in pattern.finditer(line):
            then, now = (_WEEKDAYS.index(match[name][:3]) for name in ("then", "now"))
            sentence = re.split(r"[.?]", line[: match.end("then")])[-1]
            # The same weekday may be today or a week ago.
            if then != now and (_ABOUT_TREATMENT.search(sentence) or _TREATED.search(sentence)):
                yield _measure(line, match, (now - then) % 7)
    for match in _NUMBERED.finditer(line):
        value = int(match["day"]) if match["day"] else (_count(match["n"]) - 1) * _UNIT_DAYS[match["unit"]]
        yield _measure(line, match, max(value, 0))


def _measure(line: str, match: re.Match[str], value: int) -> Measure:
    return Measure(value, *_span(line, match))


def _is_certain(text: Sequence[str], day: Measure, said: str) -> bool:
    """Whether a day beside a symptom is the treatment's and not the symptom's."""
    if not _OWN_TIME.match(said) or (day.value >= _LONG and said.startswith("for ")):
        return True
    first, last = day.first, day.last
    while first > 0 and text[first - 1] not in (".", "?", ",", "but", "and", "-", "now"):
        first -= 1
    while last < len(text) and text[last] not in (".", "?", ",", "but", "and", "-", "now"):
        last += 1
    return bool(_ABOUT_TREATMENT.search(" ".join(text[first:last])))


def _bare_count(line: str, size: int) -> Measure | None:
    """Return the days of an answer that is only a length of time: "2 weeks", "about a month"."""
    match = _BARE_COUNT.match(line) if size <= _ANSWER_LENGTH else None
    if match is None:
        return None
    return Measure(_count(match["n"]) * _UNIT_DAYS[match["unit"]], 0, size)


def _count(number: str) -> int:
    return min(int(number), 1000) if number.isdigit() else _COUNTS[number]


def read_trends(tokens: Sequence[Token], found: Sequence[Trend]) -> list[Trend]:
    """Return what the trend words really say.

    "Not getting better" is the same, "not worse" too; hopes, questions and plans say nothing; what was worse
    before is over once it is better.
    """
    text = [token.norm for token in tokens]
    meant: list[Trend] = []
    for name, first, last in found:
        start = first
        while start > 0 and text[start - 1] not in (".", "?", ",", "but", "and"):
            start -= 1
        before = " ".join(text[start:first]) + " "
        said = " ".join(text[first:last])
        rest = "".join(" " + word for word in text[last : last + 8])
        after = "".join(" " + word for word in text[last : last + 3])
        if name != WORSE and (_OF_ANOTHER.search(before) or _FOR_ANOTHER.match(after)):
            continue
        if name != SAME and _NEGATED.search(before):
            name = SAME
        elif name == BETTER and _WAS.search(before) and _THEN.match(after):
            name = WORSE
        elif (name == BETTER and _NOT_SAID.search(before)) or (name == WORSE and _OF_A_PLACE.match(rest)):
            continue
        elif name == WORSE and _WORSE_BEFORE.match(after):
            better_since = any(other == BETTER for other, at, _ in found if at > last)
            if _SUPERLATIVE.search(said) or better_since:
                continue
        meant.append((name, first, last))
    line = " ".join(text)
    earlier = [] if _ASKED.search(line) else [_span(line, match) for match in _WAS_WORSE.finditer(line)]
    meant = [one for one in meant if one[0] != WORSE or not any(a <= one[1] < b for a, b in earlier)]
    meant += [(BETTER, *span) for span in earlier]
    meant += [(BETTER, *_span(line, match)) for match in _PALER.finditer(line)]
    if any(name == BETTER for name, *_ in meant):
        meant = [one for one in meant if one[0] != SAME or not _is_not_worse(text, one)]
    return meant


def _span(line: str, match: re.Match[str]) -> tuple[int, int]:
    """Return the tokens [first, last) of a match."""
    first = line.count(" ", 0, match.start())
    return first, first + match.group().count(" ") + 1


def _is_not_worse(text: Sequence[str], trend: Trend) -> bool:
    return bool(_NOT_WORSE.search(" ".join(text[trend[1] : trend[2]])))


__all__ = ["Trend", "find_course_days", "is_to_come", "read_trends", "tells_of_treatment"]
