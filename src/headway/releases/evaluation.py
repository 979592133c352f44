"""Evaluation rows: rows with labels that the model was not fitted on, kept beside the bundle.

They are JSON, as golden rows are: exact, typed, and readable where no library of tables is installed.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract.model import JsonValue
from headway.errors import TrainingDataError
from headway.releases.golden import choose_rows
from headway.releases.rows import accepted

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.releases.release import Evaluator
    from headway.releases.rows import LabelledRows
    from headway.runtimes.port import Runtime

MAX_EVALUATION_ROWS = 5_000


class EvaluationRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `MAX_EVALUATION_ROWS` rows with their labels.

    Attributes:
        names: Names of the features that are not private.
        rows: Values in the order of `names`, null for missing.
        labels: What was to be predicted, one for each row.
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
    if rows.labels is None or not batch.n_rows:
        raise TrainingDataError(
            "there is no evaluation row with a label that the contract accepts",
            hint="pass `evaluation=(X, y)` with rows like those of the training frame",
        )
    labels = rows.labels[positions]
    metrics = evaluate(runtime, contract.output, batch, labels)
    plain = labels.tolist()
    classes = plain if labels.ndim == 1 else None
    kept = choose_rows(batch.columns(), batch.n_rows, classes, MAX_EVALUATION_ROWS)
    shown = [i for i, feature in enumerate(contract.features) if not feature.is_private]
    return Evaluation(
        metrics=metrics,
        rows=EvaluationRows(
            names=tuple(contract.names[i] for i in shown),
            rows=tuple(tuple(row[i] for i in shown) for row in batch.take(kept).rows()),
            labels=tuple(plain[i] for i in kept),
            n_given_rows=batch.n_rows,
        ),
        n_refused_rows=rows.n_rows - batch.n_rows,
    )


def evaluation_path(digest: str) -> str:
    """Return where the rows of a bundle lie among the artifacts of its run."""
    return f"evaluation/{digest}.json"
