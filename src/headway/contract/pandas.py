"""Reads pandas frames into neutral columns.

The caller's own frame brings pandas along: nothing is imported at run time, so that a process that
serves arrays or JSON never pays for pandas.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from headway.contract.nullable import NullableIntegers
from headway.contract.training import OF_STRINGS, TrainingColumn, TrainingFrame
from headway.core.dictionary import DictionaryColumn

if TYPE_CHECKING:
    import pandas as pd

    from headway.contract.training import TrainingValues

# pandas' own dtypes that keep a missing value apart from NaN
_MASKED = {
    f"{kind}{bits}": np.dtype(f"{kind}{bits}".lower())
    for kind in ("Int", "UInt", "Float")
    for bits in (8, 16, 32, 64)
    if (kind, bits) != ("Float", 8)
} | {"boolean": np.dtype(bool)}
_STRINGS = frozenset({"str", "string"})
# Name of a series without one
_TEXT = "text"


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


def is_text(data: Any) -> TypeGuard[pd.Series[Any]]:
    """Whether `data` is a Series of strings, which a model of texts is fitted on."""
    if not is_series(data):
        return False
    dtype: Any = data.dtype
    if isinstance(dtype, np.dtype):
        return dtype.kind == "O" and str in _types_in(data) <= OF_STRINGS
    return str(dtype) in _STRINGS


def text_frame(series: pd.Series[Any]) -> TrainingFrame:
    """Return a Series of texts as the one column that it is."""
    name = _TEXT if series.name is None else series.name
    return TrainingFrame((_training_column(name, series),), len(series), layout="series")


def series_values(series: pd.Series[Any]) -> TrainingValues:
    """Return the values as neutral columns hold them, missing as `None`, NaN or beside the values."""
    dtype: Any = series.dtype
    if isinstance(dtype, np.dtype):
        return _array_values(series, dtype)
    name = str(dtype)
    if name == "category":
        return DictionaryColumn(series.cat.codes.to_numpy(), series.cat.categories.tolist())
    if name in _MASKED:
        return _masked_values(series, _MASKED[name])
    if name in _STRINGS:
        return _factorized(series)
    return _listed(series)


def _array_values(series: pd.Series[Any], dtype: np.dtype[Any]) -> TrainingValues:
    if dtype.kind in "fiubM":
        return series.to_numpy()
    if dtype.kind == "O" and _types_in(series) <= OF_STRINGS:
        return _factorized(series)
    return _listed(series)


def _factorized(series: pd.Series[Any]) -> DictionaryColumn:
    codes, values = series.factorize()
    return DictionaryColumn(codes.astype(np.int32), values.tolist())


def _listed(series: pd.Series[Any]) -> list[Any]:
    missing = series.isna().tolist()
    return [
        None if is_missing else value
        for value, is_missing in zip(series.tolist(), missing, strict=True)
    ]


def _types_in(series: pd.Series[Any]) -> set[type]:
    return set(map(type, series.to_numpy().tolist()))


def _masked_values(series: pd.Series[Any], dtype: np.dtype[Any]) -> TrainingValues:
    if dtype.kind == "f":
        return series.to_numpy(dtype=dtype, na_value=np.nan)
    missing = series.isna().to_numpy()
    values = (
        series.to_numpy(dtype=dtype, na_value=False)
        if missing.any()
        else series.to_numpy(dtype=dtype)
    )
    if not missing.any():
        return values
    if dtype.kind == "b":
        return DictionaryColumn(np.where(missing, -1, values.astype(np.int8)), [False, True])
    return NullableIntegers(values, missing)


def _training_column(name: Any, series: pd.Series[Any]) -> TrainingColumn:
    storage = str(series.dtype)
    categories, is_ordered = None, False
    if storage == "category":
        categories, is_ordered = tuple(series.cat.categories.tolist()), bool(series.cat.ordered)
    holds_none = storage == "object" and type(None) in _types_in(series)
    return TrainingColumn(name, series_values(series), storage, categories, holds_none, is_ordered)
