"""Shows the counters of a server in the text format of Prometheus."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client import Metric

    from headway.monitoring.metrics import Histogram, RequestMetrics

_VERSION_LABELS = ("model", "version")
# What each label of the metrics says; a test holds it complete.
LABELS = {
    "model": "name of the model; empty where a request reached none",
    "version": "the registry's version of the model; in `headway_build_info` that of Headway",
    "variant": "role of the version that answered, for example `champion`",
    "dialect": "protocol that the client spoke",
    "status": "HTTP status; 499 where the client left before the reply",
    "code": "stable code of the error, as in the reference of the errors; `client.left` where the client left",
    "python": "version of Python",
    "le": "upper bound of a bucket, itself included",
}


@dataclasses.dataclass(frozen=True, slots=True)
class LiveVersion:
    """One version that is served now.

    Attributes:
        model: Name of the model.
        version: Its version.
        queue_depth: Requests that wait for the model, or that it is answering outside of the event loop.
    """

    model: str
    version: str
    queue_depth: int


@dataclasses.dataclass(frozen=True, slots=True)
class ServerState:
    """What a server is, beside what it has counted.

    Attributes:
        build: Labels of `headway_build_info`.
        live: Asked at each scrape.
        log_lines_dropped: Asked at each scrape.
    """

    build: Mapping[str, str]
    live: Callable[[], Iterable[LiveVersion]]
    log_lines_dropped: Callable[[], int]


class PrometheusExposition:
    """The `/metrics` of one server, with a registry of its own.

    Args:
        metrics: The counters.
        state: What is not counted but asked for.
    """

    def __init__(self, metrics: RequestMetrics, state: ServerState) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_RequestCollector(metrics))
        self._registry.register(_StateCollector(state))
        ProcessCollector(registry=self._registry)

    def render(self, accept: str) -> tuple[bytes, str]:
        """Return the body and its content type.

        Args:
            accept: `Accept` header of the scrape; it chooses between the text format and OpenMetrics.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _RequestCollector(Collector):
    def __init__(self, metrics: RequestMetrics) -> None:
        self._metrics = metrics

    @override
    def collect(self) -> Iterable[Metric]:
        requests = CounterMetricFamily(
            "headway_requests",
            "Requests for a prediction. An empty model: the request reached none.",
            labels=(*_VERSION_LABELS, "variant", "dialect", "status"),
        )
        errors = CounterMetricFamily(
            "headway_errors",
            "Requests for a prediction that ended in an error, by its stable code.",
            labels=(*_VERSION_LABELS, "code"),
        )
        warnings = CounterMetricFamily(
            "headway_contract_warnings",
            "Values that break what is declared and that the policy of their feature lets through.",
            labels=(*_VERSION_LABELS, "feature", "rule"),
        )
        duration = HistogramMetricFamily(
            "headway_request_duration_seconds",
            "Time from the last byte of a request to its reply.",
            labels=_VERSION_LABELS,
        )
        rows = HistogramMetricFamily(
            "headway_batch_rows", "Rows of an answered request.", labels=_VERSION_LABELS
        )
        for series in self._metrics.all():
            version = (series.model, series.version)
            for (variant, dialect, status), count in series.requests.items():
                requests.add_metric((*version, variant, dialect, str(status)), count)
            for code, count in series.errors.items():
                errors.add_metric((*version, code), count)
            for (feature, rule), count in series.contract_warnings.items():
                warnings.add_metric((*version, feature, rule), count)
            duration.add_metric(version, _buckets(series.duration_s), series.duration_s.total)
            rows.add_metric(version, _buckets(series.batch_rows), series.batch_rows.total)
        return (requests, errors, warnings, duration, rows)


class _StateCollector(Collector):
    def __init__(self, state: ServerState) -> None:
        self._state = state

    @override
    def collect(self) -> Iterable[Metric]:
        live = GaugeMetricFamily(
            "headway_live_version", "1 for each version that is served.", labels=_VERSION_LABELS
        )
        depth = GaugeMetricFamily(
            "headway_queue_depth",
            "Requests that wait for a model, or that it is answering outside of the event loop.",
            labels=_VERSION_LABELS,
        )
        for version in self._state.live():
            live.add_metric((version.model, version.version), 1)
            depth.add_metric((version.model, version.version), version.queue_depth)
        dropped = CounterMetricFamily(
            "headway_log_lines_dropped", "Log lines that did not fit into the buffer."
        )
        dropped.add_metric((), self._state.log_lines_dropped())
        build = InfoMetricFamily("headway_build", "What this server is.")
        build.add_metric((), dict(self._state.build))
        return (live, depth, dropped, build)


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    bounds = [*(repr(bound) for bound in histogram.bounds), "+Inf"]
    return list(zip(bounds, histogram.cumulative(), strict=True))
