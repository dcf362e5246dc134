"""What people read on messaging channels, from ``knowledge/channels.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from clinic.templates import fill, placeholders
from clinic.yaml_files import YamlFileError, load_yaml

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class ChannelTextsError(Exception):
    """The texts are wrong; the message is one line that names the file and the key."""


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChannelNotices(_Group):
    """What the assistant says for itself; ``window_expired`` is read by the staff."""

    first_contact: Text
    first_contact_sms: Text
    opted_out: Text
    opted_in: Text
    help: Text
    emergency_while_opted_out: Text
    media_thanks: Text
    group_refused: Text
    unsupported: Text
    too_long: Text
    button_expired: Text
    edited: Text
    window_expired: Text


class Parts(_Group):
    """What is added to answers."""

    choose_number: Text
    choose_letter: Text
    open_list: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
    choose: Text
    progress: Text
    source: Text
    source_undated: Text


class OptOutPhrases(_Group):
    """Reasonable wording for ending the messages and for having them again."""

    stop: list[Text]
    start: list[Text]


class ChannelTexts(_Group):
    """All texts of the file, with the clinic's own values in place."""

    notices: ChannelNotices
    parts: Parts
    short_titles: dict[Text, Annotated[str, StringConstraints(min_length=1, max_length=20)]]
    numbers: dict[Annotated[int, Field(ge=1, le=99)], list[Text]]
    number_fillers: list[Text]
    opt_out: OptOutPhrases


# Known only when the part is used.
_LATER: Final = {"step", "total", "title", "reviewed"}


def load_channel_texts(path: Path, values: Mapping[str, str]) -> ChannelTexts:
    """The texts of the file ``path``, their placeholders filled from ``values``.

    Raises ChannelTextsError.
    """
    try:
        loaded = load_yaml(path, ChannelTexts)
    except YamlFileError as error:
        raise ChannelTextsError(str(error)) from None
    known = {**values, **{key: f"{{{key}}}" for key in _LATER}}
    whole = loaded.model_dump()
    for group in ("notices", "parts"):
        for key, text in whole[group].items():
            unknown = placeholders(text) - known.keys()
            if unknown:
                raise ChannelTextsError(f"{path}: {group}.{key}: unknown placeholder {{{min(unknown)}}}")
            whole[group][key] = fill(text, known)
    return ChannelTexts.model_validate(whole)
