"""Tells whether a message says no more than how a known sign is.

What only names known signs, their day and their course can be answered by rule. "Day 1, pink, and i feel
like doing something silly" has a clause that nothing known explains.
"""

from __future__ import annotations

import re
from typing import Any

NOW = frozenset({"present", "other_person"})
_EXPLAINS = frozenset({"symptom", "trend", "day"})
_CLAUSE = re.compile(
    r"(?:(?![.,;:!?\n]|\b(?:but|however|yet|though|although|except|and|with|plus|also|then|because|cos)\b).)+",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|sorry|please|thanks?|thank you|ok|so|well|i think"
    r"|not being funny|just (?:wondering|asking|checking)|nothing (?:is )?spreading|(?:is |it is |it'?s )?not spreading"
    r"|no spreading|there|all|all round)\W*)*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^\W*(?:(?:now|this|that|it|it['\u2019]?s|they|them|these|which|still|is|are|has|have|had|been)\W+)*"
    r"(?:going|coming|gone|happening|there|here)(?:\W+on)?"
    r"(?:\W+(?:for|quite|some|a|an|long|good|little|time|while|bit|ages|now|already|off))*\W*$",
    re.IGNORECASE,
)


def explains_itself(text: str, entities: list[dict[str, Any]], *, lasting: bool = False) -> bool:
    """Tell whether a message names a sign that somebody has, and no clause is about anything unknown.

    Args:
        text: The message.
        entities: What the clinical extractor found in it.
        lasting: Whether a clause may also say no more than that it has been there for some time.
    """
    told = [entity for entity in entities if entity.get("entity") in _EXPLAINS]
    if not any(entity["entity"] == "symptom" and entity.get("assertion") in NOW for entity in told):
        return False
    places = [(int(entity["start"]), int(entity["end"])) for entity in told]
    return all(
        any(start < clause.end() and clause.start() < end for start, end in places)
        or _SAYS_NOTHING.match(clause.group())
        or (lasting and _GOES_ON.match(clause.group()))
        for clause in _CLAUSE.finditer(text)
    )
