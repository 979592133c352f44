"""Counts what a worker does, in the slot of shared memory that it has taken.

`headway.monitoring.prometheus` shows the sum over the slots of a server.

Invariant: counters only grow, and their number is bounded by what is served, never by what clients
send. One thread writes: the one that runs the event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.monitoring.cells import Counter, Gauge, SlotHistogram
    from headway.monitoring.slots import Slot

DURATION_BOUNDS_S = (
    0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
)  # fmt: skip
ROW_BOUNDS = (1.0, 8.0, 64.0, 512.0, 4096.0, 32768.0)
CALL_BOUNDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)

# Where a cache keeps answers.
Tier = Literal["local", "redis"]


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


class CacheSeries:
    """What is counted of one tier of the cache of one version of a model.

    Args:
        slot: Where.
        labels: `model` and `version`.
        tier: Where the cache keeps answers.
    """

    __slots__ = ("bytes", "coalesced", "errors", "evictions", "hits", "misses")

    def __init__(self, slot: Slot, labels: Mapping[str, str], tier: Tier) -> None:
        labels = {**labels, "tier": tier}
        self.hits: Counter = slot.counter("headway_cache_hits", labels)
        self.misses: Counter = slot.counter("headway_cache_misses", labels)
        self.evictions: Counter = slot.counter("headway_cache_evictions", labels)
        self.coalesced: Counter = slot.counter("headway_cache_coalesced", labels)
        self.errors: Counter = slot.counter("headway_cache_errors", labels)
        self.bytes: Gauge = slot.gauge("headway_cache_bytes", labels)


class RequestSeries:
    """What is counted of one version of a model.

    Args:
        slot: Where.
        model: Name of the model; empty for requests that reached none.
        version: Its version.
    """

    __slots__ = (
        "_errors",
        "_labels",
        "_rejections",
        "_requests",
        "_slot",
        "_warnings",
        "batch_rows",
        "call_rows",
        "duration_s",
        "model",
        "queue_depth",
        "version",
    )

    def __init__(self, slot: Slot, model: str, version: str) -> None:
        self.model = model
        self.version = version
        self._slot = slot
        self._labels = {"model": model, "version": version}
        self._requests: dict[tuple[str, str, int], Counter] = {}
        self._errors: dict[str, Counter] = {}
        self._rejections: dict[str, Counter] = {}
        self._warnings: dict[tuple[str, str], Counter] = {}
        self.duration_s: SlotHistogram = slot.histogram(
            "headway_request_duration_seconds", self._labels, DURATION_BOUNDS_S
        )
        self.batch_rows: SlotHistogram = slot.histogram(
            "headway_batch_rows", self._labels, ROW_BOUNDS
        )
        self.call_rows: SlotHistogram = slot.histogram(
            "headway_model_call_rows", self._labels, CALL_BOUNDS
        )
        self.queue_depth: Gauge = slot.gauge("headway_queue_depth", self._labels)

    @property
    def requests(self) -> dict[tuple[str, str, int], float]:
        """Requests by variant, dialect and status, as this process has counted them."""
        return {key: counter.value for key, counter in self._requests.items()}

    @property
    def errors(self) -> dict[str, float]:
        """Errors by code."""
        return {code: counter.value for code, counter in self._errors.items()}

    @property
    def rejections(self) -> dict[str, float]:
        """Rejected requests by reason."""
        return {reason: counter.value for reason, counter in self._rejections.items()}

    @property
    def contract_warnings(self) -> dict[tuple[str, str], float]:
        """Values that a policy let through, by feature and rule."""
        return {key: counter.value for key, counter in self._warnings.items()}

    def observe(self, outcome: Outcome) -> None:
        """Count one request."""
        key = (outcome.variant, outcome.dialect, outcome.status)
        counter = self._requests.get(key)
        if counter is None:
            variant, dialect, status = key
            counter = self._requests[key] = self._counter(
                "headway_requests", variant=variant, dialect=dialect, status=str(status)
            )
        counter.add()
        self.duration_s.observe(outcome.duration_s)
        if outcome.n_rows:
            self.batch_rows.observe(outcome.n_rows)
        if outcome.error_code is not None:
            self._count(self._errors, "headway_errors", "code", outcome.error_code)

    def count_rejection(self, reason: str) -> None:
        """Count a request that was not begun, or was given up, by one of a few words."""
        self._count(self._rejections, "headway_requests_rejected", "reason", reason)

    def count_warnings(self, noted: Mapping[tuple[str, str], int]) -> None:
        """Count values that a policy let through, by feature and rule of the contract."""
        for key, count in noted.items():
            counter = self._warnings.get(key)
            if counter is None:
                feature, rule = key
                counter = self._warnings[key] = self._counter(
                    "headway_contract_warnings", feature=feature, rule=rule
                )
            counter.add(count)

    def cache(self, tier: Tier) -> CacheSeries:
        """Return what counts one tier of its cache."""
        return CacheSeries(self._slot, self._labels, tier)

    def _count(self, counters: dict[str, Counter], name: str, label: str, value: str) -> None:
        counter = counters.get(value)
        if counter is None:
            counter = counters[value] = self._counter(name, **{label: value})
        counter.add()

    def _counter(self, name: str, **labels: str) -> Counter:
        return self._slot.counter(name, self._labels | labels)


class RequestMetrics:
    """All series of one worker.

    A series outlives the version that it counts, because a counter must not go back.

    Args:
        slot: Where they count.
    """

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
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
            found = self._series[key] = RequestSeries(self.slot, model, version)
        return found
