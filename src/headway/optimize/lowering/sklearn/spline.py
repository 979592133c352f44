"""Lowers B-splines. Source: scikit-learn `SplineTransformer.transform`, scipy `BSpline`.

A spline is a polynomial between two knots; what continues it beyond the outer ones is a polynomial
too, so that each of its values is looked up by interval.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.preprocessing import SplineTransformer

from headway.errors import LoweringError
from headway.optimize.lowering.pieces import Pieces, evaluated
from headway.optimize.lowering.sklearn.arrays import as_float64
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_switch,
    one_of,
)

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = {
    "n_knots": anything,
    "degree": anything,
    "knots": anything,
    "extrapolation": one_of("constant", "linear", "continue", "error", "periodic"),
    "include_bias": is_switch,
    "order": anything,
    "handle_missing": one_of("error"),
    "sparse_output": anything,
}
_CONTINUED = ("continue", "periodic")


def lower_spline(lowering: Lowering, step: SplineTransformer, columns: Columns) -> Columns:
    """Evaluate each spline of each column."""
    check_parameters(step, _PARAMETERS)
    _check_degree(step, len(columns))
    columns = as_float64(lowering, columns)
    lowering.refusals.require_finite(columns)
    for column, spline in zip(columns, step.bsplines_, strict=True):
        knots = _inner_knots(spline, step)
        lowering.compares_with(column, knots)
        if step.extrapolation == "error":
            lowering.refusals.require_between(column, float(knots[0]), float(knots[-1]))
    if step.extrapolation == "periodic":
        columns = _wrapped(lowering, step, columns)
    pieces = [
        _pieces(column, spline, step)
        for column, spline in zip(columns, step.bsplines_, strict=True)
    ]
    is_bounded = step.extrapolation not in {"linear", "continue"}
    return evaluated(lowering, pieces, is_bounded=is_bounded, is_partial=True)


def _check_degree(step: SplineTransformer, n_columns: int) -> None:
    if step.degree < 1:
        raise LoweringError("`degree=0` is not covered", hint="cut into bins: `KBinsDiscretizer`")
    if step.degree == 1 and step.extrapolation == "linear" and n_columns > 1:
        # it counts its `degree` up at the first column, and takes the next columns' knots by it
        raise LoweringError("`degree=1` with `extrapolation='linear'` is not covered")


def _inner_knots(spline: Any, step: SplineTransformer) -> Values:
    """Return the knots from the first value of the base interval to its last."""
    knots: Values = spline.t[step.degree : len(spline.t) - step.degree]
    if not (np.diff(knots) > 0).all():
        raise LoweringError("two of its knots are one")
    return knots


def _wrapped(lowering: Lowering, step: SplineTransformer, columns: Columns) -> Columns:
    """Map every number into the base interval, as `%` of numpy does."""
    ends = np.array([_inner_knots(spline, step)[[0, -1]] for spline in step.bsplines_])
    starts, periods = ends[:, 0], ends[:, 1] - ends[:, 0]
    graph = lowering.graph
    start, period = graph.constant([starts]), graph.constant([periods])
    apart = graph.add("Sub", lowering.matrices.of(columns), start)
    rest = graph.add("Mod", apart, period, fmod=1)
    is_negative = graph.add("Less", rest, graph.constant(0.0))
    rest = graph.add("Where", is_negative, graph.add("Add", rest, period), rest)
    made = [
        dataclasses.replace(column, trace=_wrapping(column.trace, *pair), is_computed=True)
        for column, pair in zip(columns, zip(starts, periods, strict=True), strict=True)
    ]
    return lowering.computed(graph.add("Add", start, rest), made)


def _wrapping(trace: Trace, start: float, period: float) -> Trace:
    def wrap(values: Values) -> Values:
        with np.errstate(all="ignore"):
            return start + (trace(values) - start) % period

    return wrap


def _pieces(column: Column, spline: Any, step: SplineTransformer) -> Pieces:
    degree, starts = step.degree, _inner_knots(spline, step)
    # by Taylor, at the start of each interval: exact for a polynomial
    own = np.stack([spline(starts[:-1], nu=m) / math.factorial(m) for m in range(degree + 1)])
    ends = _ends(own, spline, step)
    bases = np.array([starts[0], *starts[:-1], starts[-1]])
    coefficients = np.concatenate([ends[0], own, ends[1]], axis=1)
    if step.extrapolation in _CONTINUED:
        bases[-1] = starts[-2]
    # the first knot lies inside, and so does the last
    bounds = np.array([np.nextafter(starts[0], -np.inf), *np.nextafter(starts[1:-1], -np.inf), starts[-1]])  # fmt: skip
    n_made = spline.c.shape[1] - (0 if step.include_bias else 1)
    return Pieces(
        column,
        bounds,
        np.repeat(bases[:, np.newaxis], n_made, axis=1),
        np.ascontiguousarray(coefficients[:, :, :n_made]),
    )


def _ends(own: Values, spline: Any, step: SplineTransformer) -> tuple[Values, Values]:
    """Return the coefficients beyond the outer knots, each of shape (degree + 1, 1, n_splines)."""
    if step.extrapolation in _CONTINUED:
        return own[:, :1], own[:, -1:]
    degree, n_splines = step.degree, spline.c.shape[1]
    low, high = np.zeros((2, degree + 1, 1, n_splines))
    xmin, xmax = spline.t[degree], spline.t[-degree - 1]
    low[0, 0, :degree] = spline(xmin)[:degree]
    high[0, 0, -degree:] = spline(xmax)[-degree:]
    if step.extrapolation == "linear":
        # the derivative of the second spline of degree 1 is not zero at the end
        n_sloped = max(degree, 2)
        low[0, 0, :n_sloped] = spline(xmin)[:n_sloped]
        high[0, 0, -n_sloped:] = spline(xmax)[-n_sloped:]
        low[1, 0, :n_sloped] = spline(xmin, nu=1)[:n_sloped]
        high[1, 0, -n_sloped:] = spline(xmax, nu=1)[-n_sloped:]
    return low, high


TRANSFORMERS: dict[type, LowerTransformer] = {SplineTransformer: lower_spline}
