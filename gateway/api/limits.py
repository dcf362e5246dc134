"""How many messages a minute a conversation and an address may send."""

from __future__ import annotations

import math
import time
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from gateway.api.problems import ProblemError


class RateLimits:
    """Moving windows of one minute, in the memory of this process; 0 turns one off."""

    def __init__(self, *, per_conversation: int, per_address: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_conversation = RateLimitItemPerMinute(per_conversation) if per_conversation else None
        self._per_address = RateLimitItemPerMinute(per_address) if per_address else None

    def count_address(self, address: str) -> None:
        """Count one call of the address. Raises ProblemError (429) when it has had its share."""
        self._count(self._per_address, "address", address_key(address))

    def count_conversation(self, conversation_id: str) -> None:
        """Count one message of the conversation. Raises ProblemError (429) when it has had its share."""
        self._count(self._per_conversation, "conversation", conversation_id)

    def _count(self, item: RateLimitItem | None, *key: str) -> None:
        if item is None or self._limiter.hit(item, *key):
            return
        wait = max(1, math.ceil(self._limiter.get_window_stats(item, *key).reset_time - time.time()))
        raise ProblemError(
            429,
            f"Too many messages in one minute. Please wait {wait} seconds and send this one again.",
            headers={"Retry-After": str(wait)},
        )


def address_key(address: str) -> str:
    """What counts as one address: an IPv6 network of 64 bits, as one home or phone has a whole one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)
