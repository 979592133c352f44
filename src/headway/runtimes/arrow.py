"""Gives native models the table of pyarrow that they were fitted on: names, order, types, nulls."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headway.core.batch import scalars_of
from headway.core.dtypes import DType
from headway.runtimes.numbers import numbers_and_missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Contract, Feature
    from headway.core.batch import Column, FeatureBatch

_DICTIONARY = re.compile(r"dictionary<values=(\w+), indices=(\w+), ordered=([01])>")


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


def _builder(feature: Feature) -> Callable[[Column], pa.Array]:
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
