"""Percentiles, and how many samples each of them needs.

Source: S. S. Wilks, "Determination of sample sizes for setting tolerance limits", Annals of Mathematical
Statistics 12 (1941): an order statistic bounds a quantile at a confidence that depends on the number of
samples alone. Requests that queue behind each other are not independent, so an interval is at least so wide.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARES = (0.5, 0.9, 0.99, 0.999)
CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True, slots=True)
class Percentile:
    """One percentile of latencies.

    Attributes:
        share: Share of the requests that took no longer.
        value_ms: The percentile; `None` where there are too few samples for one.
        low_ms: Lower end of its interval of 95 %.
        high_ms: Upper end.
        n_needed: Least number of samples for it.
    """

    share: float
    value_ms: float | None
    low_ms: float | None
    high_ms: float | None
    n_needed: int


@dataclasses.dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a histogram: how many latencies are from `low_ms` to below `high_ms`."""

    low_ms: float
    high_ms: float
    count: int


def percentile_name(share: float) -> str:
    """Return how a percentile is called.

    Examples:
        >>> percentile_name(0.5), percentile_name(0.999)
        ('p50', 'p99.9')
    """
    return f"p{share * 100:.10g}"


def quantile(ascending: NDArray[np.float64], share: float) -> float:
    """Return the least value that `share` of the values do not exceed.

    Examples:
        >>> quantile(np.array([1.0, 2.0, 3.0, 4.0]), 0.5)
        2.0
    """
    return float(ascending[max(0, math.ceil(share * len(ascending) - 1e-9) - 1)])


def needed_samples(share: float, confidence: float = CONFIDENCE) -> int:
    """Return the least number of samples of which some are above the quantile with this confidence.

    With fewer, the largest sample itself may lie below the quantile.

    Examples:
        >>> [needed_samples(share) for share in SHARES]
        [6, 36, 368, 3688]
    """
    rest = math.log((1 - confidence) / 2)
    return math.ceil(max(rest / math.log(share), rest / math.log(1 - share)))


def quantile_interval(
    ascending: NDArray[np.float64], share: float, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Return an interval that holds the quantile with a confidence, `None` where there are too few samples.

    Its ends are order statistics: the number of samples below the quantile is binomial.
    """
    n = len(ascending)
    if n < needed_samples(share, confidence):
        return None
    below = np.arange(n, dtype=np.float64)
    steps = np.log((n - below) / (below + 1)) + math.log(share / (1 - share))
    logs = np.concatenate([[0.0], np.cumsum(steps)]) + n * math.log1p(-share)
    cumulative = np.cumsum(np.exp(logs))
    tail = (1 - confidence) / 2
    first = int(np.searchsorted(cumulative, tail, side="right"))
    last = int(np.searchsorted(cumulative, 1 - tail, side="left"))
    return float(ascending[max(0, first - 1)]), float(ascending[min(last, n - 1)])


def percentiles(ascending_ms: NDArray[np.float64]) -> tuple[Percentile, ...]:
    """Return each of `SHARES`, where there are enough samples for it."""
    found = []
    for share in SHARES:
        interval = quantile_interval(ascending_ms, share)
        value = None if interval is None else quantile(ascending_ms, share)
        low, high = interval or (None, None)
        found.append(Percentile(share, value, low, high, needed_samples(share)))
    return tuple(found)


def histogram(ascending_ms: NDArray[np.float64], n_bins: int = 16) -> tuple[Bin, ...]:
    """Return bars whose edges grow by equal factors; nothing for no samples."""
    if not len(ascending_ms):
        return ()
    low, high = max(float(ascending_ms[0]), 1e-3), max(float(ascending_ms[-1]), 2e-3)
    edges = np.geomspace(low, max(high, low * 1.01) * 1.000001, n_bins + 1)
    counts, _ = np.histogram(np.clip(ascending_ms, edges[0], edges[-1]), edges)
    return tuple(
        Bin(float(edges[i]), float(edges[i + 1]), int(count)) for i, count in enumerate(counts)
    )
