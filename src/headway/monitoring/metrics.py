"""Counts requests, in plain integers; `headway.monitoring.prometheus` shows them.

Invariant: counters only grow, and their number is bounded by what is served, never by what clients
send. One thread writes: the one that runs the event loop.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DURATION_BOUNDS_S = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
ROW_BOUNDS = (1.0, 8.0, 64.0, 512.0, 4096.0, 32768.0)


class Histogram:
    """Counts values by the first bound that they do not exceed.

    Args:
        bounds: Upper bounds, ascending; above the last one there is one more bin.

    Examples:
        >>> histogram = Histogram((1.0, 10.0))
        >>> for value in (1, 2, 50):
        ...     histogram.observe(value)
        >>> histogram.cumulative(), histogram.total
        ([1, 2, 3], 53.0)
    """

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.total = 0.0
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> list[int]:
        """Return how many values lie at or below each bound, and last how many there are."""
        counts, running = [], 0
        for count in self._counts:
            running += count
            counts.append(running)
        return counts


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """How one request for a prediction ended.

    Attributes:
        variant: Role of the version that answered, empty where none did.
        dialect: Protocol that the client spoke.
        status: HTTP status; 499 where the client left before the reply.
        error_code: Stable code of the error, `None` for an answer.
        duration_s: From the last byte of the request to the reply.
        n_rows: Rows that were answered, 0 for none.
    """

    variant: str
    dialect: str
    status: int
    error_code: str | None
    duration_s: float
    n_rows: int


class RequestSeries:
    """What is counted of one version of a model."""

    __slots__ = (
        "batch_rows",
        "contract_warnings",
        "duration_s",
        "errors",
        "model",
        "requests",
        "version",
    )

    def __init__(self, model: str, version: str) -> None:
        self.model = model
        self.version = version
        self.requests: dict[tuple[str, str, int], int] = {}
        self.errors: dict[str, int] = {}
        self.contract_warnings: dict[tuple[str, str], int] = {}
        self.duration_s = Histogram(DURATION_BOUNDS_S)
        self.batch_rows = Histogram(ROW_BOUNDS)

    def observe(self, outcome: Outcome) -> None:
        """Count one request."""
        key = (outcome.variant, outcome.dialect, outcome.status)
        self.requests[key] = self.requests.get(key, 0) + 1
        self.duration_s.observe(outcome.duration_s)
        if outcome.n_rows:
            self.batch_rows.observe(outcome.n_rows)
        if outcome.error_code is not None:
            self.errors[outcome.error_code] = self.errors.get(outcome.error_code, 0) + 1

    def count_warnings(self, noted: Mapping[tuple[str, str], int]) -> None:
        """Count values that a policy let through, by feature and rule of the contract."""
        for key, count in noted.items():
            self.contract_warnings[key] = self.contract_warnings.get(key, 0) + count


class RequestMetrics:
    """All series of one server.

    A series outlives the version that it counts, because a counter must not go back.
    """

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], RequestSeries] = {}

    def series(self, model: str = "", version: str = "") -> RequestSeries:
        """Return the series of one served version, made at the first call.

        Args:
            model: Name of a model that is served; empty for requests that reached none, because a
                name that a client made up must not become a label.
            version: Its version.
        """
        key = (model, version)
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = RequestSeries(model, version)
        return found

    def all(self) -> Iterable[RequestSeries]:
        """Return every series."""
        return self._series.values()
