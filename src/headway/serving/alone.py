"""Whether a model answers a row in a batch as it answers the row alone.

A model that scales a batch by its own mean, or that is quantised with the batch's own range, does not:
what a client is told would depend on who else asks at the moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from headway.core.batch import FeatureBatch
    from headway.core.clock import Clock
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction
    from headway.runtimes.port import Runtime

# A matrix product adds in another order for one row than for many: a few units in the last place, of
# which float64 has 16 digits and float32, in which nets compute, 7.
FLOAT64_RTOL = 1e-9
FLOAT32_RTOL = 1e-5
# for a method; at least `_LEAST_ROWS` are compared however slow the model is
_BUDGET_S = 0.2
_LEAST_ROWS = 2


def row_difference(
    runtime: Runtime,
    rows: FeatureBatch,
    methods: Sequence[Method],
    *,
    rtol: float,
    clock: Clock,
) -> str:
    """Return why rows may not be answered together, or nothing where they may.

    Args:
        runtime: Executes the model.
        rows: Different ones, each of which it answers.
        methods: By which it is asked.
        rtol: Allowed difference of a number, relative and absolute; labels have to be equal.
        clock: Ends the comparison of a slow model early.
    """
    if rows.n_rows < _LEAST_ROWS:
        return "there are no two known rows to compare a batch with"
    for method in methods:
        try:
            together = _parts(runtime.predict(rows, method))
            for i in _while_time_is_left(range(rows.n_rows), clock):
                alone = _parts(runtime.predict(rows.take([i]), method))
                if not all(
                    len(one) == 1 and len(all_) == rows.n_rows and _is_same(one[0], all_[i], rtol)
                    for one, all_ in zip(alone, together, strict=True)
                ):
                    return f"the model answers a row in a batch otherwise than alone (`{method}`)"
        except (HeadwayError, TypeError, ValueError) as error:
            return f"the model does not answer its known rows together ({type(error).__name__})"
    return ""


def _while_time_is_left(positions: Iterable[int], clock: Clock) -> Iterable[int]:
    end_s = clock.monotonic_s() + _BUDGET_S
    for i in positions:
        if i >= _LEAST_ROWS and clock.monotonic_s() > end_s:
            return
        yield i


def _parts(prediction: Prediction) -> list[NDArray[Any]]:
    parts = (prediction.values, prediction.probabilities, prediction.scores)
    return [part for part in parts if part is not None]


def _is_same(one: Any, other: Any, rtol: float) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype.kind == "f" and other.dtype.kind == "f":
        return one.shape == other.shape and bool(
            np.allclose(one, other, rtol=rtol, atol=rtol, equal_nan=True)
        )
    return one.shape == other.shape and bool(np.array_equal(one, other))
