"""Picks the reader of a training frame by what the frame is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract import pandas, polars
from headway.contract.arrow import table as arrow
from headway.contract.named_arrays import NamedArrays
from headway.contract.training import TrainingColumn, TrainingFrame, listed_values
from headway.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import FrameLibrary
    from headway.contract.training import TrainingValues

_READERS: Mapping[FrameLibrary, Callable[[Any], TrainingFrame]] = {
    "pandas": pandas.training_frame,
    "polars": polars.training_frame,
    "pyarrow": arrow.training_frame,
}
_CONVERSIONS = {
    "LazyFrame": "collect it: `X.collect()`",
    "Series": "a frame of one column is `X.to_frame()`",
    "ChunkedArray": "a table of one column is `pyarrow.table({'x': X})`",
    "Dataset": "read it: `X.to_table()`",
}


def read_training_frame(data: Any, feature_names: Sequence[str] | None = None) -> TrainingFrame:
    """Return the neutral columns of a frame, a two-dimensional numpy array, or arrays by name.

    Args:
        data: Shape (n_rows, n_features).
        feature_names: Names for an array's columns; `x0`, `x1`, ... where they are not given.

    Raises:
        TrainingDataError: `data` is something else, or the names do not fit it.
        MissingExtraError: A frame of polars is read by pyarrow, which is not installed.
    """
    library = library_of(data)
    if library is not None:
        if feature_names is not None:
            raise TrainingDataError(
                "`feature_names` is for arrays; a frame has names of its own",
                hint="rename the frame's columns instead",
            )
        return _READERS[library](data)
    if isinstance(data, NamedArrays):
        columns = tuple(_tensor_column(name, array) for name, array in data.arrays.items())
        return TrainingFrame(columns, len(data), layout="tensors")
    if isinstance(data, np.ndarray) and not isinstance(data, np.ma.MaskedArray):
        return _array_frame(data, feature_names)
    raise TrainingDataError(
        f"X is a `{type(data).__name__}`; a contract is learned from a frame of pandas, polars or "
        "pyarrow, or from a numpy array",
        hint=conversion_hint(data),
    )


def library_of(data: Any) -> FrameLibrary | None:
    """Return whose frame this is; `None` where it is none."""
    if pandas.is_frame(data):
        return "pandas"
    if polars.is_frame(data):
        return "polars"
    return "pyarrow" if arrow.is_table(data) else None


def column_names(data: Any) -> list[Any] | None:
    """Return the names of a frame's columns; `None` where it is none."""
    if library_of(data) is None:
        return None
    return list(data.column_names if arrow.is_table(data) else data.columns)


def conversion_hint(data: Any) -> str:
    """Say how something that is no frame becomes one."""
    return _CONVERSIONS.get(
        type(data).__name__, "convert it, for example with `.to_pandas()` or `.toarray()`"
    )


def _array_frame(array: NDArray[Any], feature_names: Sequence[str] | None) -> TrainingFrame:
    if array.dtype.names:
        raise TrainingDataError(
            "X is a structured array, which no model is fitted on",
            hint="pass the frame or the array that the model was fitted on",
        )
    if array.ndim != 2:  # noqa: PLR2004
        raise TrainingDataError(
            f"X has the shape {array.shape}; rows and columns are needed",
            hint="`X.reshape(-1, 1)` makes one column, `X.reshape(1, -1)` one row",
        )
    n_rows, n_columns = array.shape
    names = [f"x{i}" for i in range(n_columns)] if feature_names is None else list(feature_names)
    if len(names) != n_columns:
        raise TrainingDataError(f"{len(names)} feature names for {n_columns} columns")
    storage = str(array.dtype)
    columns = [_column(name, array[:, i], storage) for i, name in enumerate(names)]
    return TrainingFrame(tuple(columns), n_rows, layout="array")


def _column(name: str, values: NDArray[Any], storage: str) -> TrainingColumn:
    holds_none = storage == "object" and any(value is None for value in values)
    return TrainingColumn(name, _values(values), storage, holds_none=holds_none)


def _tensor_column(name: str, array: NDArray[Any]) -> TrainingColumn:
    if array.ndim == 1:
        return _column(name, array, str(array.dtype))
    return TrainingColumn(name, array, "object")


def _values(column: NDArray[Any]) -> TrainingValues:
    if column.dtype.kind in "fiubM":
        return column
    if column.dtype.kind in "OU":
        return listed_values(column.tolist())
    return list(column)
