"""What imputers and indicators take for missing, and the indicator itself.

Source: scikit-learn `MissingIndicator.transform`, `_get_mask`.
"""

from __future__ import annotations

import dataclasses
import numbers
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.impute import MissingIndicator

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.arrays import is_boolean
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_nan,
    is_switch,
    one_of,
)

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer


def is_marker(value: Any) -> bool:
    """Accept what may stand for missing: NaN, a number or a string."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    return is_nan(value) or isinstance(value, str) or (is_number and bool(np.isfinite(value)))


_PARAMETERS = {
    "missing_values": is_marker,
    "features": one_of("missing-only", "all"),
    "sparse": anything,
    "error_on_new": is_switch,
}


def lower_missing_indicator(
    lowering: Lowering, step: MissingIndicator, columns: Columns
) -> Columns:
    """Make a column of 0 and 1 for each feature that was missing when the step was fitted."""
    check_parameters(step, _PARAMETERS)
    is_of_objects = any(column.vocabulary is not None for column in columns)
    if not is_of_objects and any(is_boolean(lowering, column) for column in columns):
        raise LoweringError(
            "it is given booleans beside numbers, which may be one array of objects"
        )
    held = with_missing(lowering, columns, step.missing_values, is_of_objects=is_of_objects)
    told = set(step.features_.tolist())
    if step.features == "missing-only" and step.error_on_new:
        lowering.refusals.require_present([c for j, c in enumerate(held) if j not in told])
    return missing_indicators(lowering, tuple(held[j] for j in sorted(told)))


def with_missing(
    lowering: Lowering, columns: Columns, marker: Any, *, is_of_objects: bool
) -> Columns:
    """Return the columns with NaN where a value stands for missing, and refuse what the step refuses.

    Args:
        lowering: In the making.
        columns: What the step is given.
        marker: Its `missing_values`.
        is_of_objects: Whether it is given an array of objects, which is not searched for infinities.

    Raises:
        LoweringError: The marker is of another kind than the columns.
    """
    if is_nan(marker):
        if not is_of_objects:
            lowering.refusals.require_finite_or_missing(columns)
        return columns
    are_strings = all(column.vocabulary is not None for column in columns)
    if is_of_objects != isinstance(marker, str) or is_of_objects != are_strings:
        raise LoweringError(f"`missing_values={marker!r}` is not of the kind of all its columns")
    if any(column.misses_as_none and are_strings for column in columns):
        raise LoweringError("it leaves `None` as it is, which a request does not tell from NaN")
    if are_strings:
        lowering.refusals.require_present(columns)
    else:
        lowering.refusals.require_finite(columns)
    codes = [
        float(marker) if column.vocabulary is None else column.vocabulary.code(marker)
        for column in columns
    ]
    values, graph = lowering.matrices.of(columns), lowering.graph
    is_missing = graph.add("Equal", values, graph.constant([codes]))
    tensor = graph.add("Where", is_missing, graph.constant([[np.nan]]), values)
    made = [_emptied(column, code) for column, code in zip(columns, codes, strict=True)]
    return lowering.computed(tensor, made)


def missing_indicators(lowering: Lowering, columns: Columns) -> Columns:
    """Return for each column one that is 1 where it is missing, else 0."""
    if not columns:
        return ()
    missing = lowering.graph.add("IsNaN", lowering.matrices.of(columns))
    made = [
        dataclasses.replace(
            column,
            vocabulary=None,
            trace=_missing(column.trace),
            is_computed=True,
            is_single=False,
            is_code_like=True,
            is_bounded=True,
            is_partial=False,
        )
        for column in columns
    ]
    return lowering.computed(lowering.graph.cast(missing, "float64"), made)


def _emptied(column: Column, code: float) -> Column:
    def trace(values: Values) -> Values:
        traced = column.trace(values)
        return np.where(traced == code, np.nan, traced)

    return dataclasses.replace(
        column, trace=trace, is_computed=True, is_partial=True, never_misses=False
    )


def _missing(trace: Trace) -> Trace:
    return lambda values: np.isnan(trace(values)).astype(np.float64)


TRANSFORMERS: dict[type, LowerTransformer] = {MissingIndicator: lower_missing_indicator}
