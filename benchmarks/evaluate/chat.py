"""Holds conversations over the chat API, several side by side."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

import httpx

from benchmarks.evaluate.replies import Reply
from scripts.console import say

PARALLEL = 6
TIMEOUT = 60.0
PROGRESS = 200

Turns = tuple[str, ...]
Answers = tuple[tuple[Reply, ...], ...]
"""The replies to each turn of a conversation."""


def hold(url: str, conversations: Sequence[Turns]) -> dict[Turns, Answers]:
    """Hold each of the conversations once and return the replies.

    A request that fails gives a reply of kind "error", so that it is counted as wrong.
    """
    return asyncio.run(_hold_all(url, list(dict.fromkeys(conversations))))


async def _hold_all(url: str, conversations: Sequence[Turns]) -> dict[Turns, Answers]:
    answers: dict[Turns, Answers] = {}
    waiting = iter(conversations)

    async def visitor(http: httpx.AsyncClient) -> None:
        for turns in waiting:
            answers[turns] = await _hold(http, turns)
            if len(answers) % PROGRESS == 0:
                say(f"  {len(answers)} of {len(conversations)} conversations")

    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as http:
        await asyncio.gather(*(visitor(http) for _ in range(PARALLEL)))
    return answers


async def _hold(http: httpx.AsyncClient, turns: Turns) -> Answers:
    try:
        started = await http.post("/api/conversations")
        started.raise_for_status()
        header = {"Authorization": f"Bearer {started.json()['token']}"}
    except httpx.HTTPError as error:
        return tuple((_failed(error),) for _ in turns)
    answers: list[tuple[Reply, ...]] = []
    for text in turns:
        body = {"id": str(uuid.uuid4()), "text": text}
        try:
            answer = await http.post("/api/messages", json=body, headers=header)
            answer.raise_for_status()
            replies = answer.json()["replies"]
        except httpx.HTTPError as error:
            answers.append((_failed(error),))
            continue
        answers.append(tuple(Reply(r["kind"], r["topic"], r["severity"], r["text"]) for r in replies))
    return tuple(answers)


def _failed(error: httpx.HTTPError) -> Reply:
    return Reply("error", text=type(error).__name__)
