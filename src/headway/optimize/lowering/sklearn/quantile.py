"""Lowers quantile transformations. Source: scikit-learn `QuantileTransformer._transform_col`.

Between two quantiles numpy interpolates upwards and downwards, and the mean of both is taken; both
are computed here as numpy does, bit by bit, since the normal distribution's tails magnify each.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from sklearn.preprocessing import QuantileTransformer

from headway.errors import LoweringError
from headway.optimize.lowering.columns import following
from headway.optimize.lowering.pieces import Pieces, evaluated
from headway.optimize.lowering.sklearn.arrays import as_float64
from headway.optimize.lowering.sklearn.normal import normal_ppf
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = {
    "n_quantiles": anything,
    "output_distribution": one_of("uniform", "normal"),
    "ignore_implicit_zeros": lambda value: value is False,
    "subsample": anything,
    "random_state": anything,
    "copy": anything,
}
# scikit-learn's BOUNDS_THRESHOLD
_NEAR = 1e-7


def lower_quantile(lowering: Lowering, step: QuantileTransformer, columns: Columns) -> Columns:
    """Look each number's place among the quantiles up."""
    check_parameters(step, _PARAMETERS)
    columns = as_float64(lowering, columns)
    lowering.refusals.require_finite_or_missing(columns)
    quantiles = np.asarray(step.quantiles_, dtype=np.float64)
    if not np.isfinite(quantiles).all() or (np.diff(quantiles, axis=0) < 0).any():
        raise LoweringError("it was fitted on a column without numbers")
    pieces = []
    for column, own in zip(columns, quantiles.T, strict=True):
        lowering.compares_with(column, own)
        pieces.append(_pieces(column, own, step.references_))
    both = evaluated(lowering, pieces)
    graph = lowering.graph
    upwards, downwards = lowering.matrices.of(both[::2]), lowering.matrices.of(both[1::2])
    tensor = graph.add("Mul", graph.add("Add", upwards, downwards), graph.constant(0.5))
    if step.output_distribution == "normal":
        tensor = _normal(lowering, columns, tensor, quantiles)
    made = [
        dataclasses.replace(
            column,
            trace=_tracing(step, column, own),
            is_computed=True,
            is_code_like=False,
            is_bounded=True,
        )
        for column, own in zip(columns, quantiles.T, strict=True)
    ]
    return lowering.computed(tensor, made)


def _pieces(column: Column, quantiles: Values, references: Values) -> Pieces:
    """Return both interpolations: below all, at the first quantile, above it, at the second, ..."""
    knots, first, counts = np.unique(quantiles, return_index=True, return_counts=True)
    last = first + counts - 1
    n_pieces = 2 * len(knots) + 1
    bases = np.zeros((n_pieces, 2))
    coefficients = np.zeros((2, n_pieces, 2))
    level, slope = coefficients
    level[0], level[-1] = references[0], references[-1]
    level[1::2] = np.stack([references[last], references[first]], axis=1)
    level[-2], level[1] = 1.0, 0.0
    low, high = last[:-1], first[1:]
    apart = knots[1:] - knots[:-1]
    slope[2:-1:2] = ((references[high] - references[low]) / apart)[:, np.newaxis]
    level[2:-1:2] = np.stack([references[low], references[high]], axis=1)
    bases[2:-1:2] = np.stack([knots[:-1], knots[1:]], axis=1)
    if not np.isfinite(slope).all():
        raise LoweringError("two of its quantiles are too near to each other")
    bounds = np.stack([np.nextafter(knots, -np.inf), knots], axis=1).ravel()
    return Pieces(column, bounds, bases, coefficients)


def _normal(lowering: Lowering, columns: Columns, levels: str, quantiles: Values) -> str:
    """Add the normal distribution's quantiles of the levels, cut off near 0 and 1."""
    graph, values = lowering.graph, lowering.matrices.of(columns)
    near = graph.constant(_NEAR)
    zero, one = graph.constant(0.0), graph.constant(1.0)
    is_high = graph.add("Greater", graph.add("Add", values, near), graph.constant(quantiles[-1:]))
    is_low = graph.add("Less", graph.add("Sub", values, near), graph.constant(quantiles[:1]))
    levels = graph.add("Where", is_low, zero, graph.add("Where", is_high, one, levels))
    least = _NEAR - np.spacing(1)
    ends = [graph.constant(np.float64(end)) for end in (least, 1 - least)]
    made = normal_ppf(graph, graph.add("Clip", levels, *ends))
    bounds = [graph.constant(np.float64(stats.norm.ppf(end))) for end in (least, 1 - least)]
    return graph.add("Clip", made, *bounds)


def _tracing(step: QuantileTransformer, column: Column, quantiles: Values) -> Trace:
    def trace(values: Values) -> Values:
        traced = column.trace(values).copy()
        made: Values = step._transform_col(traced, quantiles, inverse=False)  # noqa: SLF001 - the source
        return made

    return following(column.trace, trace)


TRANSFORMERS: dict[type, LowerTransformer] = {QuantileTransformer: lower_quantile}
