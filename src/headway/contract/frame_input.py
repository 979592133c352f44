"""Reads what a program in the same process predicts on: frames, arrays, dicts and lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.arrow.table import as_table, column_values, is_table
from headway.contract.columns import ColumnChecker
from headway.contract.judging import Judge
from headway.contract.pandas import is_frame, is_series, series_values
from headway.contract.polars import arrow_table
from headway.contract.polars import is_frame as is_polars_frame
from headway.contract.text import listed
from headway.core.batch import FeatureBatch
from headway.errors import MalformedInputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from headway.contract.model import Contract
    from headway.contract.notices import Notices
    from headway.contract.row_validator import RowValidator

_HINT = "pass a frame of pandas, polars or pyarrow, an array of shape (n_rows, n_features), a dict, or a list of rows"


def batch_from(
    contract: Contract,
    X: Any,  # noqa: N803 - as every estimator calls it
    validator: RowValidator | None = None,
    notices: Notices | None = None,
) -> FeatureBatch:
    """Return the rows of `X` as a checked batch.

    Args:
        contract: What the rows have to keep.
        validator: The contract's own code, where it has any.
        X: A frame of pandas, polars or pyarrow with the contract's columns in any order, whatever the
            model was fitted on; a numpy array of shape (n_rows, n_features) in the contract's order; a
            dict of columns; a dict that is one row; or a list of rows, each a dict or a list in the
            contract's order.
        notices: Is told what a policy lets through.

    Raises:
        MissingExtraError: A frame of polars is read by pyarrow, which is not installed.
        InvalidInputError: Rows break the contract; with every violation.
        MalformedInputError: `X` is nothing of this.
    """
    batch = _checked(contract, X, notices)
    return batch if validator is None else Judge(contract, validator).judged(batch)


def _checked(
    contract: Contract,
    X: Any,  # noqa: N803 - as above
    notices: Notices | None,
) -> FeatureBatch:
    checker = ColumnChecker(contract)
    if (columns := _columns_of(X)) is not None:
        return checker.check_columns(columns, notices)
    if isinstance(X, np.ndarray):
        return _batch_from_array(checker, contract, X, notices)
    if isinstance(X, Mapping):
        if any(_is_column(contract, name, values) for name, values in X.items()):
            columns = {name: _column(values) for name, values in X.items()}
            return checker.check_columns(columns, notices)
        return checker.check_rows([X], notices)
    if isinstance(X, list | tuple):
        return checker.check_rows(X, notices)
    raise MalformedInputError(f"rows cannot be read from a `{type(X).__name__}`", hint=_HINT)


def _columns_of(data: Any) -> dict[Any, Any] | None:
    """Return the columns of a frame; `None` where it is none."""
    if is_frame(data):
        return _frame_columns(data)
    if is_polars_frame(data):
        return _table_columns(arrow_table(data))
    return _table_columns(as_table(data)) if is_table(data) else None


def _table_columns(table: pa.Table) -> dict[Any, Any]:
    names = table.column_names
    _refuse_repeated([name for name, count in Counter(names).items() if count > 1])
    return {name: column_values(column) for name, column in zip(names, table.columns, strict=True)}


def _refuse_repeated(names: list[Any]) -> None:
    if names:
        raise MalformedInputError(
            f"the frame has these columns more than once: {listed(names)}",
            hint="give each column a name of its own",
        )


def _frame_columns(frame: pd.DataFrame) -> dict[Any, Any]:
    _refuse_repeated(list(frame.columns[frame.columns.duplicated()]))
    return {name: series_values(series) for name, series in frame.items()}


def _batch_from_array(
    checker: ColumnChecker, contract: Contract, array: Any, notices: Notices | None
) -> FeatureBatch:
    if contract.layout == "tensors" and len(contract.features) == 1:
        return checker.check_columns({contract.names[0]: array}, notices)
    if array.ndim != 2:  # noqa: PLR2004
        raise MalformedInputError(
            f"an array of shape {array.shape} is no table of rows",
            hint="`X.reshape(1, -1)` makes one row of it",
        )
    if array.shape[1] != len(contract.features):
        # the checker of rows words what is wrong with the length of each row
        return checker.check_rows(array.tolist())
    return checker.check_columns(dict(zip(contract.names, array.T, strict=True)), notices)


def _is_column(contract: Contract, name: Any, value: Any) -> bool:
    """Whether this is a value for each row, and not the one value of a row."""
    if is_series(value):
        return True
    shape = contract.feature(name).shape if name in contract.names else ()
    return _depth(value) > len(shape)


def _depth(value: Any) -> int:
    """Return how many lists or dimensions of an array are around the first number."""
    depth = 0
    while isinstance(value, list | tuple | np.ndarray):
        depth += 1
        if not len(value):
            break
        value = value[0]
    return depth


def _column(value: Any) -> Any:
    return series_values(value) if is_series(value) else value
