"""Statistics of measured times."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

REACH = 10
"""Turns on each side of a turn that its time is the median of."""


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of the values are not above, between neighbours linearly.

    Raises ValueError without values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def around(times: Sequence[float], turn: int, reach: int = REACH) -> float:
    """Return the median time of the turns around one. `times` begins with turn 1.

    Raises ValueError when the conversation is too short for it.
    """
    window = times[max(0, turn - 1 - reach) : turn + reach]
    if len(times) < turn:
        raise ValueError(f"there are {len(times)} turns, not {turn}")
    return statistics.median(window)


def median(values: Sequence[float]) -> float | None:
    """Return the median, or None without values."""
    return statistics.median(values) if values else None


def ratio(ours: float | None, theirs: float | None, *, more_is_better: bool = False) -> float | None:
    """Return how many times better ours is, or None if one of the two was not measured."""
    if not ours or not theirs:
        return None
    return ours / theirs if more_is_better else theirs / ours


@dataclass
class Measured:
    """What the rounds of all starts of one bot gave: times in seconds, memory in MB, rates a second."""

    start: list[float] = field(default_factory=list)
    memory_start: list[float] = field(default_factory=list)
    memory_load: list[float] = field(default_factory=list)
    memory_actions: list[float] = field(default_factory=list)
    p50: dict[str, list[float]] = field(default_factory=dict)
    p95: dict[str, list[float]] = field(default_factory=dict)
    rate: list[float] = field(default_factory=list)
    conversations: list[list[float]] = field(default_factory=list)

    def add_round(self, kind: str, times: Sequence[float]) -> None:
        """Keep the quantiles of one round of turns of a kind."""
        self.p50.setdefault(kind, []).append(quantile(times, 0.5))
        self.p95.setdefault(kind, []).append(quantile(times, 0.95))

    def typical(self, kind: str, share: str = "p50") -> float | None:
        """Return the median over the rounds of a kind's `p50` or `p95`."""
        quantiles: dict[str, list[float]] = getattr(self, share)
        return median(quantiles.get(kind, []))

    def at_turn(self, turn: int) -> float | None:
        """Return the median over the long conversations of the time around a turn."""
        return median([around(times, turn) for times in self.conversations if len(times) >= turn])
