"""What scikit-learn makes of columns of several kinds when it turns them into one array."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.core.dtypes import DType
from headway.optimize.lowering.columns import require_numbers

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column
    from headway.optimize.lowering.state import Columns, Lowering

# numpy computes in float64 with each of these, also where they stand beside float32
WIDE_STORAGES = frozenset({"float64", "int32", "int64", "uint32", "uint64"})


def as_float64(lowering: Lowering, columns: Columns) -> Columns:
    """Return columns of numbers as the one float64 array that the native step makes of them.

    A column of float32 numbers beside one of float64 numbers is turned into float64 there, with the
    values that it has.

    Raises:
        LoweringError: One holds strings or categories, or the array is one of float32.
    """
    if any(is_wide(lowering, column) for column in columns):
        columns = tuple(dataclasses.replace(column, is_single=False) for column in columns)
    require_numbers(columns)
    return columns


def is_wide(lowering: Lowering, column: Column) -> bool:
    """Whether numpy surely computes in float64 with a column."""
    if column.is_single or column.vocabulary is not None:
        return False
    if column.is_computed:
        return not column.is_code_like
    return lowering.contract.features[column.only_feature].storage in WIDE_STORAGES


def is_boolean(lowering: Lowering, column: Column) -> bool:
    """Whether a column is a feature that holds True and False."""
    if column.is_mixed or column.is_computed:
        return False
    return lowering.contract.features[column.only_feature].dtype is DType.BOOLEAN
