"""What was measured, as figures with their units."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.testing.load.objectives import Objective, verdict_of
from headway.testing.load.percentiles import (
    Bin,
    Percentile,
    histogram,
    percentile_name,
    percentiles,
    quantile,
)
from headway.testing.load.wire import BROKEN, TIMED_OUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.testing.load.comparison import Comparison
    from headway.testing.load.objectives import Judgement, Verdict
    from headway.testing.load.plan import LoadPlan
    from headway.testing.load.samples import Samples
    from headway.testing.load.search import Found


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One version at one rate.

    Attributes:
        label: Address of the version.
        rate_per_s: Rate that was asked for.
        samples: What became of each request.
        cpu_s: CPU time of the server's processes; `None` for a server that is not ours.
        memory_bytes: Most memory of these processes that was seen (PSS); `None` as above.
        judgements: Whether each objective was kept.
    """

    label: str
    rate_per_s: float
    samples: Samples
    cpu_s: float | None
    memory_bytes: int | None
    judgements: tuple[Judgement, ...]

    def latency_ms(self) -> NDArray[np.float64]:
        """Return latencies from when requests were due, ascending."""
        return np.sort(self.samples.latency_ms())

    def percentiles(self) -> tuple[Percentile, ...]:
        """Return the percentiles of the latency."""
        return percentiles(self.latency_ms())

    def histogram(self) -> tuple[Bin, ...]:
        """Return the bars of the latency."""
        return histogram(self.latency_ms())

    @property
    def cpu_us_per_request(self) -> float | None:
        """CPU time for each request that was answered or refused."""
        return _share(self.cpu_s, len(self.samples.status))

    @property
    def cpu_us_per_prediction(self) -> float | None:
        """CPU time for each row that was answered."""
        samples = self.samples
        return _share(self.cpu_s, int(samples.n_rows[samples.status == 200].sum()))  # noqa: PLR2004

    def as_dict(self) -> dict[str, Any]:
        """Return every figure as JSON has it."""
        samples, latency_ms = self.samples, self.latency_ms()
        lateness_ms = np.sort(samples.lateness_ms())
        return {
            "address": self.label,
            "rate_asked_per_s": self.rate_per_s,
            "rate_offered_per_s": samples.offered_per_s,
            "rate_answered_per_s": samples.n_answered / samples.duration_s,
            "duration_s": samples.duration_s,
            "n_requests": len(samples.status),
            "n_answered": samples.n_answered,
            "n_refused": {str(code): count for code, count in samples.refused().items()},
            "n_timed_out": samples.count(TIMED_OUT),
            "n_broken": samples.count(BROKEN),
            "first_failure": samples.failure,
            "latency": _latency(self.percentiles(), latency_ms),
            "histogram": [dataclasses.asdict(bar) for bar in self.histogram()],
            "cpu_us_per_request": self.cpu_us_per_request,
            "cpu_us_per_prediction": self.cpu_us_per_prediction,
            "peak_memory_bytes": self.memory_bytes,
            "n_connections": samples.n_connections,
            "generator": {
                "busy_ratio": samples.busy_ratio,
                "lateness_p50_ms": _at(lateness_ms, 0.5),
                "lateness_p99_ms": _at(lateness_ms, 0.99),
                "lateness_max_ms": _at(lateness_ms, 1.0),
            },
            "objectives": [_judgement(judgement) for judgement in self.judgements],
        }


@dataclasses.dataclass(frozen=True, slots=True)
class BenchReport:
    """What `headway bench` measured.

    Attributes:
        plan: The load.
        measurements: One for each version.
        comparison: The two versions beside each other.
        found: The search for the highest rate.
        rows: Where the rows came from.
    """

    plan: LoadPlan
    measurements: tuple[Measurement, ...]
    comparison: Comparison | None = None
    found: Found | None = None
    rows: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """Whether the objectives were kept; `None` without any. A search must have found a rate.

        Where a version answered nothing at all, nothing was measured.
        """
        if self.found is not None:
            return "kept" if self.found.rate_per_s else verdict_of(self.measurements[-1].judgements)
        judgements = [one for measured in self.measurements for one in measured.judgements]
        if judgements:
            return verdict_of(judgements)
        is_measured = all(one.samples.n_answered for one in self.measurements)
        return None if is_measured else "not measured"

    def as_dict(self) -> dict[str, Any]:
        """Return every figure as JSON has it."""
        document: dict[str, Any] = {
            "load": dataclasses.asdict(self.plan)
            | {"mix": {str(size): share for size, share in self.plan.mix.items()}},
            "rows": self.rows,
            "verdict": self.verdict,
            "measurements": [one.as_dict() for one in self.measurements],
        }
        if self.comparison is not None:
            document["comparison"] = dataclasses.asdict(self.comparison)
        if self.found is not None:
            document["highest_rate"] = dataclasses.asdict(self.found)
        return document


def shown_objective(objective: Objective, value: float | None) -> str:
    """Return a measured or required value with its unit.

    Examples:
        >>> shown_objective(Objective("errors", None, 0.001), 0.0125)
        '1.25%'
    """
    if value is None:
        return "?"
    return f"{value * 100:.3g}%" if objective.share is None else f"{value:,.4g} ms"


def _latency(found: tuple[Percentile, ...], ascending_ms: NDArray[np.float64]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for one in found:
        name = percentile_name(one.share).replace(".", "_")
        document |= {
            f"{name}_ms": one.value_ms,
            f"{name}_low_ms": one.low_ms,
            f"{name}_high_ms": one.high_ms,
        }
    return document | {"max_ms": _at(ascending_ms, 1.0), "n_samples": len(ascending_ms)}


def _judgement(judgement: Judgement) -> dict[str, Any]:
    unit = "ratio" if judgement.objective.share is None else "ms"
    return {
        "name": judgement.objective.name,
        f"required_{unit}": judgement.objective.required,
        f"measured_{unit}": judgement.measured,
        "verdict": judgement.verdict,
        "reason": judgement.reason,
    }


def _at(ascending_ms: NDArray[np.float64], share: float) -> float | None:
    return quantile(ascending_ms, share) if len(ascending_ms) else None


def _share(cpu_s: float | None, count: int) -> float | None:
    return None if cpu_s is None or not count else cpu_s / count * 1e6
