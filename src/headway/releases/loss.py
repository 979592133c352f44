"""What a lossy form loses: its answers beside those of the exact one, and the cost of both.

Invariant: nothing is judged here; `budget.py` says how much is too much.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.core.dtypes import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Output
    from headway.core.batch import FeatureBatch
    from headway.core.prediction import Prediction
    from headway.releases.forms import Timed
    from headway.runtimes.port import Runtime

    Measure = Callable[[Runtime, FeatureBatch, Method], Timed]

LATENCY_ROWS = (1, 8, 64)
_N_REQUESTS = 30
_MATRIX_RANK = 2
_MIN_WIDTH = 2


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number of the exact form, and of the lossy one."""

    before: float
    after: float


class Latency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CPU time of calls with so many rows, one thread, measured in turn in one process.

    Attributes:
        n_rows: Rows in one call.
        before_us: CPU microseconds per row of the exact form.
        after_us: Of the lossy one.
    """

    n_rows: int
    before_us: float
    after_us: float


class Loss(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the answers differ. What does not apply to the model is `None`.

    Attributes:
        n_rows: Rows that both answered.
        label_changes: Rows whose label is another one.
        max_probability_change: Largest change of a probability.
        max_abs_difference: Largest difference of a number.
        mean_cosine: Mean cosine similarity of vectors.
        least_cosine: That of the row that differs most.
        metrics: By name, where there are labels.
    """

    n_rows: int
    label_changes: int | None = None
    max_probability_change: float | None = None
    max_abs_difference: float | None = None
    mean_cosine: float | None = None
    least_cosine: float | None = None
    metrics: dict[str, Change] = {}


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a lossy form may lose.

    Attributes:
        metric: Name of the metric; `cosine` for the mean similarity of vectors.
        max_drop: How much worse it may become, in its own unit.
    """

    metric: str
    max_drop: float


class LossReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a lossy version is, and what it costs and loses.

    Attributes:
        kind: Precision that was asked for.
        engine: The library that made it, with its version.
        method: What it did, for people.
        options: Its options, by name.
        parent: Address of the exact version.
        parent_digest: Digest of its bundle.
        n_calibration_rows: Rows that it was calibrated on.
        size_bytes: Of what is executed: the graph or the module.
        latencies: CPU time in this process.
        request_ms: Median time of a request with one row over HTTP; `None` without rows.
        loss: How the answers differ, taken from served replies.
        budget: What it was allowed to lose.
    """

    kind: str
    engine: str
    method: str
    options: dict[str, str]
    parent: str
    parent_digest: str
    n_calibration_rows: int
    size_bytes: Change
    latencies: tuple[Latency, ...]
    request_ms: Change | None
    loss: Loss
    budget: Budget

    def to_json(self) -> bytes:
        """Return the report as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @property
    def size_ratio(self) -> float:
        """Size of the lossy form as a share of the exact one's."""
        return self.size_bytes.after / self.size_bytes.before


def differences(
    before: Prediction, after: Prediction, metrics: tuple[dict[str, float], dict[str, float]]
) -> Loss:
    """Compare the answers of two forms to the same rows.

    Args:
        before: Of the exact form.
        after: Of the lossy one.
        metrics: Of both, by name; those that both have are told.
    """
    old, new = np.asarray(before.values), np.asarray(after.values)
    changes = {
        name: Change(value, metrics[1][name])
        for name, value in metrics[0].items()
        if name in metrics[1]
    }
    if old.dtype.kind != "f":
        n_changed = sum(a != b for a, b in zip(old.tolist(), new.tolist(), strict=True))
        return Loss(
            n_rows=len(old),
            label_changes=n_changed,
            max_probability_change=_largest(before.probabilities, after.probabilities),
            metrics=changes,
        )
    cosines = cosine_similarities(old, new) if is_vector(old) else None
    return Loss(
        n_rows=len(old),
        max_abs_difference=_largest(old, new),
        mean_cosine=None if cosines is None else float(cosines.mean()),
        least_cosine=None if cosines is None else float(cosines.min()),
        metrics=changes,
    )


def is_vector(values: NDArray[Any]) -> bool:
    """Whether each answer is a vector of numbers."""
    return values.ndim == _MATRIX_RANK and values.shape[1] >= _MIN_WIDTH


def cosine_similarities(old: NDArray[Any], new: NDArray[Any]) -> NDArray[np.float64]:
    """Return the cosine similarity of each pair of rows, shape (n_rows,); 1 for two vectors of zeros."""
    a, b = old.astype(np.float64), new.astype(np.float64)
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    products = (a * b).sum(axis=1)
    is_same = (a == b).all(axis=1)
    similar: NDArray[np.float64] = np.where(is_same, 1.0, products / np.where(norms > 0, norms, 1))
    return similar


def primary_method(output: Output) -> Method:
    """Return the method whose answers tell most."""
    has_probabilities = Method.PREDICT_PROBA in output.methods
    return Method.PREDICT_PROBA if has_probabilities else Method.PREDICT


def latencies(
    before: Runtime, after: Runtime, batch: FeatureBatch, method: Method, measure: Measure
) -> tuple[Latency, ...]:
    """Measure both forms in turn; a batch that has too few rows is repeated.

    Args:
        before: Executes the exact form.
        after: Executes the lossy one.
        batch: Rows that both answer.
        method: What is asked for.
        measure: Measures a runtime on one batch.
    """
    found = []
    for n_rows in LATENCY_ROWS:
        rows = batch.take(np.arange(n_rows) % batch.n_rows)
        old, new = measure(before, rows, method), measure(after, rows, method)
        found.append(Latency(n_rows, old.cpu_us_per_row, new.cpu_us_per_row))
    return tuple(found)


def request_ms(
    before: Runtime, after: Runtime, batch: FeatureBatch, method: Method
) -> Change | None:
    """Return the median milliseconds of a request with one row to both forms, asked in turn."""
    if not batch.n_rows:
        return None
    taken: tuple[list[float], list[float]] = ([], [])
    for i in range(_N_REQUESTS):
        row = batch.take([i % batch.n_rows])
        for times, runtime in zip(taken, (before, after), strict=True):
            start = time.perf_counter()
            runtime.predict(row, method)
            times.append((time.perf_counter() - start) * 1e3)
    return Change(*(round(statistics.median(times), 3) for times in taken))


def _largest(old: Any, new: Any) -> float | None:
    if old is None or new is None:
        return None
    with np.errstate(invalid="ignore"):
        difference = np.abs(np.asarray(old, np.float64) - np.asarray(new, np.float64))
    return float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0))


def table(report: LossReport) -> Sequence[tuple[str, Any, Any]]:
    """Return the report as rows of a table: what it is, of the exact form, of the lossy one."""
    loss, size = report.loss, report.size_bytes
    rows: list[tuple[str, Any, Any]] = [("size MB", size.before / 1e6, size.after / 1e6)]
    rows += [
        (f"CPU us per row, {item.n_rows} at once", item.before_us, item.after_us)
        for item in report.latencies
    ]
    if report.request_ms is not None:
        rows.append(
            ("ms per request of one row", report.request_ms.before, report.request_ms.after)
        )
    rows += [(name, change.before, change.after) for name, change in loss.metrics.items()]
    told = {
        "labels that changed": loss.label_changes,
        "largest probability change": loss.max_probability_change,
        "largest difference": loss.max_abs_difference,
        "mean cosine similarity": loss.mean_cosine,
        "least cosine similarity": loss.least_cosine,
    }
    return rows + [(what, None, value) for what, value in told.items() if value is not None]
