"""Task: the trained model's intent ranking for each text."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.engine_tasks.files import run

FALLBACK = "nlu_fallback"


def rank(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the best intent and its confidence for each of `request["texts"]`, by the model at `model`.

    `nlu_fallback` is left out: the threshold is what the evaluation varies.
    """
    from rasa.core.agent import Agent

    agent = Agent.load(request["model"])

    async def parse_all() -> list[dict[str, Any]]:
        return [best(await agent.parse_message(text)) for text in request["texts"]]

    return asyncio.run(parse_all())


def best(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return name and confidence of the first real intent of a parsed message."""
    ranking = [entry for entry in parsed.get("intent_ranking") or [] if entry["name"] != FALLBACK]
    if not ranking:
        return {"name": "", "confidence": 0.0}
    return {"name": ranking[0]["name"], "confidence": float(ranking[0]["confidence"])}


if __name__ == "__main__":
    run(rank)
