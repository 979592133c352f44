"""Gives native models the frame that they were fitted on: names, order and dtypes of the training frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from headway.core.batch import scalars_of
from headway.core.dictionary import DictionaryColumn
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Contract, Feature
    from headway.core.batch import Column, FeatureBatch

# pandas' own dtypes that keep a missing value apart from NaN
_EXTENSION_DTYPES = frozenset(
    f"{kind}{bits}" for kind in ("Int", "UInt", "Float") for bits in (8, 16, 32, 64)
) | {"boolean", "string"}


class PandasBuilder:
    """Builds training-like input from batches: a DataFrame, an array for a model without names, or a Series.

    Args:
        contract: Of the release.
    """

    def __init__(self, contract: Contract) -> None:
        self._layout = contract.layout
        self._builders = [(feature.name, _builder(feature)) for feature in contract.features]

    def build(
        self, batch: FeatureBatch
    ) -> pd.DataFrame | pd.Series[Any] | np.ndarray[Any, np.dtype[Any]]:
        """Return the rows as the training frame would have held them."""
        columns = {
            name: build(values)
            for (name, build), values in zip(self._builders, batch.columns(), strict=True)
        }
        if self._layout == "array":
            return np.column_stack([np.asarray(column) for column in columns.values()])
        if self._layout == "series":
            ((name, column),) = columns.items()
            return pd.Series(column, name=name)
        return pd.DataFrame(columns, copy=False)


def _builder(feature: Feature) -> Callable[[Column], Any]:
    if feature.storage.startswith("datetime64["):
        return _datetime_builder(feature.storage)
    if feature.dtype is DType.TENSOR:
        return _tensor_builder(feature)
    return _plain_builder(feature)


def _plain_builder(feature: Feature) -> Callable[[Column], Any]:
    storage = feature.storage
    if storage == "category":
        dtype = pd.CategoricalDtype(
            list(feature.storage_categories or ()), ordered=feature.storage_is_ordered
        )
        return lambda values: _categorical(values, dtype)
    if storage in _EXTENSION_DTYPES:
        return lambda values: pd.Series(scalars_of(values), dtype=storage)
    # words of numpy's own have a length, which would cut a longer one that a request holds
    if storage in {"object", "str"} or np.dtype(storage).kind == "U":
        missing = None if feature.missing_as_none else np.nan
        kind = "str" if storage == "str" else "object"
        return lambda values: pd.Series(_objects(values, missing), dtype=kind)
    dtype_of_numbers = np.dtype(storage)
    return lambda values: _numbers(values, dtype_of_numbers)


def _datetime_builder(storage: str) -> Callable[[Column], Any]:
    dtype = pd.api.types.pandas_dtype(storage)
    if not isinstance(dtype, pd.DatetimeTZDtype):
        return lambda values: _microseconds(values).astype(storage)

    def build(values: Column) -> pd.DatetimeIndex:
        in_utc = pd.DatetimeIndex(_microseconds(values)).as_unit(dtype.unit).tz_localize("UTC")
        return in_utc.tz_convert(dtype.tz)

    return build


def _microseconds(values: Column) -> np.ndarray[Any, np.dtype[Any]]:
    if isinstance(values, np.ndarray):
        return values
    # what names an instant is in UTC, which is what numpy counts in
    plain = [None if value is None else value.replace(tzinfo=None) for value in values]
    return np.array(plain, dtype="datetime64[us]")


def _tensor_builder(feature: Feature) -> Callable[[Column], Any]:
    missing = None if feature.missing_as_none else np.nan
    element = np.dtype(feature.element)

    def build(values: Column) -> pd.Series[Any]:
        if feature.holds_lists:
            cells = values.tolist() if isinstance(values, np.ndarray) else list(values)
        else:
            cells = [None if value is None else np.array(value, dtype=element) for value in values]
        column = np.empty(len(cells), dtype=object)
        for i, cell in enumerate(cells):
            column[i] = missing if cell is None else cell
        return pd.Series(column)

    return build


def _categorical(values: Column, dtype: pd.CategoricalDtype) -> pd.Categorical:
    # A value outside of the categories is missing to a categorical column, as it was in training
    known = dtype.categories
    if isinstance(values, DictionaryColumn):
        places = known.get_indexer(pd.Index(values.values)).tolist()
        codes = values.looked_up([*places, -1], np.int64)
        return pd.Categorical.from_codes(codes, dtype=dtype)
    return pd.Categorical(
        [value if value in known else None for value in scalars_of(values)], dtype=dtype
    )


def _objects(values: Column, missing: Any) -> Any:
    if isinstance(values, DictionaryColumn):
        return values.looked_up([*values.values, missing], object)
    return [missing if value is None else value for value in scalars_of(values)]


def _numbers(values: Column, dtype: np.dtype[Any]) -> np.ndarray[Any, np.dtype[Any]]:
    if isinstance(values, np.ndarray) and values.dtype != np.dtype(object):
        return values.astype(dtype, copy=False)
    if dtype.kind == "f":
        return np.array([np.nan if value is None else value for value in values], dtype=dtype)
    # An integral float (JSON `5.0`) above 2^53 would lose digits on the way through float64
    return np.array([int(value) for value in values], dtype=np.int64).astype(dtype)
