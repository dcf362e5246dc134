"""Last look at every reply: what may never be said is not sent, whoever wrote it.

The patterns stand in `knowledge/never_say.yml`, where clinicians review them. Responses are checked
against the same list by the content tests; this guard is for what those cannot see, such as a text
that comes together only when its placeholders are filled.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from pathlib import Path
from re import Pattern

import yaml

logger = logging.getLogger(__name__)

SAFE_RESPONSE = "utter_safe_fallback"


class NeverSayError(RuntimeError):
    """The list of what may never be said is missing or damaged."""


class OutgoingGuard:
    """Finds never-say patterns in replies and counts what it found."""

    def __init__(self, patterns: dict[str, Pattern[str]]) -> None:
        """Keep the patterns by name."""
        self._patterns = patterns
        self.hits: dict[str, int] = {}
        # Most replies are one of a few hundred texts, and going through all patterns took 0.4 ms of a turn.
        self.violation = lru_cache(maxsize=1024)(self._violation)

    @classmethod
    def load(cls, path: Path) -> OutgoingGuard:
        """Read the patterns.

        Args:
            path: `never_say.yml`.

        Raises:
            NeverSayError: If the file is missing or a pattern is no regular expression.
        """
        try:
            entries = yaml.safe_load(path.read_text(encoding="utf-8"))["patterns"]
            return cls({entry["name"]: re.compile(entry["pattern"], re.IGNORECASE) for entry in entries})
        except (OSError, yaml.YAMLError, KeyError, TypeError, re.error) as error:
            raise NeverSayError(f"Cannot use {path}: {type(error).__name__}") from error

    def _violation(self, text: str) -> str | None:
        """Return the name of the first pattern that a text breaks, or `None`."""
        plain = text.replace("\u2019", "'").replace("*", "")
        return next((name for name, pattern in self._patterns.items() if pattern.search(plain)), None)

    def allows(self, replies: list[str]) -> bool:
        """Tell whether all texts of a turn may be sent; count and report the first that may not."""
        for text in replies:
            name = self.violation(text)
            if name is not None:
                self.hits[name] = self.hits.get(name, 0) + 1
                logger.critical(
                    "A reply was withheld: never-say pattern %r, %d so far", name, self.hits[name]
                )
                return False
        return True
