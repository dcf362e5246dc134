"""Task: the conditions that the trained model finds in each text."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.engine_tasks.files import run


def analyse(request: dict[str, Any]) -> list[list[list[str]]]:
    """Return key and assertion of each condition in each of `request["texts"]`, by the model at `model`."""
    from rasa.core.agent import Agent

    agent = Agent.load(request["model"])

    async def parse_all() -> list[dict[str, Any]]:
        return [await agent.parse_message(text) for text in request["texts"]]

    return [
        [
            [entity["value"], entity.get("assertion") or ""]
            for entity in parsed["entities"]
            if entity["entity"] == "condition"
        ]
        for parsed in asyncio.run(parse_all())
    ]


if __name__ == "__main__":
    run(analyse)
