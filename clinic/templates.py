"""The ``{key}`` placeholders of answers and knowledge texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def placeholders(text: str) -> set[str]:
    """The keys that ``text`` names."""
    return set(_PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with each ``{key}`` replaced. Raises KeyError for a key that ``values`` lacks."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)
