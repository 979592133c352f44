"""Evaluation rows: rows with labels that the model was not fitted on, kept beside the bundle.

They are JSON, as golden rows are: exact, typed, and readable where no library of tables is installed.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.contract.model import JsonValue
from headway.core.dtypes import Task
from headway.errors import TrainingDataError
from headway.releases.golden import choose_rows
from headway.releases.rows import accepted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.releases.release import Evaluator
    from headway.releases.rows import LabelledRows
    from headway.runtimes.port import Runtime

MAX_EVALUATION_ROWS = 5_000


class EvaluationRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `MAX_EVALUATION_ROWS` rows with their labels.

    Attributes:
        names: Names of the features that are not private.
        rows: Values in the order of `names`, null for missing.
        labels: What was to be predicted, one for each row; empty for a model without labels.
        n_given_rows: How many rows the metrics were measured on.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[JsonValue | None, ...], ...]
    labels: tuple[Any, ...]
    n_given_rows: int

    def to_json(self) -> bytes:
        """Return the rows as JSON."""
        return msgspec.json.encode(self)


@dataclasses.dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured.

    Attributes:
        metrics: By name.
        rows: The rows to keep.
        n_refused_rows: Rows that the contract refuses, and that were left out.
    """

    metrics: dict[str, float]
    rows: EvaluationRows
    n_refused_rows: int


def measure(
    contract: Contract, rows: LabelledRows, runtime: Runtime, evaluate: Evaluator
) -> Evaluation:
    """Measure a model on rows that it was not fitted on.

    Raises:
        TrainingDataError: No usable rows or labels.
        PredictionError: The model raised.
    """
    names = contract.names if contract.layout == "array" else None
    positions, batch = accepted(contract, rows.batch(names))
    if not batch.n_rows or (rows.labels is None and contract.output.task is not Task.OTHER):
        raise TrainingDataError(
            "there is no evaluation row with a label that the contract accepts",
            hint="pass `evaluation=(X, y)` with rows like those of the training frame",
        )
    # what answers neither classes nor one number is measured without labels
    labels = np.empty(0) if rows.labels is None else rows.labels[positions]
    return Evaluation(
        metrics=evaluate(runtime, contract.output, batch, labels),
        rows=rows_to_keep(contract, batch, labels),
        n_refused_rows=rows.n_rows - batch.n_rows,
    )


def rows_to_keep(contract: Contract, batch: FeatureBatch, labels: NDArray[Any]) -> EvaluationRows:
    """Choose the rows that are kept of those that a model was measured on; without private features."""
    plain = labels.tolist()
    classes = plain if labels.ndim == 1 and plain else None
    kept = choose_rows(batch.columns(), batch.n_rows, classes, MAX_EVALUATION_ROWS)
    shown = [i for i, feature in enumerate(contract.features) if not feature.is_private]
    return EvaluationRows(
        names=tuple(contract.names[i] for i in shown),
        rows=tuple(tuple(row[i] for i in shown) for row in batch.take(kept).rows()),
        labels=tuple(plain[i] for i in kept) if plain else (),
        n_given_rows=batch.n_rows,
    )


def evaluation_path(digest: str) -> str:
    """Return where the rows of a bundle lie among the artifacts of its run."""
    return f"evaluation/{digest}.json"
