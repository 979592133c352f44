"""Rows that a release is made from, as the user gave them and as batches."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.arrow.table import taken_rows
from headway.contract.columns import ColumnChecker
from headway.contract.frame import (
    column_names,
    conversion_hint,
    library_of,
    read_training_frame,
)
from headway.core.batch import FeatureBatch
from headway.errors import InvalidInputError, TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Contract


@dataclasses.dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows of a frame or array, with what was to be predicted.

    Attributes:
        data: As it was given: a frame, an array of shape (n_rows, n_features), or a Series of texts.
        labels: Shape (n_rows,) or (n_rows, n_outputs); `None` where none were given.
        names: Names for the columns of an array that was a frame.
    """

    data: Any
    labels: NDArray[Any] | None
    names: tuple[str, ...] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.data)

    def part(self, start: int, stop: int | None) -> LabelledRows:
        """Return the rows from `start` to before `stop`."""
        labels = None if self.labels is None else self.labels[start:stop]
        return dataclasses.replace(self, data=_part_of(self.data, start, stop), labels=labels)

    def take(self, positions: NDArray[np.intp]) -> LabelledRows:
        """Return the rows at `positions`, in that order."""
        labels = None if self.labels is None else self.labels[positions]
        return dataclasses.replace(self, data=_taken(self.data, positions), labels=labels)

    def classes(self) -> list[Any] | None:
        """Return the label of each row, or `None` where there is not one of each."""
        if self.labels is None or self.labels.ndim > 1:
            return None
        labels: list[Any] = self.labels.tolist()
        return labels

    def batch(self, feature_names: Sequence[str] | None = None) -> FeatureBatch:
        """Return the rows as a batch of the frame's own columns, unchecked.

        Raises:
            TrainingDataError: `data` is neither a frame nor a two-dimensional array.
        """
        frame = read_training_frame(self.data, self.names or feature_names)
        return FeatureBatch.from_columns(
            tuple(str(column.name) for column in frame.columns),
            [column.batch_column() for column in frame.columns],
        )


def labelled_rows(data: Any, labels: Any, *, what: str = "") -> LabelledRows:
    """Return rows whose number is the number of their labels.

    Args:
        data: Features: a frame, an array, or texts in a Series, a list or an array of them.
        labels: Anything that numpy makes an array of, or `None`.
        what: Which rows these are, for the message: "evaluation ".

    Raises:
        TrainingDataError: It is not.
    """
    if hasattr(data, "toarray") and hasattr(data, "nnz"):
        raise TrainingDataError(
            f"the {what}X is a sparse matrix; a DataFrame or an array is needed",
            hint="pass `X.toarray()`: a request holds every feature anyway",
        )
    if isinstance(data, list | np.ndarray):
        from headway.releases.pandas import as_series  # noqa: PLC0415 (for texts, and for no other)

        data = as_series(data)
    if not hasattr(data, "shape"):
        raise TrainingDataError(
            f"the {what}X is a `{type(data).__name__}`; a frame of pandas, polars or pyarrow, or a "
            "numpy array is needed",
            hint=conversion_hint(data),
        )
    if labels is None:
        return LabelledRows(data, None)
    array = np.asarray(labels)
    if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004
        array = array[:, 0]
    if array.ndim == 0 or len(array) != len(data):
        n_labels = "one value" if array.ndim == 0 else f"{len(array)} rows"
        raise TrainingDataError(
            f"the {what}X has {len(data)} rows and the {what}y {n_labels}",
            hint="pass features and labels of the same rows",
        )
    return LabelledRows(data, array)


def as_array(rows: LabelledRows) -> LabelledRows:
    """Return a frame of numbers as the array that it is, with its names; anything else as it is."""
    columns = column_names(rows.data)
    if columns is None:
        return rows
    array = np.asarray(rows.data)
    if array.dtype.kind not in "fiub":
        return rows
    return dataclasses.replace(rows, data=array, names=tuple(str(name) for name in columns))


def array_names(contract: Contract) -> tuple[str, ...] | None:
    """Return the names of the columns of an array; a frame has its own."""
    return contract.names if contract.layout == "array" else None


def _part_of(data: Any, start: int, stop: int | None) -> Any:
    if library_of(data) == "pyarrow":
        return data.slice(start, None if stop is None else stop - start)
    return getattr(data, "iloc", data)[start:stop]


def _taken(data: Any, positions: NDArray[np.intp]) -> Any:
    if library_of(data) == "pyarrow":
        return taken_rows(data, positions)
    return getattr(data, "iloc", data)[positions]


def accepted(contract: Contract, batch: FeatureBatch) -> tuple[NDArray[np.intp], FeatureBatch]:
    """Return the positions of the rows that a contract accepts, and these rows as requests hold them.

    Raises:
        TrainingDataError: The batch has other features than the contract.
    """
    if set(batch.names) != set(contract.names):
        raise TrainingDataError(
            f"these rows have the columns {sorted(batch.names)[:20]}; the model takes "
            f"{sorted(contract.names)[:20]}"
        )
    checker = ColumnChecker(contract)
    try:
        whole = checker.check_columns(dict(zip(batch.names, batch.columns(), strict=True)))
        return np.arange(batch.n_rows), whole
    except InvalidInputError:
        pass
    positions: list[int] = []
    rows: list[tuple[Any, ...]] = []
    for i, row in enumerate(batch.rows()):
        try:
            rows += checker.check_rows([dict(zip(batch.names, row, strict=True))]).rows()
        except InvalidInputError:
            continue
        positions.append(i)
    return np.array(positions, dtype=np.intp), FeatureBatch.from_rows(contract.names, rows)
