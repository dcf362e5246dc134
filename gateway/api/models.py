"""What goes over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StringConstraints,
    Tag,
    field_validator,
)
from pydantic_core import PydanticCustomError

from gateway.text import clean

MAX_TEXT: Final = 1000
"""Characters of one message."""

Kind = Literal[
    "greeting",
    "answer",
    "flag",
    "triage",
    "question",
    "summary",
    "confirmation",
    "smalltalk",
    "fallback",
    "handoff",
    "notice",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

Severity = Literal["emergency", "urgent", "call_clinic", "expected"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)

Role = Literal["choice", "back"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Input = Literal["name", "contact", "time", "concern"]
INPUTS: Final[tuple[Input, ...]] = get_args(Input)

_UUID: Final = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
UuidText = Annotated[
    str,
    StringConstraints(pattern=_UUID, to_lower=True),
    Field(json_schema_extra={"format": "uuid"}, examples=["6f1c1b1e-6a52-4c8e-9d0d-0a6c0f1f7b11"]),
]

# What the JSON schema can say of "holds something visible": one character that is neither a space nor a
# control nor one of the invisible marks.
_VISIBLE: Final = (
    r"[^\s\u0000-\u001f\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextMessage(_Strict):
    """Something that the person typed."""

    id: UuidText = Field(
        description="The client's own id of this message; the same id gives the same replies."
    )
    text: str = Field(
        min_length=1,
        max_length=MAX_TEXT,
        description="What was typed. Control characters are dropped; something visible must remain.",
        json_schema_extra={"pattern": _VISIBLE},
        examples=["How far apart are treatments?"],
    )

    @field_validator("text")
    @classmethod
    def _cleaned(cls, value: str) -> str:
        cleaned = clean(value)
        if not cleaned:
            raise PydanticCustomError("blank", "The message is empty: write something before you send it.")
        return cleaned


class ButtonMessage(_Strict):
    """A button that the person pressed."""

    id: UuidText = Field(
        description="The client's own id of this message; the same id gives the same replies."
    )
    button: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="The token of a button of this conversation.",
        examples=["q1ZbT0r5hV3xY8aL"],
    )


def _kind_of_message(value: Any) -> str | None:
    if isinstance(value, TextMessage | ButtonMessage):
        return "button" if isinstance(value, ButtonMessage) else "text"
    if not isinstance(value, dict):
        return "text"
    return "button" if "button" in value and "text" not in value else "text"


InboundMessage = Annotated[
    Annotated[TextMessage, Tag("text")] | Annotated[ButtonMessage, Tag("button")],
    Discriminator(_kind_of_message),
]


class NewConversation(_Strict):
    """What may be said when a conversation begins."""

    consent: StrictBool = Field(
        default=False,
        description="Whether the person agreed that the conversation is kept; stored with time.",
    )


class Feedback(_Strict):
    """Whether a reply helped; null takes back what was said."""

    reply: UuidText = Field(description="The id of the reply.")
    helpful: StrictBool | None


class Button(_Strict):
    """A choice to press; its token goes back as the ``button`` of a message."""

    title: str
    token: str
    role: Role = Field(description="`back` leads to the question before; `choice` is all else.")


class Progress(_Strict):
    """Which question this is of how many."""

    step: int = Field(ge=1)
    total: int = Field(ge=1)


class Source(_Strict):
    """Where an answer's facts come from."""

    title: str
    reviewed: str | None = Field(description="The day on which a clinician last reviewed it, as YYYY-MM-DD.")


class Reply(_Strict):
    """One thing that the assistant says. Its text holds paragraphs, "- " lists, **bold** and links alone."""

    id: str
    text: str
    kind: Kind
    topic: str | None = Field(description="The intent without `ask_`, or the key of a condition.")
    severity: Severity | None = Field(description="Of a triage only.")
    buttons: list[Button]
    source: Source | None
    progress: Progress | None = Field(description="Of a question that is one of several only.")
    input: Input | None = Field(description="What a typed answer to this question is, if it is one of these.")


class Replies(_Strict):
    """The answer to one message."""

    replies: list[Reply]


class Started(Replies):
    """A new conversation and what the assistant says first."""

    conversation_id: str
    token: str = Field(description="Sent as the bearer token of every other call.")
    expires_at: datetime


class Renewed(_Strict):
    """A fresh token of the same conversation."""

    token: str
    expires_at: datetime


class Message(Reply):
    """One message of the conversation so far; `kind` is null for what the person said."""

    kind: Kind | None  # type: ignore[assignment]
    sender: Literal["person", "assistant"]
    at: datetime
    in_reply_to: str | None = Field(description="For a reply, the id of the person's message.")
    helpful: bool | None = Field(description="What the person said of the reply.")


class History(_Strict):
    """The conversation, oldest first."""

    messages: list[Message]


class Alive(_Strict):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(_Strict):
    """Every part answers."""

    status: Literal["ready"] = "ready"
