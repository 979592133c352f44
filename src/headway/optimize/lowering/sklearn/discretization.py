"""Lowers what cuts numbers into intervals.

Source: scikit-learn `KBinsDiscretizer.transform`, `binarize`. An edge belongs to the bin above it.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.preprocessing import Binarizer, KBinsDiscretizer

from headway.optimize.lowering.pieces import Pieces, evaluated
from headway.optimize.lowering.sklearn.arrays import as_float64
from headway.optimize.lowering.sklearn.categories import indicators
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_float64,
    one_of,
)

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_BINARIZER = {"threshold": anything, "copy": anything}
_BINS = {
    "n_bins": anything,
    "encode": one_of("onehot", "onehot-dense", "ordinal"),
    "strategy": anything,
    "quantile_method": anything,
    "dtype": lambda value: value is None or is_float64(value),
    "subsample": anything,
    "random_state": anything,
}


def lower_binarizer(lowering: Lowering, step: Binarizer, columns: Columns) -> Columns:
    """Tell what is above the threshold."""
    check_parameters(step, _BINARIZER)
    columns = as_float64(lowering, columns)
    lowering.refusals.require_finite(columns)
    threshold = float(step.threshold)
    for column in columns:
        lowering.compares_with(column, np.array([threshold]))
    is_above = lowering.graph.add(
        "Greater", lowering.matrices.of(columns), lowering.graph.constant([[threshold]])
    )
    made = [_telling(column, lambda values: values > threshold) for column in columns]
    return lowering.computed(lowering.graph.cast(is_above, "float64"), made)


def lower_bins(lowering: Lowering, step: KBinsDiscretizer, columns: Columns) -> Columns:
    """Count the inner edges at or below each number, and tell the bins apart where asked for."""
    check_parameters(step, _BINS)
    columns = as_float64(lowering, columns)
    lowering.refusals.require_finite(columns)
    pieces = []
    for column, edges in zip(columns, step.bin_edges_, strict=True):
        inner = np.asarray(edges[1:-1], dtype=np.float64)
        lowering.compares_with(column, inner)
        numbers = np.arange(len(inner) + 1.0)
        # at or below an edge is above the number before it
        below = np.nextafter(inner, -np.inf)
        bases = np.zeros((len(numbers), 1))
        pieces.append(Pieces(column, below, bases, numbers[np.newaxis, :, np.newaxis]))
    bins = evaluated(lowering, pieces, is_code_like=True, is_bounded=True, is_partial=False)
    return bins if step.encode == "ordinal" else _apart(lowering, step, bins)


def _apart(lowering: Lowering, step: KBinsDiscretizer, bins: Columns) -> Columns:
    pairs = [
        (column, float(number))
        for column, n_bins in zip(bins, step.n_bins_.tolist(), strict=True)
        for number in range(n_bins)
    ]
    made = [_telling(column, _equal_to(number)) for column, number in pairs]
    return lowering.computed(indicators(lowering, pairs), made)


def _equal_to(number: float) -> Any:
    return lambda values: values == number


def _telling(column: Column, tell: Any) -> Column:
    def trace(values: Values) -> Values:
        told: Values = tell(column.trace(values)).astype(np.float64)
        return told

    telling: Trace = trace
    return dataclasses.replace(
        column,
        trace=telling,
        is_computed=True,
        is_code_like=True,
        is_bounded=True,
        is_partial=False,
    )


TRANSFORMERS: dict[type, LowerTransformer] = {
    Binarizer: lower_binarizer,
    KBinsDiscretizer: lower_bins,
}
