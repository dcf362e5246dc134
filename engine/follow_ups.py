"""Follow-ups: what a message means by what was said before it, as far as its words alone tell.

"Why?" and "say that simpler" have no topic of their own. "What about after", "how long do they last", "day 2?"
and "i get them myself" have one only together with the last answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

ASK_MORE = "ask_more"
ASK_SIMPLER = "ask_simpler"
ELABORATIONS = frozenset({ASK_MORE, ASK_SIMPLER})

_KINDS = frozenset({"answer", "flag", "triage"})
_ENOUGH = "utter_elaborate_enough"

_SIMPLER = re.compile(
    r"\b(?:in )?(?:plain|simple|simpler|easy|easier|normal|everyday|small|smaller|short|shorter) "
    r"(?:english|words|terms|language|version)\b"
    r"|\b(?:more simply|simpler|simply|simplify|shorter|easier|clearer|slower)\b|\b(?:make|keep) (?:it|that) simple\b"
    r"|\bdumb (?:it|that|this) down\b|\beli ?5\b|\btl ?dr\b|\b(?:too many )?big words\b|\bin laymans(?: terms)?\b"
    r"|\btoo (?:technical|complicated|much jargon|many words)\b|\b(?:re)?phrase that\b|\breword that\b"
    r"|\b(?:do not|dont|didnt|did not|cant|dnt|not) (?:get|understand|follow)\b|\b(?:confused|confusing)\b"
    r"|\b(?:you lost me|youve lost me|makes no sense|come again|pardon(?: me)?|wdym)\b|\bin other words\b"
    r"|\bwhat (?:do|did|does|d) ?(?:you|u|ya|that|it|this|all that) mean\b(?! for (?:me|us)\b)|\bmeaning what\b"
    r"|\b(?:say|repeat|explain) (?:that|it|this) again\b|\bsay again\b|\b(?:hu+h|eh|wut|wha+)$"
    r"|^(?:sorry|what|again|once more|huh|eh)$|\bsum (?:it|that) up\b|\bin (?:short|a nutshell|one sentence)\b"
)
_MORE = re.compile(
    r"\bwhy (?:do|d|are) (?:you|u) (?:ask(?:ing)?|need|want)(?: to know)?\b"
    r"|\bwhy(?: (?:is|does|do|would|should|must|was|are|not)\b)?|\bhow (?:come|so)\b|\bin what way\b"
    r"|\b(?:tell me|say|show me|give me|know|explain)? ?(?:a )?(?:bit |little )?more(?: info\w*| details?)?\b"
    r"|\bgo (?:on|deeper)\b|\bcarry on\b|\b(?:explain|elaborate|expand)\b|\bin (?:more )?detail\b"
    r"|\b(?:for|an) (?:example|instance)\b|\b(?:like what|such as|e g|meaning)\b"
)
# What may stand around such a phrase without giving it a topic.
_FILLER_WORDS = (
    "a about actually again ah all and any are be bit but can cannot could cuz do dear does for hm hmm i id if im in "
    "is it just kindly know like little make matter matters me mind my now of oh ok okay on one please pls plz put "
    "question quite really right say seriously so some sorry still than thanks that thats the then there this those "
    "they them tho though to too u um understand us wait want was well will with would you your"
)
_FILLER = frozenset(_FILLER_WORDS.split())
_Y = re.compile(r"^\W*y\s*\?+\W*$", re.IGNORECASE)
_WHAT_NOW = re.compile(
    r"^\W*(?:(?:ok|okay|so|and|right|well|then)\W+)*(?:what now|now what|what next|what then|"
    r"(?:so )?what (?:do|should|must|can) i do(?: now| about (?:it|that|this))?)\W*(?:then|now)?\W*$",
    re.IGNORECASE,
)

# About a condition just answered: "would it make it worse", "do i stop it for a few days then".
_OF_ITS_DANGER = re.compile(
    r"^\W*(?:(?:and|so|but|ok|then)\W+)*(?:would|will|could|can|does|do|might) (?:it|this|that|needling|microneedling) "
    r"(?:make|trigger|cause|bring|set|spread|aggravate|irritate|harm|flare|affect|worsen) (?:it|them|that)"
    r"(?: (?:worse|off|up|back|more|flare|flare up|spread))*\W*$"
    r"|^\W*(?:(?:and|so|but|ok|then)\W+)*(?:do|should|shall|can|must|could) i (?:need to |have to )?"
    r"(?:stop|come off|pause|skip|quit|hold|keep|carry on|continue|change|halve)\b",
    re.IGNORECASE,
)

_LEAD = (
    r"^\W*(?:(?:and|n|but|or|so|ok|okay|what about|what abt|how about|then|on|for|just|only|even|say|like|also)"
    r"\W+)*"
)
_AFTERWARDS = re.compile(_LEAD + r"after(?:wards?)?(?: (?:it|that|the treatment))?\W*$", re.IGNORECASE)
_BEFOREHAND = re.compile(_LEAD + r"before(?:hand)?(?: (?:it|that|the treatment))?\W*$", re.IGNORECASE)
_BARE_DAY = re.compile(
    _LEAD + r"(?:(?:day|week) ?\d{1,2}|\d{1,2} (?:days?|weeks?)(?: (?:in|after|later))?|the next day)\W*$",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(_LEAD + r"\d{1,3}\W*$", re.IGNORECASE)
_HOW_LONG = re.compile(
    _LEAD + r"(?:(?:for )?(?:about |roughly )?how (?:long|many (?:days|hours|weeks))|when)"
    r"(?: (?:does|do|will|would|is|are|should|till?|until|before|for|it|it'?s|that|that'?s|this|they|those|these|"
    r"i|lasts?|takes?|need|wait|leave|work|stay|stops?|ends?|clears?|fades?|settles?|go|goes|gone|"
    r"over|better|normal|away|down|kick|in|wear|to|be|off|usually|normally|roughly|about|then|tho|though|all|have|must))*"
    r"\W*$",
    re.IGNORECASE,
)
# Topics that answer "how long?" themselves, and topics whose time stands in another.
_HAS_A_TIME = frozenset(
    {"numbing", "results", "recovery", "sun", "makeup", "skincare", "exercise", "alcohol", "aftercare"}
    | {"aftercare_other", "preparation", "combining", "frequency", "privacy"}
)
_AREA = (
    r"(?:(?:whole|full|entire|upper|lower|the|my|your|and|n|&|or|just|only|both|under|round|around|near|by|even) ?)*"
    r"(?:face|neck|chin|forehead|lips?|cheeks?|nose|hands?|chest|stomach|belly|tummy|abdomen|back|arms?|legs?|thighs?|"
    r"scalp|eyes?|ears?|jaw(?:line)?|temples?|decolletage|bum|knees?|underarms?)"
)
_BARE_AREA = re.compile(_LEAD + rf"{_AREA}(?:\W+{_AREA})*\W*$", re.IGNORECASE)
# Topics that an area changes in no more than the details.
_OF_AN_AREA = frozenset(
    {
        "cost",
        "pain",
        "numbing",
        "recovery",
        "sessions",
        "frequency",
        "results",
        "side_effects",
        "post_treatment",
    }
    | {"risks", "makeup", "sun", "skincare", "depth"}
)
_OF_A_CREAM = re.compile(r"\b(?:work|kick in|wear off)\b", re.IGNORECASE)
_TIME_ELSEWHERE = {"side_effects": "recovery", "post_treatment": "recovery", "pain": "recovery"}
_HEALING = frozenset({"recovery", "post_treatment", "side_effects", "aftercare"})
_COUNTED = frozenset({"cost", "sessions", "frequency", "age"})

_TIME = (
    r"(?:(?:(?:about|around|like|just|only|maybe|for|since) )*"
    r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a few|few|(?:a )?couple(?: of)?) "
    r"(?:hours?|days?|wee?ks?|months?|years?|yrs?)(?: (?:ago|back|in|now))?"
    r"|yesterday|today|tonight|this (?:morning|week|month)|last (?:night|week|month|year))"
)
_HAVE_IT = (
    r"(?:(?:i|ive|i've|we)(?: (?:do|also|still|always|sometimes|often|actually|used to))*"
    r" (?:have|got|have got|get|had|take|use|was on|am on) (?:it|that|them|those|these|one|some)"
    r"|got (?:it|one|them)|me too|same here|so (?:do|am|have) i|that'?s me|it'?s (?:me|mine)"
    r"|(?:it'?s|they'?re|i have it|got it) (?:on|in|round|around) my \w+"
    r"|one(?:'s| is| has)?(?: just)? (?:come|came|coming|popped|popping) up)"
    r"(?: (?:myself|too|as well|right now|now|again|actually|still|sometimes|often|a lot|(?:on|in) my \w+))*"
    r"(?:\W+since i was (?:an? )?\w+)?"
)
_OWN = re.compile(
    r"^\W*(?:(?:actually|well|so|yes|yeah|yep|but|and|oh|ok|sorry|hm+|um+)\W+)*"
    rf"{_HAVE_IT}(?:\W+(?:{_HAVE_IT}|{_TIME}))*\W*$",
    re.IGNORECASE,
)
_NOT_OWN = re.compile(
    r"^\W*(?:(?:actually|well|no|oh|sorry|i mean|it'?s|for|ask(?:ing)? for)\W+)*(?:my|the|his|her) [\w']+(?:'?s)?\W+"
    r"(?:and )?not (?:me|mine|myself|for me)\W*$",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:had|used to|was on)\b", re.IGNORECASE)
_NOW = re.compile(r"\b(?:now|this morning|today|tonight|yesterday)\b", re.IGNORECASE)
# Of a treatment or a medicine, when it was: "two days ago, forehead".
_WHEN = re.compile(
    r"^\W*(?:(?:um+|er+|oh|well|it was|that was|i think)\W+)*" + rf"{_TIME}(?:\W+(?:on )?{_AREA})*\W*$",
    re.IGNORECASE,
)
_YEARS = re.compile(r"\b(?:years?|yrs?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Topic:
    """What was answered last.

    Attributes:
        name: The topic: an intent without `ask_`, or a condition's key.
        kind: The reply's kind: answer, flag or triage; handoff once all was said about it.
        response: The response's name; empty for a text of the knowledge files.
        offers: Whether something was offered with it.
    """

    name: str
    kind: str
    response: str = ""
    offers: bool = False

    @property
    def is_condition(self) -> bool:
        """Whether it is a condition, medicine or recent procedure of the knowledge files."""
        return not self.response or self.response.startswith(
            ("utter_more_condition_", "utter_simple_condition_")
        )

    @property
    def intent(self) -> str | None:
        """The intent that the answer belongs to, if the topic is an intent's."""
        answers = {f"utter_{way}_{self.name}" for way in ("ask", "more", "simple")}
        return f"ask_{self.name}" if self.response in answers else None

    @property
    def words(self) -> str:
        """The topic as words to be read with a question: "side effects"."""
        return self.name.replace("_", " ")


def last_topic(tracker: DialogueStateTracker) -> Topic | None:
    """Return what the last answer, flag or triage was about; `None` after anything else."""
    offers = False
    for event in reversed(tracker.events):
        if not isinstance(event, BotUttered):
            continue
        metadata = event.metadata.get("metadata") or {}
        kind, response = str(metadata.get("kind") or ""), str(event.metadata.get("utter_action") or "")
        offers = offers or bool(metadata.get("offer"))
        if kind in _KINDS or response == _ENOUGH:
            return Topic(str(metadata.get("topic") or ""), kind, response, offers)
        if kind != "question":
            return None
    return None


def elaboration(text: str) -> str | None:
    """Return the intent of a message that asks for more, or for simpler words, and for nothing else.

    Examples:
        >>> elaboration("ok but why is that?")
        'ask_more'
        >>> elaboration("sorry i don't get it, in plain english please")
        'ask_simpler'
        >>> elaboration("why does it hurt") is None
        True
    """
    if _Y.match(text):
        return ASK_MORE
    plain = " ".join(re.findall(r"[a-z0-9]+", re.sub(r"['\u2019]", "", text.lower())))
    for intent, phrase in ((ASK_SIMPLER, _SIMPLER), (ASK_MORE, _MORE)):
        rest, count = phrase.subn(" ", plain)
        # A request for simpler words may say why: "i don't get it, explain".
        if count and intent == ASK_SIMPLER:
            rest = _MORE.sub(" ", rest)
        if count and all(word in _FILLER for word in rest.split()):
            return intent
    return None


def asks_what_now(text: str) -> bool:
    """Tell whether a message asks what to do after what was said."""
    return bool(_WHAT_NOW.match(text))


def next_topic(text: str, topic: str) -> str | None:
    """Return the topic of a question that has none of its own, after an answer about `topic`."""
    if _AFTERWARDS.match(text):
        return "aftercare"
    if _BEFOREHAND.match(text):
        return "preparation"
    if _HOW_LONG.match(text):
        if topic == "pain" and _OF_A_CREAM.search(text):
            return "numbing"
        return _TIME_ELSEWHERE.get(topic) or (topic if topic in _HAS_A_TIME else None)
    if _BARE_DAY.match(text):
        return "recovery" if topic in _HEALING else None
    if _BARE_NUMBER.match(text):
        return topic if topic in _COUNTED else None
    if _BARE_AREA.match(text):
        return topic if topic in _OF_AN_AREA else None
    return None


def asks_of_condition(text: str) -> bool:
    """Tell whether a question can only be about the condition that was answered about."""
    return bool(_OF_ITS_DANGER.match(text))


def asks_how_long(text: str) -> bool:
    """Tell whether a message asks for a time and names nothing: "so how long do i wait"."""
    return bool(_HOW_LONG.match(text))


def claimed(text: str, condition: str) -> tuple[str, str] | None:
    """Return the condition, and how it is meant, that a message claims, or gives away, without its name.

    Args:
        text: The message, for example "i get them myself".
        condition: Key of the condition that was answered about.
    """
    text = text.replace("\u2019", "'")
    if condition.startswith(("recent_", "isotretinoin_past")) and _WHEN.match(text):
        return condition, "historical" if _YEARS.search(text) else "present"
    if _NOT_OWN.match(text):
        return condition, "other_person"
    if not _OWN.match(text):
        return None
    if condition == "cold_sore_history" and _NOW.search(text):
        return "cold_sore_active", "present"
    is_past = _PAST.search(text) and not condition.startswith("recent_")
    return condition, "historical" if is_past else "present"
