"""Answers as a channel's messages: split, with their choices as that channel has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from clinic.templates import fill
from gateway.api.models import Reply
from gateway.channels.capabilities import Capability, length
from gateway.channels.choices import Offer, labels_for
from gateway.channels.markup import finish, prepare
from gateway.channels.splitting import split
from gateway.channels.texts import ChannelTexts
from gateway.channels.types import Choice, Outbound

_ELLIPSIS: Final = "…"


@dataclass(frozen=True)
class Rendered:
    """Messages in the order in which they are sent, and what the person can choose afterwards."""

    messages: tuple[Outbound, ...]
    offer: Offer = field(default_factory=Offer)


class Renderer:
    """Turns the replies of one turn into the messages of one channel."""

    def __init__(self, capability: Capability, texts: ChannelTexts) -> None:
        self._can = capability
        self._parts = texts.parts
        self._short_titles = texts.short_titles

    def render(self, replies: Sequence[Reply], recipient: str, *, notice: str | None = None) -> Rendered:
        """The messages of one turn. All choices stand in the last one, where every platform shows them.

        An emergency's answer comes first; ``notice`` (markup) comes before the answers, but after it.
        """
        urgent = [reply for reply in replies if reply.severity == "emergency"]
        rest = [reply for reply in replies if reply.severity != "emergency"]
        pieces = [piece for reply in urgent for piece in self._pieces(self._text(reply), keep_first=True)]
        pieces += self._pieces(notice) if notice else []
        pieces += [piece for reply in rest for piece in self._pieces(self._text(reply))]
        offer = self._offer([*urgent, *rest])
        if offer.choices and offer.labels != "none":
            pieces = self._with_lines(pieces, offer)
        elif offer.choices and (not pieces or self._measure(pieces[-1]) > self._can.button_text_limit):
            pieces.append(self._parts.choose)
        messages = [self._message(piece, recipient) for piece in pieces]
        if offer.choices and offer.labels == "none":
            messages[-1] = replace(messages[-1], buttons=offer.choices, listed=self._listed(offer.choices))
        return Rendered(tuple(messages), offer)

    def say(self, text: str, recipient: str) -> tuple[Outbound, ...]:
        """The messages that say ``text`` (markup)."""
        return tuple(self._message(piece, recipient) for piece in self._pieces(text))

    def template(self, recipient: str) -> Outbound:
        """The template message that asks a person to write again, so that answers may be sent."""
        return Outbound(self._can.name, recipient, text="", template=True)

    def _message(self, piece: str, recipient: str) -> Outbound:
        return Outbound(self._can.name, recipient, self._finish(piece))

    def _finish(self, piece: str) -> str:
        return finish(piece, self._can.bold, plain=self._can.gsm7)

    def _measure(self, piece: str) -> int:
        return length(self._finish(piece), self._can.unit)

    def _pieces(self, text: str, *, keep_first: bool = False) -> list[str]:
        return split(
            prepare(text),
            measure=self._measure,
            limit=self._can.text_limit,
            advised=self._can.advised_limit,
            keep_first=keep_first,
        )

    def _text(self, reply: Reply) -> str:
        text = reply.text
        if reply.progress:
            progress = fill(
                self._parts.progress, {"step": str(reply.progress.step), "total": str(reply.progress.total)}
            )
            text = f"{progress}\n{text}"
        if reply.source and self._can.sources and reply.severity != "emergency":
            template = self._parts.source if reply.source.reviewed else self._parts.source_undated
            source = fill(template, {"title": reply.source.title, "reviewed": reply.source.reviewed or ""})
            text = f"{text}\n\n{source}"
        return text

    def _offer(self, replies: Sequence[Reply]) -> Offer:
        by_title: dict[str, Choice] = {}
        for reply in replies:
            for button in reply.buttons:
                by_title.setdefault(button.title.casefold(), Choice(button.title, button.token))
        choices = tuple(by_title.values())
        if not choices:
            return Offer()
        shown = self._labelled(choices)
        if self._can.buttons == "numbered" or shown is None:
            return Offer(choices, labels_for(choices))
        return Offer(shown)

    def _labelled(self, choices: tuple[Choice, ...]) -> tuple[Choice, ...] | None:
        """The choices with labels that fit, or None if the channel cannot show them as buttons."""
        if len(choices) > self._can.max_buttons:
            return None
        listed = self._listed(choices)
        limit = self._can.row_title_limit if listed else self._can.button_title_limit
        labelled = tuple(replace(choice, label=self._label(choice.title, limit)) for choice in choices)
        # Two buttons that read the same would be refused, and could not be told apart.
        return labelled if len({choice.label for choice in labelled}) == len(labelled) else None

    def _listed(self, choices: tuple[Choice, ...]) -> bool:
        """Whether the choices are too many or too long for buttons, where there are lists besides."""
        most, limit = self._can.list_threshold, self._can.button_title_limit
        if not most:
            return False
        return len(choices) > most or any(
            self._label(choice.title, limit).endswith(_ELLIPSIS) for choice in choices
        )

    def _label(self, title: str, limit: int) -> str:
        for label in (title, self._short_titles.get(title, "")):
            if label and length(label, "utf16") <= limit:
                return label
        kept = title[: limit - 1]
        while length(kept, "utf16") > limit - 1:
            kept = kept[:-1]
        at_word = kept.rpartition(" ")[0]
        return (at_word if len(at_word) > limit // 2 else kept).rstrip() + _ELLIPSIS

    def _with_lines(self, pieces: list[str], offer: Offer) -> list[str]:
        """The pieces with the numbered choices in the last of them, if there is room."""
        ask = self._parts.choose_letter if offer.labels == "letters" else self._parts.choose_number
        lines = "\n".join([ask, *offer.lines()])
        joined = f"{pieces[-1]}\n\n{lines}" if pieces else lines
        if self._measure(joined) <= self._can.text_limit:
            return [*pieces[:-1], joined]
        return [*pieces, *self._pieces(lines)]
