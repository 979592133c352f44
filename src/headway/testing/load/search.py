"""The highest rate that keeps objectives: doubled until one is missed, halved between, and then confirmed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from headway.testing.load.objectives import Verdict

# the rate is found where the least missed one is at most so much higher
PRECISION = 1.05
LEAST_PER_S, MOST_PER_S = 0.5, 100_000.0
_BACK = 0.9
_MAX_CONFIRMATIONS = 4

Limit = Literal["server", "generator", "none found"]


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One measurement of the search.

    Attributes:
        rate_per_s: What was offered.
        verdict: Whether the objectives were kept.
        is_long: Whether it was one that confirms.
    """

    rate_per_s: float
    verdict: Verdict
    is_long: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        rate_per_s: The highest rate that kept the objectives in a long run; `None` for none.
        limit: What kept it from being higher.
        steps: All measurements, in their order.
    """

    rate_per_s: float | None
    limit: Limit
    steps: tuple[Step, ...]


class Measure(Protocol):
    """Measures afresh whether a rate keeps the objectives."""

    def __call__(self, rate_per_s: float, *, is_long: bool) -> Verdict: ...


def find_rate(measure: Measure, start_per_s: float) -> Found:
    """Return the highest rate that keeps objectives.

    Args:
        measure: Measures one rate; a long run where `is_long`.
        start_per_s: Rate to begin with.
    """
    return _Search(measure).run(start_per_s)


class _Search:
    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._steps: list[Step] = []
        self._limit: Limit = "server"

    def run(self, start_per_s: float) -> Found:
        kept, missed = self._bracket(start_per_s)
        while kept and missed and missed > kept * PRECISION:
            middle = (kept * missed) ** 0.5
            if self._keeps(middle):
                kept = middle
            else:
                missed = middle
        confirmed = self._confirm(kept) if kept else None
        limit: Limit = self._limit if confirmed else "none found"
        return Found(confirmed, limit, tuple(self._steps))

    def _bracket(self, rate: float) -> tuple[float | None, float | None]:
        """Return a rate that was kept, and one at most twice as high that was not."""
        kept = missed = None
        while LEAST_PER_S <= rate <= MOST_PER_S:
            if self._keeps(rate):
                kept = rate
                rate *= 2
            else:
                missed = rate
                rate /= 2
            if kept and missed:
                break
        return kept, missed

    def _confirm(self, rate: float) -> float | None:
        for _ in range(_MAX_CONFIRMATIONS):
            if self._keeps(rate, is_long=True):
                return rate
            rate *= _BACK
        return None

    def _keeps(self, rate: float, *, is_long: bool = False) -> bool:
        verdict = self._measure(rate, is_long=is_long)
        self._steps.append(Step(rate, verdict, is_long))
        if verdict != "kept":
            self._limit = "generator" if verdict == "not measured" else "server"
        return verdict == "kept"
