"""Two versions that were measured in turns: how their CPU and their latencies differ.

Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, sections 8.5 and 13.3: what is
drawn again are whole rounds, each with both versions, because requests within a round depend on each
other; the interval lies between percentiles of the drawn differences.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.testing.load.percentiles import needed_samples, quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headway.testing.load.samples import Samples

N_DRAWS = 1_000
MIN_ROUNDS = 6
_SEED = 1
_ENDS = (0.025, 0.975)


@dataclasses.dataclass(frozen=True, slots=True)
class Round:
    """Both versions, one after the other, with the same rows at the same times.

    Attributes:
        first: What became of the requests to the first version.
        second: What became of those to the second.
        first_cpu_s: CPU time of the first one's server.
        second_cpu_s: CPU time of the second one's.
    """

    first: Samples
    second: Samples
    first_cpu_s: float
    second_cpu_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """The second version beside the first.

    Attributes:
        n_rounds: Rounds that were measured.
        cpu_ratio: CPU of the second by CPU of the first, for the same requests; `None` without any.
        p50_difference_ms: Second less first; `None` where there are too few samples, as below.
        p99_difference_ms: Second less first.
    """

    n_rounds: int
    cpu_ratio: Estimate | None
    p50_difference_ms: Estimate | None
    p99_difference_ms: Estimate | None


def compare(rounds: Sequence[Round]) -> Comparison:
    """Compare two versions over the rounds of one run, at least `MIN_ROUNDS` of them."""
    draws = np.random.default_rng(_SEED).integers(len(rounds), size=(N_DRAWS, len(rounds)))
    return Comparison(
        n_rounds=len(rounds),
        cpu_ratio=_cpu_ratio(rounds, draws),
        p50_difference_ms=_difference(rounds, draws, 0.5),
        p99_difference_ms=_difference(rounds, draws, 0.99),
    )


def _cpu_ratio(rounds: Sequence[Round], draws: NDArray[np.int64]) -> Estimate | None:
    first = np.array([one.first_cpu_s for one in rounds])
    second = np.array([one.second_cpu_s for one in rounds])
    if not first.min() > 0:
        return None
    return _estimate(draws, lambda drawn: float(second[drawn].sum() / first[drawn].sum()))


def _difference(rounds: Sequence[Round], draws: NDArray[np.int64], share: float) -> Estimate | None:
    first = [one.first.latency_ms() for one in rounds]
    second = [one.second.latency_ms() for one in rounds]
    if min(sum(map(len, first)), sum(map(len, second))) < needed_samples(share):
        return None

    def difference(drawn: NDArray[np.int64]) -> float:
        return _quantile_of(second, drawn, share) - _quantile_of(first, drawn, share)

    return _estimate(draws, difference)


def _quantile_of(
    parts: Sequence[NDArray[np.float64]], drawn: NDArray[np.int64], share: float
) -> float:
    return quantile(np.sort(np.concatenate([parts[i] for i in drawn.tolist()])), share)


def _estimate(draws: NDArray[np.int64], figure: Callable[[NDArray[np.int64]], float]) -> Estimate:
    drawn = np.sort([figure(draw) for draw in draws])
    value = figure(np.arange(draws.shape[1]))
    return Estimate(value, *(quantile(drawn, share) for share in _ENDS))
