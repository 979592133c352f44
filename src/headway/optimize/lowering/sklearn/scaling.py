"""Lowers scalers. Source: scikit-learn `preprocessing/_data.py`, each `transform` for dense arrays.

For sparse matrices scikit-learn multiplies by the reciprocal instead of dividing, one rounding apart;
only linear models take those.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from headway.errors import LoweringError
from headway.optimize.lowering.columns import following
from headway.optimize.lowering.sklearn.arrays import as_float64
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, is_switch

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_STANDARD = {"copy": anything, "with_mean": is_switch, "with_std": is_switch}
_MIN_MAX = {"feature_range": anything, "copy": anything, "clip": is_switch}
_MAX_ABS = {"copy": anything, "clip": is_switch}
_ROBUST = {
    "with_centering": is_switch,
    "with_scaling": is_switch,
    "quantile_range": anything,
    "copy": anything,
    "unit_variance": is_switch,
}
_NUMPY: dict[str, Callable[[Values, float], Values]] = {
    "Sub": np.subtract,
    "Add": np.add,
    "Mul": np.multiply,
    "Div": np.divide,
}
Operations = Sequence[tuple[str, Any]]


def lower_standard_scaler(lowering: Lowering, step: StandardScaler, columns: Columns) -> Columns:
    """Subtract the mean, divide by the deviation."""
    check_parameters(step, _STANDARD)
    mean = step.mean_ if step.with_mean else None
    return _scaled(lowering, columns, [("Sub", mean), ("Div", step.scale_)])


def lower_min_max_scaler(lowering: Lowering, step: MinMaxScaler, columns: Columns) -> Columns:
    """Multiply, add, and clip where it was asked for."""
    check_parameters(step, _MIN_MAX)
    scaled = _scaled(lowering, columns, [("Mul", step.scale_), ("Add", step.min_)])
    return _clipped(lowering, scaled, *step.feature_range) if step.clip else scaled


def lower_max_abs_scaler(lowering: Lowering, step: MaxAbsScaler, columns: Columns) -> Columns:
    """Divide, and clip where it was asked for."""
    check_parameters(step, _MAX_ABS)
    scaled = _scaled(lowering, columns, [("Div", step.scale_)])
    return _clipped(lowering, scaled, -1.0, 1.0) if getattr(step, "clip", False) else scaled


def lower_robust_scaler(lowering: Lowering, step: RobustScaler, columns: Columns) -> Columns:
    """Subtract the median, divide by the range."""
    check_parameters(step, _ROBUST)
    return _scaled(lowering, columns, [("Sub", step.center_), ("Div", step.scale_)])


def _scaled(lowering: Lowering, columns: Columns, operations: Operations) -> Columns:
    columns = as_float64(lowering, columns)
    lowering.refusals.require_finite_or_missing(columns)
    tensor, traces = lowering.matrices.of(columns), [column.trace for column in columns]
    for operator, numbers in operations:
        if numbers is None:
            continue
        row = np.asarray(numbers, dtype=np.float64)
        if not np.isfinite(row).all() or row.shape != (len(columns),):
            raise LoweringError("it was fitted on a column without numbers")
        tensor = lowering.graph.add(operator, tensor, lowering.graph.constant(row[np.newaxis]))
        traces = [
            _after(trace, operator, float(number))
            for trace, number in zip(traces, row, strict=True)
        ]
    made = [
        dataclasses.replace(column, trace=trace, is_computed=True, is_code_like=False)
        for column, trace in zip(columns, traces, strict=True)
    ]
    return lowering.computed(tensor, made)


def _after(trace: Trace, operator: str, number: float) -> Trace:
    def computed(values: Values) -> Values:
        with np.errstate(over="ignore"):
            return _NUMPY[operator](trace(values), number)

    is_falling = operator in {"Mul", "Div"} and number < 0
    return following(trace, computed, is_rising=not is_falling)


def _clipped(lowering: Lowering, columns: Columns, low: float, high: float) -> Columns:
    bounds = [lowering.graph.constant(np.float64(bound)) for bound in (low, high)]
    tensor = lowering.graph.add("Clip", lowering.matrices.of(columns), *bounds)
    made = [
        dataclasses.replace(column, trace=_clipping(column.trace, low, high)) for column in columns
    ]
    return lowering.computed(tensor, made)


def _clipping(trace: Trace, low: float, high: float) -> Trace:
    return following(trace, lambda values: np.clip(trace(values), low, high))


TRANSFORMERS: dict[type, LowerTransformer] = {
    StandardScaler: lower_standard_scaler,
    MinMaxScaler: lower_min_max_scaler,
    MaxAbsScaler: lower_max_abs_scaler,
    RobustScaler: lower_robust_scaler,
}
