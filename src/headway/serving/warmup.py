"""Answers a few known rows before the first client comes, and measures what an answer costs."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.core.dtypes import DType, Method
from headway.errors import HeadwayError, PredictionError
from headway.serving.alone import FLOAT32_RTOL, FLOAT64_RTOL, row_difference
from headway.serving.cache.keys import RowKeys
from headway.serving.cache.lookup import lookup_of
from headway.serving.execution import Cost, Measured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.bundle.golden import GoldenRows
    from headway.contract.model import Contract, Feature, JsonValue
    from headway.core.batch import FeatureBatch
    from headway.core.clock import Clock
    from headway.core.prediction import Prediction
    from headway.serving.release import LoadedRelease

    # as JSON holds them, or what msgspec writes so
    Row = Sequence[Any]

MAX_ROWS = 16
BATCH_ROWS = 64
_REPEATS = 5
_SLOW_S = 0.005
_LEAST_BYTE_S = 1e-9
_PLACEHOLDERS: dict[DType, JsonValue] = {
    DType.FLOAT: 0.0,
    DType.INTEGER: 0,
    DType.BOOLEAN: False,
    DType.STRING: "",
    DType.DECIMAL: 0,
    DType.DATE: "2000-01-01",
    DType.DATETIME: "2000-01-01T00:00:00",
    DType.TIME: "00:00:00",
}


def warm_up_rows(contract: Contract, golden: GoldenRows | None) -> list[Row]:
    """Return rows to warm up with: golden rows, else one row of the contract's examples."""
    if golden is not None and golden.names == contract.names:
        return list(golden.rows[:MAX_ROWS])
    return [[_example(feature) for feature in contract.features]]


def warm_up(release: LoadedRelease, golden: GoldenRows | None, clock: Clock) -> Measured | None:
    """Answer known rows through the whole of the request path, and measure what that costs.

    Rows that the served contract or the model refuses are left out.

    Args:
        release: What answers.
        golden: Its golden rows, where it has any.
        clock: Measures.

    Returns:
        What was measured, or `None` where no row is answered.
    """
    rows = warm_up_rows(release.contract, golden)
    accepted = [row for row in rows if _is_answered(release, row)]
    if not accepted:
        return None
    for method in release.contract.output.methods:
        # a model that breaks its output contract here is told to the client who asks so
        with contextlib.suppress(PredictionError):
            release.answer(_body(accepted[:1]), method, "")
    n_rows = min(BATCH_ROWS, release.limits.max_rows)
    one, many = _body(accepted[:1]), _body((accepted * n_rows)[:n_rows])
    answering = _cost(lambda body: release.answer(body, Method.PREDICT, ""), (one, many), clock)
    reading = _cost(release.reader.read_accepted, (one, many), clock)
    row, batch = (release.reader.read(body).batch for body in (one, many))

    def ask(rows: FeatureBatch) -> Prediction:
        return release.runtime.predict(rows, Method.PREDICT)

    return Measured(
        answering=answering,
        reading=reading,
        row_bytes=len(one),
        row_s=_fastest_s(lambda: ask(row), clock),
        batch_s=_fastest_s(lambda: ask(batch), clock),
        n_rows=n_rows,
        lookup_s=_lookup_s(release, row, clock),
        differs=_difference(release, accepted, golden, clock) if n_rows > 1 else "",
    )


def _lookup_s(release: LoadedRelease, row: FeatureBatch, clock: Clock) -> float:
    answer = release.runtime.predict(row, Method.PREDICT)
    keys = RowKeys(release.digest, release.contract.output)
    look_up = lookup_of(keys, row, Method.PREDICT, answer, clock)
    return math.inf if look_up is None else _fastest_s(look_up, clock)


def _example(feature: Feature) -> JsonValue | None:
    if feature.example is not None or feature.accepts_null:
        return feature.example
    if feature.dtype is DType.TENSOR:
        zeros: JsonValue = np.zeros(feature.shape).tolist()
        return zeros
    placeholder = _PLACEHOLDERS[feature.dtype]
    return f"{placeholder}Z" if feature.is_zoned else placeholder


def _body(rows: Sequence[Row]) -> bytes:
    return msgspec.json.encode({"rows": rows})


def _is_answered(release: LoadedRelease, row: Row) -> bool:
    try:
        release.answer(_body([row]), Method.PREDICT, "")
    except HeadwayError:
        return False
    return True


def _cost(do: Callable[[bytes], object], bodies: tuple[bytes, bytes], clock: Clock) -> Cost:
    one, many = bodies
    one_s = _fastest_s(lambda: do(one), clock)
    if len(many) == len(one):
        return Cost(base_s=0.0, byte_s=one_s / len(one))
    many_s = _fastest_s(lambda: do(many), clock)
    byte_s = max((many_s - one_s) / (len(many) - len(one)), _LEAST_BYTE_S)
    return Cost(base_s=max(one_s - byte_s * len(one), 0.0), byte_s=byte_s)


def _fastest_s(do: Callable[[], object], clock: Clock) -> float:
    fastest_s = float("inf")
    for _ in range(_REPEATS):
        start_s = clock.monotonic_s()
        do()
        fastest_s = min(fastest_s, clock.monotonic_s() - start_s)
        if fastest_s > _SLOW_S:
            break
    return fastest_s


def _difference(
    release: LoadedRelease, rows: Sequence[Row], golden: GoldenRows | None, clock: Clock
) -> str:
    """Return why rows may not share a call, or nothing."""
    rows = rows[: release.limits.max_rows]
    read = release.reader.read(_body(rows)).batch
    if release.form == "lowered" and not release.lossy and len(rows) == 1:
        # it was compared with the native model alone and in batches when it was registered
        return ""
    is_narrow = golden is not None and golden.rtol > FLOAT64_RTOL
    return row_difference(
        release.runtime,
        read,
        release.contract.output.methods,
        rtol=FLOAT32_RTOL if is_narrow else FLOAT64_RTOL,
        clock=clock,
    )
