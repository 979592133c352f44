"""Gives native models the table of pyarrow that they were fitted on: names, order, types, nulls."""

from __future__ import annotations

import datetime as dt
import functools
import re
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headway.core.batch import scalars_of
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.runtimes.numbers import numbers_and_missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Contract, Feature
    from headway.core.batch import Column, FeatureBatch

_DICTIONARY = re.compile(r"dictionary<values=(\w+), indices=(\w+), ordered=([01])>")
_LIST = re.compile(r"(fixed_size_|large_|)list<(.*)>(?:\[([0-9]+)\])?")
_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), tz=(.*)\]")
_DECIMAL = re.compile(r"(decimal(?:32|64|128|256))\(([0-9]+), (-?[0-9]+)\)")
# the most digits that a type of Arrow has
_DIGITS = Context(prec=76)


class ArrowBuilder:
    """Builds tables of pyarrow from batches.

    Args:
        contract: Of the release.
    """

    def __init__(self, contract: Contract) -> None:
        self._names = list(contract.names)
        self._builders = [_builder(feature) for feature in contract.features]

    def build(self, batch: FeatureBatch) -> pa.Table:
        """Return the rows as the training table would have held them."""
        columns = zip(self._builders, batch.columns(), strict=True)
        return pa.Table.from_arrays([build(values) for build, values in columns], self._names)


def arrow_type(storage: str) -> pa.DataType:
    """Return the type that a feature's storage names.

    Examples:
        >>> arrow_type("fixed_size_list<float>[3]"), arrow_type("timestamp[us, tz=UTC]")
        (FixedSizeListType(fixed_size_list<item: float>[3]), TimestampType(timestamp[us, tz=UTC]))
    """
    if match := _LIST.fullmatch(storage):
        items = arrow_type(match[2])
        if match[1] == "fixed_size_":
            return pa.list_(items, int(match[3]))
        return pa.large_list(items) if match[1] else pa.list_(items)
    if match := _ZONED.fullmatch(storage):
        return pa.timestamp(match[1], match[2])
    if match := _DECIMAL.fullmatch(storage):
        return getattr(pa, match[1])(int(match[2]), int(match[3]))
    return pa.type_for_alias(storage)


def object_builder(feature: Feature) -> Callable[[Column], pa.Array]:
    """Return what builds a column of decimals, dates, times or lists."""
    type_ = arrow_type(feature.storage)
    if feature.dtype is DType.DATETIME:
        return functools.partial(_datetimes, type_)
    if feature.dtype is DType.DECIMAL:
        return functools.partial(_decimals, type_)
    if feature.dtype is DType.TENSOR:
        return functools.partial(_lists, type_)
    return lambda values: pa.array(list(values), type_)


def _datetimes(type_: pa.DataType, values: Column) -> pa.Array:
    if not isinstance(values, np.ndarray):
        # what names an instant is in UTC, which is what Arrow counts in
        plain = [
            value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
            for value in values
        ]
        values = np.array(plain, dtype="datetime64[us]")
    counts = values.astype(f"datetime64[{type_.unit}]").astype(np.int64)
    return pa.array(counts, mask=np.isnat(values)).cast(type_)


def _decimals(type_: pa.DataType, values: Column) -> pa.Array:
    step = Decimal(1).scaleb(-type_.scale)
    exact = [None if value is None else value.quantize(step, context=_DIGITS) for value in values]
    return pa.array(exact, type_)


def _lists(type_: pa.DataType, values: Column) -> pa.Array:
    lists = [value.tolist() if isinstance(value, np.ndarray) else value for value in values]
    return pa.array(lists, type_)


def _builder(feature: Feature) -> Callable[[Column], pa.Array]:
    if feature.dtype not in PLAIN_DTYPES:
        return object_builder(feature)
    match = _DICTIONARY.fullmatch(feature.storage)
    if match:
        value_type, index_type = map(pa.type_for_alias, match.groups()[:2])
        type_ = pa.dictionary(index_type, value_type, ordered=match[3] == "1")
        return lambda values: pa.array(scalars_of(values), type_)
    if feature.dtype is DType.STRING:
        text_type = pa.type_for_alias(feature.storage)
        return lambda values: pa.array(scalars_of(values), text_type)
    return functools.partial(_numbers, np.dtype(feature.storage), feature.missing_as_none)


def _numbers(dtype: np.dtype[Any], missing_as_null: bool, values: Column) -> pa.Array:  # noqa: FBT001
    numbers, missing = numbers_and_missing(values, dtype)
    is_null = missing_as_null or dtype.kind != "f"
    return pa.array(numbers, mask=missing if is_null else None)
