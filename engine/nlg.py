"""Response generator that knows the clinic's profile.

Responses name the clinic's telephone number, address or prices by placeholder. The values come from
the profile at start, not from slots, so that a changed profile is true in every conversation after
a restart and costs no action call. `python -m clinic prepare` checks `knowledge/clinic.yml` and writes
the values, because the libraries that check it do not run on the engine's Python.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

logger = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class ProfileValuesError(RuntimeError):
    """The clinic's profile values are missing or damaged."""


class ProfileNLG(TemplatedNaturalLanguageGenerator):
    """Rasa's template responses, filled with slots, the caller's values and the profile's."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        """Read the profile.

        Args:
            endpoint_config: The `nlg` section of `endpoints.yml`; `values` is the file.
            domain: The model's domain, with its responses.

        Raises:
            ProfileValuesError: If the values cannot be read.
        """
        super().__init__(domain.responses)
        self._values = load_profile_values(Path(endpoint_config.kwargs["values"]))

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Return the filled response, or `None` if there is none of that name."""
        return await super().generate(utter_action, tracker, output_channel, **{**self._values, **kwargs})

    def _fill_response(
        self, response: dict[str, Any], filled_slots: dict[str, Any] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Fill the placeholders of a response's text.

        Rasa's interpolator takes the braces of a button's payload for placeholders, and logs every slot
        of the conversation when one has no value.
        """
        if "text" in response:
            response["text"] = fill(response["text"], self._response_variables(filled_slots, kwargs))
        return response


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Return a text with its placeholders replaced; one without a value stays and is logged by name."""

    def value(match: re.Match[str]) -> str:
        if values.get(match[1]) is None:
            logger.error("A response names {%s}, which has no value", match[1])
            return match[0]
        return str(values[match[1]])

    return _PLACEHOLDER.sub(value, text)


def load_profile_values(path: Path) -> dict[str, str]:
    """Return the value of each profile placeholder.

    Args:
        path: File written by `python -m clinic prepare`.

    Raises:
        ProfileValuesError: If it is missing, unreadable or not a table of texts.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProfileValuesError(
            f"Cannot read {path}: run `python -m clinic prepare`, which writes it"
        ) from error
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise ProfileValuesError(f"{path} must hold one text for each name")
    return values
