"""The gateway's own texts, from ``knowledge/notices.yml``: what it says when it speaks for itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from clinic.templates import fill, placeholders
from clinic.yaml_files import YamlFileError, load_yaml

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class NoticesError(Exception):
    """The notices are wrong; the message is one line that names the file and the key."""


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoticeTexts(_Group):
    """What a person reads in place of an answer."""

    engine_unavailable: Text


class TranscriptTexts(_Group):
    """The fixed words of a transcript."""

    title: Text
    started: Text
    person: Text
    assistant: Text


class EmailTexts(_Group):
    """The message that tells the clinic of a consultation request."""

    consultation_subject: Text
    consultation_body: Text


class Notices(_Group):
    """All texts of the file, with the clinic's own values in place."""

    notices: NoticeTexts
    transcript: TranscriptTexts
    email: EmailTexts


# Known only when the text is used.
_LATER = {"reference", "time"}


def load_notices(path: Path, values: Mapping[str, str]) -> Notices:
    """The texts of the file ``path``, their placeholders filled from ``values``. Raises NoticesError."""
    try:
        loaded = load_yaml(path, Notices)
    except YamlFileError as error:
        raise NoticesError(str(error)) from None
    known = {**values, **{key: f"{{{key}}}" for key in _LATER}}
    filled: dict[str, dict[str, str]] = {}
    for group, texts in loaded.model_dump().items():
        filled[group] = {}
        for key, text in texts.items():
            unknown = placeholders(text) - known.keys()
            if unknown:
                raise NoticesError(f"{path}: {group}.{key}: unknown placeholder {{{min(unknown)}}}")
            filled[group][key] = fill(text, known)
    return Notices.model_validate(filled)
