"""Finds what a message does: answer with yes, no or "not sure", or ask something.

"No, but I do have eczema" answers a form's question and says something else; its intent alone cannot
carry both. A form must also tell "acne scars", an answer, from "what about acne scars?".
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

ANSWER = "answer"
QUESTION = "question"

_LEAD = r"^\W*(?:(?:oh|um+|uh+|er+|well|actually|sorry|wait|hmm+|ok|okay|so|i think|i guess|i believe)\W+)*"
_UNSURE = re.compile(
    _LEAD + r"(?:(?:i'?m |i am )?(?:not|un)\s?(?:really |so |too |very |100% )?(?:sure|certain)|idk|dunno|"
    r"i? ?(?:don'?t|do not) (?:really )?know|maybe|perhaps|possibly|might be|could be|not that i know|"
    r"no idea|no clue|who knows)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    _LEAD
    + r"(?:no+|n|nope|nah|naw|never|none|neither|nothing|not (?:at all|me|really|currently|now|that)|negative|"
    r"i (?:don'?t|haven'?t|didn'?t|(?:do|am|have|had|did) (?:not|no|none|never|nothing))|i'?m not|dont have|"
    r"(?:of course|absolutely|definitely|certainly) not)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    _LEAD
    + r"(?:y|ye+s*|yep|yup|yeah+|yea|ya|yah|sure|correct|right|that'?s right|true|affirmative|absolutely|"
    r"definitely|of course|i do|i am|i have|i did|all good|looks good|go ahead|please do|send it)\b",
    re.IGNORECASE,
)
_OPENS_QUESTION = re.compile(
    r"^\W*(?:(?:and|n|but|so|ok|okay|wait|hi|hello|hey|yo|um+|oh|sorry|also|plus|then|actually|before that|"
    r"quick question|question|first(?:ly)?|second(?:ly)?|third(?:ly)?|lastly|finally|one more thing|please)[\s,.!:-]+)*"
    r"(?:how|hw|hows|how's|what|wat|wht|whats|wats|what's|when|wen|whn|whens|where|wheres|where's|why|who|whos|who's|"
    r"which|wich|whether|can|cn|could|cud|do|does|did|is|are|r (?:u|you|ur|they|these)|will|would|wud|"
    r"should|shud|am|may i)\b",
    re.IGNORECASE,
)
_ASKS_INDIRECTLY = re.compile(
    r"\b(?:(?:to|d|would) (?:know|hear|understand|learn|find out|ask|see)|(?:may|can|could) i ask|"
    r"wonder(?:ed|ing)?|curious|tell me|let me know|remind me|explain(?: to me)?|any idea|unsure|not (?:sure|clear))"
    r"\s+(?:(?:also|please|again|as to)\s+)*"
    r"(?:how|what|whats|if|whether|when|where|why|which|who|about|abt|bout|the|your|ur|more)\b"
    r"|\b(?:from|at|for|till|until|after|in|by|on|since) (?:which|what|how (?:many|long))\b"
    r"|\b(?:want|wanna|wana|need|like|love|wish|please)(?: to)? (?:know|ask|learn|hear|find out|be told)\b"
    r"|\b(?:nobody|no ?one) (?:has |have |ever |actually )*(?:told|tells|said|says|explained|mentioned)\b"
    r"|\b(?:do not|don'?t|dont) (?:really |actually )?know (?:how|what|when|where|why|which"
    r"|(?:if|whether)(?! (?:i'?m|i'?ve|i (?:am|have|had|ever|got|was))\b))"
    r"|\bidea (?:of|about|how|what|when|whether)\b"
    r"|\b(?:kindly|please|pls|plz) (?:inform|tell|advise|advice|explain)\b|\bor not\W*$"
    r"|\b(?:what|how|when) to (?:avoid|do|not do|expect|bring|wear|use|eat|prepare|clean|wash|apply|stop)\b",
    re.IGNORECASE,
)


def answer(text: str) -> str | None:
    """Return "yes", "no" or "unsure" if a text opens with that, else `None`."""
    for value, pattern in (("unsure", _UNSURE), ("no", _NO), ("yes", _YES)):
        if pattern.match(text.replace("\u2019", "'")):
            return value
    return None


def is_question(text: str) -> bool:
    """Tell whether a text ends in a question mark, opens as questions do, or asks indirectly."""
    if text.rstrip(" !)").endswith("?") or _OPENS_QUESTION.match(text):
        return True
    return bool(_ASKS_INDIRECTLY.search(text))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SpeechActExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the entities `answer` (yes, no or unsure) and `question` to messages that are one."""

    @classmethod
    def required_components(cls) -> list[type]:
        """No other component has to come first."""
        return []

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpeechActExtractor:
        """Create the component; nothing can be configured."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities to each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            acts = {ANSWER: answer(text), QUESTION: "yes" if is_question(text) else None}
            found = [
                {
                    "entity": name,
                    "value": value,
                    "start": 0,
                    "end": len(text),
                    "extractor": type(self).__name__,
                }
                for name, value in acts.items()
                if value is not None
            ]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages
