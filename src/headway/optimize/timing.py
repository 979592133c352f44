"""CPU time per row of a runtime."""

from __future__ import annotations

import statistics
import time
import warnings
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from headway.optimize.threadpoolctl import one_thread

if TYPE_CHECKING:
    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method
    from headway.runtimes.port import Runtime

_TARGET_S = 0.03
_MAX_CALLS = 300
_LONG_S = 1.0
_N_PAIRS = 20
# Beyond this ratio one pair of runs tells which is faster
_CLEAR = 3.0


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
    """Measure a runtime on one batch, for about 0.1 s, or once where once takes long."""
    first = _cpu_s(runtime, batch, method, 1)
    if first > _LONG_S:
        return Timing(runtime.form, batch.n_rows, round(first / batch.n_rows * 1e6, 3))
    n_calls = max(1, min(_MAX_CALLS, int(_TARGET_S / max(first, 1e-6))))
    least = min(_cpu_s(runtime, batch, method, n_calls) for _ in range(3)) / n_calls
    return Timing(runtime.form, batch.n_rows, round(least / batch.n_rows * 1e6, 3))


def measure_alone(runtime: Runtime, batch: FeatureBatch, method: Method) -> Timing:
    """Measure a runtime as `measure` does, on one thread and without its model's warnings."""
    with one_thread(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of unknown categories and the like
        return measure(runtime, batch, method)


def median_cpu_ratio(
    runtime: Runtime, other: Runtime, batch: FeatureBatch, method: Method
) -> float:
    """Return the CPU time of a runtime as a share of another's, the median of 20 pairs of runs.

    The two take turns, so that what else the machine does falls on both. One pair is enough where it
    says that one takes three times what the other takes.
    """
    ratios = []
    with one_thread(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of unknown categories and the like
        for i in range(_N_PAIRS + 1):
            pair = (runtime, other) if i % 2 == 0 else (other, runtime)
            spent = {each is runtime: max(_cpu_s(each, batch, method, 1), 1e-9) for each in pair}
            ratios.append(spent[True] / spent[False])
            # the first run of each pays for what is made once
            if i == 1 and not 1 / _CLEAR < ratios[1] < _CLEAR:
                return ratios[1]
    return statistics.median(ratios[1:])


def _cpu_s(runtime: Runtime, batch: FeatureBatch, method: Method, n_calls: int) -> float:
    start = time.process_time()
    for _ in range(n_calls):
        runtime.predict(batch, method)
    return time.process_time() - start
