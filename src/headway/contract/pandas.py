"""Reads pandas frames into neutral columns.

The caller's own frame brings pandas along: nothing is imported at run time, so that a process that
serves arrays or JSON never pays for pandas.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from headway.contract.training import TrainingColumn, TrainingFrame

if TYPE_CHECKING:
    import pandas as pd

    from headway.core.batch import Column


def is_frame(data: Any) -> TypeGuard[pd.DataFrame]:
    """Whether `data` is a DataFrame; a process that has not imported pandas has none."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)


def is_series(data: Any) -> TypeGuard[pd.Series[Any]]:
    """Whether `data` is a Series; a process that has not imported pandas has none."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.Series)


def training_frame(frame: pd.DataFrame) -> TrainingFrame:
    """Return the frame's columns with their dtypes and categories."""
    return TrainingFrame(
        columns=tuple(_training_column(name, series) for name, series in frame.items()),
        n_rows=len(frame),
        layout="frame",
    )


def series_values(series: pd.Series[Any]) -> Column:
    """Return the values as an array of kind `fiubM`, else as a list, missing as `None`.

    A nullable extension column becomes a list: its NA has no place in an array of its kind.
    """
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "fiubM":
        return series.to_numpy()
    is_missing = series.isna().tolist()
    return [
        None if missing else value
        for value, missing in zip(series.tolist(), is_missing, strict=True)
    ]


def _training_column(name: Any, series: pd.Series[Any]) -> TrainingColumn:
    storage = str(series.dtype)
    categories, is_ordered = None, False
    if storage == "category":
        categories, is_ordered = tuple(series.cat.categories.tolist()), bool(series.cat.ordered)
    holds_none = storage == "object" and any(value is None for value in series.tolist())
    return TrainingColumn(name, series_values(series), storage, categories, holds_none, is_ordered)
