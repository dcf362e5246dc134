"""The numbers that an evaluation ends in, and the goals they are held against."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_Z = 1.96


@dataclass(frozen=True)
class Outcome:
    """How one entry ended.

    sent: what was typed, turns apart by " / ". group: the intent, tier, goal or the like. fault: "" where the
    entry is right. seen: what came back, for the person who tunes. surplus: further answers nobody asked for.
    """

    sent: str
    group: str
    fault: str
    seen: str
    surplus: int = 0

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.fault


@dataclass(frozen=True)
class Share:
    """A part of a whole, such as the right ones of all."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share, from 0 to 1; of nothing, nothing is missing."""
        return self.part / self.whole if self.whole else 1.0

    def interval(self) -> tuple[float, float]:
        """Return the 95 % confidence interval (Wilson's score interval)."""
        if not self.whole:
            return 0.0, 1.0
        n, p = self.whole, self.value
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        reach = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self.part} of {self.whole})".replace("%", " %")

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Share:
        """Return the share of right outcomes."""
        marks = [outcome.right for outcome in outcomes]
        return cls(sum(marks), len(marks))


@dataclass(frozen=True)
class Figure:
    """A named number and what is wanted of it: at least or at most something, or nothing in particular."""

    name: str
    value: Share | int | float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def number(self) -> float:
        """The value as a number; a share from 0 to 1."""
        return self.value.value if isinstance(self.value, Share) else float(self.value)

    @property
    def goal(self) -> str:
        """The goal in words; "" if there is none."""
        if self.at_least is not None:
            return f"at least {self.at_least:.0%}".replace("%", " %")
        return "" if self.at_most is None else f"at most {self.at_most:g}"

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None if there is none."""
        if self.at_least is not None:
            return self.number >= self.at_least
        return None if self.at_most is None else self.number <= self.at_most

    def __str__(self) -> str:
        return f"{self.value:.1f}" if isinstance(self.value, float) else str(self.value)


def by_group(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return the outcomes of each group, groups in order of name."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.group):
        groups.setdefault(outcome.group, []).append(outcome)
    return groups
