"""Reads ages, temperatures and days since a treatment from a message's tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.nlu.tokens import Token

ADULT = 18
DEVICE_AGE = 22  # US device authorisation is for 22 and over
YOUNGEST = 5  # below, a bare number is no age of a person who is spoken of here
FEVER_C = 38.0
FEVER_F = 100.4
_UNITS = {"hour": 0, "day": 1, "night": 1, "morning": 1, "week": 7, "month": 30, "year": 365}
_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_NUMBERS = {word: value for value, word in enumerate(_NUMBER_WORDS.split())}
_VAGUE = {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4}
_DIGITS = "|".join(list(_NUMBERS)[1:10])
_N = rf"(?:\d+(?:\.\d+)?|twenty one|{'|'.join(_NUMBERS)}(?! (?:{_DIGITS})\b))"

# ---------------------------------------------------------------- ages
_YOUNG = (
    r"(?:daughter|son|sister|brother|niece|nephew|kid|child|girl|boy|teen\w*|cousin|friend|lad|lass|lassie|bairn|wean"
    r"|nipper|grandson|granddaughter|stepson|stepdaughter|goddaughter|godson|eldest|youngest|student|pupil)"
)
_IS_AGED = (
    r"(?:(?:am|is|be|will be|has|have|just|only|recently|almost|nearly|about to be|still|already|barely|going to be"
    r"|turned|turning|turn|turns|really|actually|in fact|in truth|truly|now|currently) ){1,4}"
)
_NOT_AGE = (
    r"(?! ?(?:\.\d|%|/|-|weeks?|months?|days?|hours?|min\w*|sec\w*|times?|sessions?|treatments?|mm|cm|ft|feet|lbs?|kg"
    r"|pounds?|percent|am|pm|or|to|th|more|of|and a half|scars?|moles?|miles?|blocks?|point"
    r"|years? (?:ago|since|post|out|in|later|of|clean|clear|free|sober|now)))"
)
_NOT_THING = r"(?! (?:scar|tattoo|mark|house|acne|burn|wound|filler|implant|injury|cut)\w*)"
_TEEN = r"1[1-9]|2[01]"
# What is said of a person right after the age.
_PERSONAL = (
    "acne|cystic|spots?|spotty|pimples|scar\\w*|skin|student|uni|university|college|school|female|male|girl|boy|lad|lass"
    "|woman|man|pregnant|diabetic|eczema|psoriasis|rosacea|keloids?|accutane|roaccutane|isotretinoin|curacne|tretinoin"
    "|marks|breakouts?|pitted|ice pick|stretch marks|severe|too young|old enough"
)
_AGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\w.])(?P<n>{_N})(?: and a half)? (?:years?|yr) ?olds?{_NOT_THING}",
        rf"\b(?:i|he|she|who|{_YOUNG}) {_IS_AGED}(?P<n>{_N})\b{_NOT_AGE}",
        rf"\b(?:aged?|age is|age of|turning|turned) (?P<n>{_N})\b{_NOT_AGE}",
        rf"\b{_YOUNG} (?:[(,-] )?(?P<n>\d+)(?= (?:\)|,|-|who|has|is|wants|and|with|on|wanted)|$)",
        r"(?<![\w.])(?P<n>\d{2}) (?:f|m|female|male)\b(?! ?\d)",
        rf"\b(?:f|m|female|male) (?P<n>\d{{2}})\b{_NOT_AGE}",
        rf"\b(?:at|being|only|just) (?P<n>{_N}) (?:, )?(?:am i|i am|is (?:he|she)|he is|she is|are they) "
        r"(?:(?:a bit|perhaps|maybe|probably|not|really|still|just) )*"
        r"(?:too young|old enough|young|allowed|eligible|able)",
        # an age put right: "put 20, truth is i am 16"
        r"\b(?:said|told (?:you|u|them)|put|wrote|typed|ticked|claimed|entered) "
        r"(?:(?:i|was|am|that|down|in|you|my|age|is|as) )*(?:1[6-9]|2\d)\b"
        rf"{_NOT_AGE}(?: (?!\d)[^ .?]+){{0,6}}? "
        r"(?:(?:actually|really|in (?:fact|truth|reality)|(?:the )?truth is|only|sorry|meant|make (?:that|it)|is|am) )+"
        r"(?P<n>1\d)(?= [,.?)]| (?:and|but|sorry|really|years?|so|can|now|if|will)\b|$)",
        # an age at the start, before what is the matter: "15, bad spots", "17 with pitted scars"
        rf"^(?:(?:hi|hello|hey|hiya|please|ok) (?:, )?)*(?:(?:i am|only|just|at) )*(?P<n>{_TEEN})(?= (?:,|-|with|and) "
        rf"(?:(?!or\b|and\b|\d|sessions?|treatments?|please)\w+ ){{0,2}}(?:{_PERSONAL})\b)",
        rf"^(?:(?:hi|hello|hey|hiya) (?:, )?)*(?P<n>{_TEEN}) (?:here|yo)(?= [,.?]| (?:and|with|wanting|but)\b|$)",
        rf"^(?:(?:hi|hello|hey|hiya) (?:, )?)*(?P<n>{_TEEN}) and (?:(?:really|just|still) )?"
        r"(?:want|have|got|suffer\w*|struggling|desperate|sick of|wondering|pregnant|on (?:accutane|roaccutane))\b",
    )
)
_AGE_NOW = re.compile(r"\b(?:am|is|are) (?:\w+ ){0,2}$")  # "as i am only fifteen"
_AGE_ASKED = re.compile(r"\b(?:young|old enough|allowed|eligible|able)$")
_AGE_PAST = re.compile(
    r"\b(?:when|since|at|until|till|from|as) (?:\w+ ){0,4}$|\b(?:was|were) (?:only |just |about )?$"
)
_AGE_OF_THING = re.compile(
    r"\b(?:scars?|marks?|tattoos?|wounds?|injur\w+|they|it|these|this|that|surgery|burns?|filler|like) (?:\w+ )?"
    r"(?:is|are|was|were|am|i am) (?:\w+ ){0,2}$|\blike (?:i am |a )?$"
    r"|\b(?:skin|face|complexion|body|mind|energy|looks|spots|hands|cheeks) (?:of|like) (?:an? |some )?(?:\w+ )?$"
    r"|\b(?:scars?|marks?|stretchmarks?|tattoos?|injur\w+|dents?|burns?) (?:(?:about|over|nearly|almost|from) )?$"
)
_AGE_LIMIT = re.compile(r"\b(?:over|above|least|minimum|older than|past) (?:the |age |of )*$")
_AGE_AHEAD = re.compile(r"\b(?:turning|turn|turns|almost|nearly|about to be|will be|going to be)\b")
_AGE_SOON = re.compile(
    r" (?:next (?:week|month|year)|soon|tomorrow|in (?:a |\d+ )?(?:few )?(?:days?|weeks?|months?))\b"
)

# ---------------------------------------------------------------- weeks of pregnancy
_GESTATION = re.compile(
    r"\bi am (?:now |about |around |currently |like )?(?P<n>\d{1,2}) weeks"
    r"(?! (?:post|out|since|after|in\b|into|of|away|on|off|old|from|past|ago|later|clean|sober|and [a-z]"
    r"|pregnant|preg))"
    r"|^(?P<today>(?:1[4-9]|[23]\d|4[0-2])) weeks (?:today|tomorrow)$"
)
_SHORTEST_GESTATION, _LONGEST_GESTATION = 4, 42  # weeks

# ---------------------------------------------------------------- temperatures
_TEMPERATURE = re.compile(
    r"(?<![\w.])(?P<n>\d{2,3}(?:\.\d+)?)(?P<unit> ?°? ?(?:degrees?|deg|f|c|fahrenheit|celsius|fever|temp\w*)\b)?"
)
_TEMPERATURE_WORD = re.compile(r"\b(?:temp\w*|fever\w*|thermometer|degrees?|fiebre|running an?|running)\b")
_NOT_DEGREES = re.compile(r" ?(?:mm|%|years?|weeks?|days?|dollars|minutes?)")

# ---------------------------------------------------------------- days
_COUNT = (
    rf"(?:(?:about|around|like|roughly|almost|nearly|over) )?"
    rf"(?P<n>{_N}|an?(?: couple(?: of)?| few)?|couple(?: of)?|few|several)"
)
_UNIT = r"(?P<unit>hour|day|night|morning|week|month)s?"
_NOT_SINCE = r"(?! (?:apart|before|between|until|prior|along|pregnant|preg|old|sober|of|with|on|into|till))"
_DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_COUNT} {_UNIT} (?:ago|back)\b",
        rf"\b{_COUNT} {_UNIT} (?:since|post|out|later|in\b|after)(?! (?:a|an|the) (?:row|month|year|week))",
        rf"\b(?:been|for|it is|now|am|on) {_COUNT} {_UNIT}\b{_NOT_SINCE}",
        rf"\bday (?:number |# ?)?(?P<n>{_N})\b",
        rf"\b(?P<n>{_N})(?:st|nd|rd|th)? {_UNIT} (?:now|already|today|and)\b",
        rf"\b(?P<n>\d+) ?(?:st|nd|rd|th) {_UNIT}\b",
        r"\b(?P<ordinal>first|second|third|fourth|fifth|sixth|seventh) day\b",
    )
)
_ORDINAL_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_ORDINALS = {word: n for n, word in enumerate(_ORDINAL_WORDS, start=1)}
_NAMED_DAYS = (
    (2, re.compile(r"\bday before yesterday\b|\b2 nights ago\b")),
    (
        1,
        re.compile(
            r"\byesterday\b|\blast (?:night|evening)\b|\b(?:the )?(?:next day|day after|morning after)\b"
        ),
    ),
    (
        0,
        re.compile(
            r"\b(?:earlier )?today\b|\bthis (?:morning|afternoon|evening)\b|\btonight\b"
            r"|\b(?:i )?(?:have )?just (?:now|got|had|finished|left|came|done|did|home)\b|\bsame day\b"
            r"|\b(?:minutes?|mins?) ago\b|\b(?:half )?an hour ago\b|\bjust been\b"
        ),
    ),
    (7, re.compile(r"\blast week\b")),
)
_AHEAD = re.compile(
    r"\b(?:in|every|next|within|another|per|each|wait|waiting|how many|at least|first|until|till|before|long|lasts?"
    r"|takes?|give it|after|appointment|appt|booked|due|tomorrow|wedding)\s(?:\w+ )?$"
)
_DURATION = re.compile(r"^(?: \w+)? (?:apart|before|between|prior|until|till|each|a week|per week)\b")


@dataclass(frozen=True)
class Measure:
    """A number with a meaning: years of age, degrees, or days since a treatment, in tokens [first, last)."""

    value: int
    first: int
    last: int
    past: bool = False


class _Line:
    """The words of a message as one string, with the way back from characters to tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.text = ""
        self._starts: list[int] = []
        for token in tokens:
            self._starts.append(len(self.text))
            self.text += token.norm + " "
        self.text = self.text.rstrip()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the tokens [first, last) that lie in these characters."""
        inside = [index for index, at in enumerate(self._starts) if start <= at < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 1)


def _number(text: str) -> float | None:
    if text == "twenty one":
        return 21.0
    word = text.split()[-1] if text.split()[-1] != "of" else text.split()[-2]
    if word in _NUMBERS:
        return float(_NUMBERS[word])
    if word in _VAGUE:
        return float(_VAGUE[word])
    try:
        return float(word)
    except ValueError:
        return None


def find_ages(tokens: Sequence[Token]) -> list[Measure]:
    """Return the ages under 22 that are said, as years; past where the age is one of long ago."""
    line = _Line(tokens)
    ages: list[Measure] = []
    for pattern in _AGES:
        for match in pattern.finditer(line.text):
            before = line.text[: match.start("n")]
            years = _number(match.group("n"))
            if (
                years is None
                or years != int(years)
                or _AGE_LIMIT.search(before)
                or _AGE_OF_THING.search(before)
            ):
                continue
            ahead = _AGE_AHEAD.search(match.group()) or _AGE_SOON.match(line.text[match.end() :])
            value = int(years) - 1 if ahead else int(years)
            if value >= DEVICE_AGE or value < 1:
                continue
            if value < YOUNGEST and not re.search(r"year|aged?", match.group()):
                continue
            start = match.start("n") if "old" in match.group() else match.start()
            first, last = line.span(start, match.end())
            past = bool(_AGE_PAST.search(before)) and not (
                _AGE_NOW.search(before) or _AGE_ASKED.search(match.group())
            )
            if not any(age.first < last and first < age.last for age in ages):
                ages.append(Measure(value, first, last, past))
    return sorted(ages, key=lambda age: age.first)


def find_pregnancies(tokens: Sequence[Token]) -> list[Measure]:
    """Return the weeks of pregnancy that are said without the word: "i'm 29 weeks", "29 weeks today"."""
    line = _Line(tokens)
    weeks = []
    for match in _GESTATION.finditer(line.text):
        count = int(match.group("n") or match.group("today"))
        if _SHORTEST_GESTATION <= count <= _LONGEST_GESTATION:
            weeks.append(Measure(count, *line.span(match.start(), match.end())))
    return weeks


def find_fevers(tokens: Sequence[Token]) -> list[Measure]:
    """Return the temperatures of 38 C or 100.4 F and above, rounded to whole degrees."""
    line = _Line(tokens)
    warm = bool(_TEMPERATURE_WORD.search(line.text))
    fevers = []
    for match in _TEMPERATURE.finditer(line.text):
        degrees = float(match.group("n"))
        fever = FEVER_C <= degrees <= 43 or FEVER_F <= degrees <= 108
        said = warm or bool(match.group("unit")) or "." in match.group("n")
        if fever and said and not _NOT_DEGREES.match(line.text[match.end() :]):
            first, last = line.span(match.start(), match.end())
            fevers.append(Measure(round(degrees), first, last))
    return fevers


def find_days(tokens: Sequence[Token]) -> list[Measure]:
    """Return the days since something, as far as they are said: yesterday is 1, a week ago is 7."""
    line = _Line(tokens)
    days = list(_counted_days(line))
    for value, pattern in _NAMED_DAYS:
        for match in pattern.finditer(line.text):
            first, last = line.span(match.start(), match.end())
            if not any(day.first < last and first < day.last for day in days):
                days.append(Measure(value, first, last))
    return sorted(days, key=lambda day: day.first)


def _counted_days(line: _Line) -> Iterator[Measure]:
    taken: list[tuple[int, int]] = []
    for pattern in _DAYS:
        for match in pattern.finditer(line.text):
            groups = match.groupdict()
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            if _AHEAD.search(line.text[: match.start()]) or _DURATION.match(line.text[match.end() :]):
                continue
            count = _ORDINALS.get(groups.get("ordinal") or "") or _number(groups.get("n") or "")
            if count is None:
                continue
            unit = groups.get("unit") or "day"
            value = count / 24 if unit == "hour" else count * _UNITS[unit]
            taken.append(match.span())
            first, last = line.span(*match.span())
            yield Measure(int(value), first, last)
