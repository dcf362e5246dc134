"""210 messages on all channels while gateway, engine and actions are killed: none lost, none doubled.

What a platform makes unavoidable is allowed: Telegram can neither be asked for a message nor told its id,
so a message that was on its way when the gateway was killed is sent again.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.channels.capabilities import Channel
from tests.e2e.stack import CHANNELS, Platforms, Stack, Statuses, somebody, until
from tests.gateway.channels.talks import said, seen

QUESTIONS = (
    "does it hurt?",
    "how far apart are treatments?",
    "how does it work?",
    "what are the side effects?",
    "how much does it cost?",
    "i have eczema on my cheeks",
)
PEOPLE = 5
KILLS = (
    "gateway",
    "gateway",
    "engine",
    "gateway",
    "actions",
    "gateway",
    "gateway",
    "engine",
    "actions",
    "gateway",
)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    platforms = Platforms()
    running = Stack(tmp_path, platforms)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        platforms.stop()


def test_no_message_is_lost_and_none_doubled(stack: Stack) -> None:
    chance = random.Random(20)
    for played in stack.platforms.served:
        played.delay = 0.1  # so that calls are on their way when the gateway is killed
    statuses = Statuses(stack)
    statuses.start()
    lock = threading.Lock()
    given = 0

    def write(channel: Channel) -> None:
        nonlocal given
        for question in QUESTIONS:
            for number in range(PEOPLE):
                with lock:
                    event = said(channel, stack.platforms.of(channel), question, somebody(channel, number))
                stack.post(channel, event)
                if chance.random() < 0.2:
                    stack.post(channel, event)  # the platform repeats itself
                given += 1
                time.sleep(0.25)

    writers = [threading.Thread(target=write, args=(channel,)) for channel in CHANNELS]
    for writer in writers:
        writer.start()
    total = len(CHANNELS) * len(QUESTIONS) * PEOPLE
    for number, name in enumerate(KILLS, 1):
        until(lambda at=number: given >= at * total // (len(KILLS) + 1), 60)  # type: ignore[misc]
        stack.restart(name)
    for writer in writers:
        writer.join()
    stack.wait_ready()
    until(lambda: stack.left() == 0, 90)
    statuses.over = True
    statuses.join(20)

    assert given == total == 210
    assert stack.rows("SELECT count(*), count(DISTINCT client_id) FROM messages WHERE direction = 'in'") == [
        (total, total)
    ]
    unanswered = stack.rows(
        "SELECT m.text FROM messages m WHERE direction = 'in' AND NOT EXISTS (SELECT 1 FROM messages r WHERE "
        "r.conversation_id = m.conversation_id AND r.client_id = m.client_id AND r.direction = 'out')"
    )
    assert unanswered == []
    assert stack.rows("SELECT DISTINCT state FROM channel_inbound") == [("done",)]
    assert stack.rows("SELECT state, reason FROM channel_outbound WHERE state != 'sent'") == []
    doubled = {}
    for channel in CHANNELS:
        [(expected,)] = stack.rows(
            "SELECT count(*) FROM channel_outbound o JOIN channel_contacts c USING (conversation_id) "
            "WHERE c.channel = ?",
            channel,
        )
        doubled[channel] = len(stack.platforms.messages(channel)) - expected
    print("sent more than once:", doubled, "of", stack.rows("SELECT count(*) FROM channel_outbound"))
    assert doubled.pop("telegram") in range(KILLS.count("gateway") * PEOPLE + 1)
    assert set(doubled.values()) == {0}, doubled
    assert [played.refusals for played in stack.platforms.served] == [[]] * 4
    # Each person reads the answers in the order of their questions.
    first_words = Counter(one.recipient for one in seen(stack.platforms.meta))
    assert len(first_words) == 3 * PEOPLE
