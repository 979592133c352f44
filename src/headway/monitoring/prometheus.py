"""Shows the counters of a whole server in the text format of Prometheus.

Whichever worker is asked answers for all of them: it sums the slots of their shared memory.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from typing_extensions import override

from headway.monitoring.cells import cumulative, plain_number
from headway.monitoring.process_use import process_use
from headway.monitoring.slots import SlotState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from prometheus_client import Metric

    from headway.monitoring.directory import Entry, Kind, Labels
    from headway.monitoring.slots import Board

_VERSION_LABELS = ("model", "version")
_TIER_LABELS = (*_VERSION_LABELS, "tier")
# What each label of the metrics says; a test holds it complete.
LABELS = {
    "model": "name of the model; empty where a request reached none",
    "version": "the registry's version of the model; in `headway_build_info` that of Headway",
    "variant": "role of the version that answered, for example `champion`",
    "dialect": "protocol that the client spoke",
    "status": "HTTP status; 499 where the client left before the reply",
    "code": "stable code of the error, as in the reference of the errors; `client.left` where the client left",
    "feature": "name of a feature of the contract",
    "rule": "rule of the contract that a value breaks",
    "reason": "`queue`, `wait`, `concurrency`, `deadline`, `stuck` (the model hangs) or `rate` (of the key)",
    "cause": "`full` where the buffer had no room, `unwritten` where the reader of the log is gone, `sink` where what takes records failed",
    "tier": "`local` for the memory of a worker, `redis` for what servers share",
    "state": "`loading`, `ready`, `draining`, or `dead` until another one is started",
    "slot": "place of the worker, from 0",
    "python": "version of Python",
    "le": "upper bound of a bucket, itself included",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """How a series of the slots is shown.

    Attributes:
        kind: What is counted how.
        documentation: For people.
        labels: Names of its labels, in order.
    """

    kind: Kind
    documentation: str
    labels: tuple[str, ...]


# Every series that a worker counts; what it has not counted yet is not shown.
SHOWN = {
    "headway_requests": Shown(
        "counter",
        "Requests for a prediction. An empty model: the request reached none.",
        (*_VERSION_LABELS, "variant", "dialect", "status"),
    ),
    "headway_errors": Shown(
        "counter",
        "Requests for a prediction that ended in an error, by its stable code.",
        (*_VERSION_LABELS, "code"),
    ),
    "headway_requests_rejected": Shown(
        "counter",
        "Requests for a prediction that were not begun, or given up.",
        (*_VERSION_LABELS, "reason"),
    ),
    "headway_contract_warnings": Shown(
        "counter",
        "Values that break what is declared and that the policy of their feature lets through.",
        (*_VERSION_LABELS, "feature", "rule"),
    ),
    "headway_request_duration_seconds": Shown(
        "histogram", "Time from the last byte of a request to its reply.", _VERSION_LABELS
    ),
    "headway_batch_rows": Shown("histogram", "Rows of an answered request.", _VERSION_LABELS),
    "headway_model_call_rows": Shown(
        "histogram", "Rows of a call of the model, which requests may share.", _VERSION_LABELS
    ),
    "headway_queue_depth": Shown(
        "gauge",
        "Requests that wait for a model, or that it is answering outside of the event loop.",
        _VERSION_LABELS,
    ),
    "headway_cache_hits": Shown("counter", "Rows that were answered from a cache.", _TIER_LABELS),
    "headway_cache_misses": Shown("counter", "Rows that a cache did not have.", _TIER_LABELS),
    "headway_cache_coalesced": Shown(
        "counter",
        "Rows that waited for the answer to the same row of another request.",
        _TIER_LABELS,
    ),
    "headway_cache_evictions": Shown("counter", "Answers that made room for others.", _TIER_LABELS),
    "headway_cache_errors": Shown("counter", "Look-ups and stores that failed.", _TIER_LABELS),
    "headway_cache_bytes": Shown("gauge", "Bytes of the answers that are kept.", _TIER_LABELS),
    "headway_records": Shown(
        "counter", "Predictions that were handed over to be recorded.", _VERSION_LABELS
    ),
    "headway_record_rows": Shown("counter", "Rows of those predictions.", _VERSION_LABELS),
    "headway_records_dropped": Shown(
        "counter", "Predictions that could not be recorded.", ("cause",)
    ),
    "headway_log_lines_dropped": Shown("counter", "Log lines that were lost.", ("cause",)),
}
_FAMILIES: dict[str, type[Any]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}


@dataclasses.dataclass(frozen=True, slots=True)
class ServerState:
    """What a server is, beside what it has counted.

    Attributes:
        build: Labels of `headway_build_info`.
        live: Model and version of everything that is served; asked at each scrape.
    """

    build: Mapping[str, str]
    live: Callable[[], Iterable[tuple[str, str]]]


class PrometheusExposition:
    """The `/metrics` of one server, with a registry of its own.

    Args:
        board: The counters of all workers.
        state: What is not counted but asked for.
    """

    def __init__(self, board: Board, state: ServerState) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_SlotsCollector(board))
        self._registry.register(_WorkersCollector(board))
        self._registry.register(_StateCollector(state))

    def render(self, accept: str) -> tuple[bytes, str]:
        """Return the body and its content type.

        Args:
            accept: `Accept` header of the scrape; it chooses between the text format and OpenMetrics.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _SlotsCollector(Collector):
    """The sum of the slots."""

    def __init__(self, board: Board) -> None:
        self._board = board

    @override
    def collect(self) -> Iterable[Metric]:
        sums = self._sums()
        for name, shown in SHOWN.items():
            series = sums.get(name)
            if series is None:
                continue
            family = _FAMILIES[shown.kind](name, shown.documentation, labels=shown.labels)
            for labels, (entry, cells) in series.items():
                values = dict(labels)
                _add(family, [values[label] for label in shown.labels], entry, cells)
            yield family

    def _sums(self) -> dict[str, dict[Labels, tuple[Entry, Sequence[float]]]]:
        sums: dict[str, dict[Labels, tuple[Entry, Sequence[float]]]] = {}
        for slot in self._board.slots():
            is_empty = slot.state is SlotState.EMPTY
            for entry in slot.entries():
                if is_empty and entry.kind == "gauge":
                    continue  # how things stood in a worker that has ended
                series = sums.setdefault(entry.name, {})
                found = series.get(entry.labels)
                cells = slot.values(entry)
                if found is not None:
                    cells = [a + b for a, b in zip(found[1], cells, strict=True)]
                series[entry.labels] = (entry, cells)
        return sums


class _WorkersCollector(Collector):
    """What each worker is and uses."""

    def __init__(self, board: Board) -> None:
        self._board = board

    @override
    def collect(self) -> Iterable[Metric]:
        workers = GaugeMetricFamily("headway_workers", "Workers by state.", labels=["state"])
        restarts = CounterMetricFamily(
            "headway_worker_restarts", "Workers that took the place of one that had ended."
        )
        unseen = CounterMetricFamily(
            "headway_series_dropped", "Series that the shared memory had no room for."
        )
        memory = GaugeMetricFamily(
            "headway_worker_resident_bytes", "Memory of a worker.", labels=["slot"]
        )
        cpu = CounterMetricFamily(
            "headway_worker_cpu_seconds",
            "CPU time of a worker; it begins anew with another process.",
            labels=["slot"],
        )
        slots = self._board.slots()
        counts = dict.fromkeys(SlotState, 0)
        for index, slot in enumerate(slots):
            counts[slot.state] += 1
            use = process_use(slot.pid) if slot.state is not SlotState.EMPTY else None
            if use is not None:
                memory.add_metric([str(index)], use.resident_bytes)
                cpu.add_metric([str(index)], use.cpu_s)
        for state, count in counts.items():
            workers.add_metric(["dead" if state is SlotState.EMPTY else state.name.lower()], count)
        restarts.add_metric((), sum(slot.n_restarts for slot in slots))
        unseen.add_metric((), sum(slot.n_series_dropped for slot in slots))
        return (workers, restarts, unseen, memory, cpu)


class _StateCollector(Collector):
    def __init__(self, state: ServerState) -> None:
        self._state = state

    @override
    def collect(self) -> Iterable[Metric]:
        live = GaugeMetricFamily(
            "headway_live_version", "1 for each version that is served.", labels=_VERSION_LABELS
        )
        for version in self._state.live():
            live.add_metric(version, 1)
        build = InfoMetricFamily("headway_build", "What this server is.")
        build.add_metric((), dict(self._state.build))
        return (live, build)


def _add(family: Any, labels: list[str], entry: Entry, cells: Sequence[float]) -> None:
    if entry.kind != "histogram":
        family.add_metric(labels, plain_number(cells[0]))
        return
    bounds = [*(repr(bound) for bound in entry.bounds), "+Inf"]
    buckets = list(zip(bounds, cumulative(cells[:-1]), strict=True))
    family.add_metric(labels, buckets, cells[-1])
