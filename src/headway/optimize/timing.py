"""CPU time per row of a runtime."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method
    from headway.runtimes.port import Runtime

_TARGET_S = 0.03
_MAX_CALLS = 300


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one row costs.

    Attributes:
        form: `lowered` or `native`.
        n_rows: Rows in one call.
        cpu_us_per_row: CPU microseconds of the whole process per row, least of three runs.
    """

    form: str
    n_rows: int
    cpu_us_per_row: float


def measure(runtime: Runtime, batch: FeatureBatch, method: Method) -> Timing:
    """Measure a runtime on one batch, for about 0.1 s."""
    first = _cpu_s(runtime, batch, method, 1)
    n_calls = max(1, min(_MAX_CALLS, int(_TARGET_S / max(first, 1e-6))))
    least = min(_cpu_s(runtime, batch, method, n_calls) for _ in range(3)) / n_calls
    return Timing(runtime.form, batch.n_rows, round(least / batch.n_rows * 1e6, 3))


def _cpu_s(runtime: Runtime, batch: FeatureBatch, method: Method, n_calls: int) -> float:
    start = time.process_time()
    for _ in range(n_calls):
        runtime.predict(batch, method)
    return time.process_time() - start
