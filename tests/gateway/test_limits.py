"""How much one conversation and one address may ask."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.api.limits import RateLimits, address_key
from gateway.api.problems import ProblemError
from tests.gateway.chat import Gateway, assert_problem
from tests.gateway.servers import FakeEngine


def test_of_200_quick_messages_the_share_is_answered_and_the_rest_told_to_wait(
    run: Callable[..., Gateway], engine: FakeEngine
) -> None:
    chat = run(rate_per_conversation=20).chat()
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda n: chat.send(f"message {n}"), range(200)))
    refused = [response for response in responses if response.status_code != 200]
    assert len(refused) == 180
    for response in refused:
        problem = assert_problem(response, 429, "rate-limited")
        wait = int(response.headers["retry-after"])
        assert 1 <= wait <= 60
        assert str(wait) in problem["detail"]
    # Each accepted one was answered once and is in the history once, with its own replies.
    assert len(engine.turns) == 21
    history = chat.history()
    for said in (message for message in history if message["sender"] == "person"):
        answers = [m["text"] for m in history if m["in_reply_to"] == said["id"]]
        assert answers[0] == f"You said: {said['text']}"
    assert engine.overlaps == 0


def test_another_conversation_is_not_held_back(run: Callable[..., Gateway]) -> None:
    gateway = run(rate_per_conversation=2)
    busy, calm = gateway.chat(), gateway.chat()
    assert [busy.send("x").status_code for _ in range(3)] == [200, 200, 429]
    assert calm.send("x").status_code == 200


def test_an_address_has_a_share_over_all_its_conversations(run: Callable[..., Gateway]) -> None:
    gateway = run(rate_per_address=4)
    one, two = gateway.chat(), gateway.chat()
    assert one.send("x").status_code == 200
    assert two.send("x").status_code == 200
    assert_problem(one.send("x"), 429, "rate-limited")
    assert_problem(gateway.client().post("/api/conversations"), 429, "rate-limited")
    assert one.http.get("/api/messages", headers=one.headers).status_code == 200


def test_people_behind_the_proxy_of_this_machine_are_told_apart(run: Callable[..., Gateway]) -> None:
    gateway = run(rate_per_address=1)

    def start(address: str) -> int:
        return gateway.client().post("/api/conversations", headers={"X-Forwarded-For": address}).status_code

    assert [start("203.0.113.5"), start("203.0.113.5"), start("203.0.113.6")] == [201, 429, 201]


def test_zero_is_no_limit(gateway: Gateway) -> None:
    chat = gateway.chat()
    assert {chat.send("x").status_code for _ in range(70)} == {200}


def test_the_window_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    limits = RateLimits(per_conversation=2, per_address=0)
    limits.count_conversation("a")
    now += 30
    limits.count_conversation("a")
    with pytest.raises(ProblemError) as refused:
        limits.count_conversation("a")
    assert refused.value.headers["Retry-After"] == "30"
    now += 31
    limits.count_conversation("a")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str, key: str) -> None:
    assert address_key(address) == key
