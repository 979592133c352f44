"""Rows that somebody gives for a release that is there already, where it keeps none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.frame import library_of
from headway.contract.named_arrays import NamedArrays
from headway.core.dtypes import Task
from headway.errors import TrainingDataError
from headway.releases.kept_rows import EvaluationBatch
from headway.releases.rows import accepted, array_names, labelled_rows

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch


def given_batch(contract: Contract, data: Any) -> FeatureBatch:
    """Return the rows of a frame, an array or arrays by name that a contract accepts.

    Raises:
        TrainingDataError: They are not rows of this release, or it accepts none of them.
    """
    return _given(contract, data, None, "calibration ").batch


def given_evaluation(contract: Contract, data: Any, labels: Any) -> EvaluationBatch:
    """Return such rows with their labels.

    Raises:
        TrainingDataError: As `given_batch`, or the labels are not of these rows.
    """
    if labels is None and contract.output.task is not Task.OTHER:
        raise TrainingDataError(
            "the evaluation rows have no labels",
            hint="give `--target COLUMN`, or `evaluation=(X, y)`",
        )
    return _given(contract, data, labels, "evaluation ")


def _given(contract: Contract, data: Any, labels: Any, what: str) -> EvaluationBatch:
    rows = labelled_rows(_as_arrays(contract, data), labels, what=what)
    # a frame has names of its own
    names = array_names(contract) if library_of(rows.data) is None else None
    positions, batch = accepted(contract, rows.batch(names))
    if not batch.n_rows:
        raise TrainingDataError(
            f"the contract accepts none of the {what}rows",
            hint="give rows like those of the training frame",
        )
    truth = np.empty(0) if rows.labels is None else rows.labels[positions]
    return EvaluationBatch(batch, truth)


def _as_arrays(contract: Contract, data: Any) -> Any:
    if library_of(data) is not None:
        return data
    if isinstance(data, Mapping):
        return NamedArrays({str(name): np.asarray(values) for name, values in data.items()})
    array = np.asarray(data)
    if contract.layout == "tensors" and len(contract.names) == 1:
        return NamedArrays({contract.names[0]: array})
    return array
