"""Samples made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from headway.testing.load.plan import LoadPlan
from headway.testing.load.report import Measurement
from headway.testing.load.samples import Samples

PLAN = LoadPlan(rate_per_s=1_000, duration_s=1)


def samples(
    latency_ms: Any, *, late_ms: float = 0.0, status: Any = 200, busy_ratio: float = 0.1
) -> Samples:
    """Requests a millisecond apart with these latencies, of which `late_ms` is the generator's."""
    latency_s = np.asarray(latency_ms, dtype=float) / 1e3
    n = len(latency_s)
    due_s = np.arange(n) / 1e3
    return Samples(
        due_s=due_s,
        taken_s=due_s + late_ms / 1e3,
        done_s=due_s + latency_s,
        status=np.broadcast_to(np.asarray(status, dtype=np.int16), n).copy(),
        n_rows=np.full(n, 2),
        duration_s=n / 1e3,
        busy_ratio=busy_ratio,
        n_connections=3,
        failure=None,
    )


def measurement(found: Samples, label: str = "credit:1", **fields: Any) -> Measurement:
    """A measurement of samples."""
    given: dict[str, Any] = {"cpu_s": 0.5, "memory_bytes": 90_000_000, "judgements": ()}
    return Measurement(label=label, rate_per_s=1_000, samples=found, **given | fields)
