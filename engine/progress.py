"""Where a question stands in its form: "3 of 12"."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa.shared.core.domain import Domain

Progress = dict[str, dict[str, int]]


@lru_cache(maxsize=4)
def form_progress(domain: Domain) -> Progress:
    """Return where each counted question stands in its form: `{"step": 3, "total": 12}` by its response.

    A response is counted if its metadata say `counted: true`.
    """
    progress: Progress = {}
    for form in domain.form_names:
        asked = [f"utter_ask_{form}_{slot}" for slot in domain.required_slots_for_form(form)]
        counted = [name for name in asked if _is_counted(domain.responses.get(name) or [])]
        progress |= {
            name: {"step": step, "total": len(counted)} for step, name in enumerate(counted, start=1)
        }
    return progress


def _is_counted(variations: list[dict[str, Any]]) -> bool:
    return any((variation.get("metadata") or {}).get("counted") for variation in variations)
