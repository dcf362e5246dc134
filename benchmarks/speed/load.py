"""People who talk to a bot, one at a time or many at once."""

from __future__ import annotations

import itertools
import threading
import time
import uuid

from benchmarks.speed.bots import PLAIN, Bot, Caller
from scripts.console import SetUpError

TURNS = 10
"""Turns of a conversation, before the next one is begun."""


def one_user(bot: Bot, kind: str, count: int) -> list[float]:
    """Return the seconds that each of `count` turns of a kind took, in conversations of ten."""
    caller = bot.caller()
    times: list[float] = []
    texts = itertools.cycle(bot.turns[kind])
    sender = ""
    for number in range(count):
        if number % TURNS == 0:
            sender = _open(bot, caller, kind)
        times.append(_timed(bot, caller, sender, next(texts), kind))
    return times


def long_conversation(bot: Bot, turns: int, longest: float) -> list[float]:
    """Return the seconds that each turn of one conversation took; it ends early after `longest` seconds."""
    caller = bot.caller()
    sender = _open(bot, caller, PLAIN)
    texts = itertools.cycle(bot.turns[PLAIN])
    deadline = time.monotonic() + longest
    times: list[float] = []
    while len(times) < turns and time.monotonic() < deadline:
        times.append(_timed(bot, caller, sender, next(texts), None))
    return times


def many_users(bot: Bot, users: int, seconds: float) -> float:
    """Return the messages answered a second while `users` people talk at once. Raises SetUpError."""
    answered = [0] * users
    failures: list[Exception] = []
    deadline = time.monotonic() + seconds

    def talk(user: int) -> None:
        try:
            caller = bot.caller()
            texts = itertools.cycle(bot.turns[PLAIN])
            sender = ""
            while time.monotonic() < deadline:
                if answered[user] % TURNS == 0:
                    sender = uuid.uuid4().hex
                bot.say(caller, sender, next(texts))
                answered[user] += 1
        except Exception as error:
            failures.append(error)

    people = [threading.Thread(target=talk, args=(user,)) for user in range(users)]
    started = time.monotonic()
    for person in people:
        person.start()
    for person in people:
        person.join()
    if failures:
        raise SetUpError(f"{bot.name} failed under load: {failures[0]}")
    return sum(answered) / (time.monotonic() - started)


def _open(bot: Bot, caller: Caller, kind: str) -> str:
    sender = uuid.uuid4().hex
    opening = bot.begin.get(kind, bot.opening)
    if opening:
        bot.say(caller, sender, opening)
    return sender


def _timed(bot: Bot, caller: Caller, sender: str, text: str, kind: str | None) -> float:
    started = time.perf_counter()
    bot.say(caller, sender, text, kind)
    return time.perf_counter() - started
