"""Lowers power transformations.

Source: scikit-learn `PowerTransformer.transform`; scipy `_yeojohnson_transform`, `special.boxcox`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats
from sklearn.preprocessing import PowerTransformer

from headway.errors import LoweringError
from headway.optimize.lowering.columns import MAX_FLOAT64, following
from headway.optimize.lowering.sklearn.arrays import as_float64
from headway.optimize.lowering.sklearn.elementwise import expm1, log1p
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_switch,
    one_of,
)
from headway.optimize.lowering.sklearn.scaling import lower_standard_scaler

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.optimize.lowering.columns import Column, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = {
    "method": one_of("yeo-johnson", "box-cox"),
    "standardize": is_switch,
    "copy": anything,
}
_LEAST = float(np.nextafter(0.0, 1.0))
_EPSILON = float(np.finfo(np.float64).eps)
# scipy's own limits: below the one a power is a logarithm, above the other it would overflow
_BOX_COX_ZERO = 1e-19
_BOX_COX_GREAT = 709.78


def lower_power(lowering: Lowering, step: PowerTransformer, columns: Columns) -> Columns:
    """Raise to the fitted powers, and scale where asked for."""
    check_parameters(step, _PARAMETERS)
    columns = as_float64(lowering, columns)
    powers = np.asarray(step.lambdas_, dtype=np.float64)
    if powers.shape != (len(columns),) or not np.isfinite(powers).all():
        raise LoweringError("it was fitted on a column without numbers")
    lowering.refusals.require_finite_or_missing(columns)
    transform: Callable[[Values, float], Values]
    if step.method == "box-cox":
        for column in columns:
            lowering.refusals.require_between(column, _LEAST, MAX_FLOAT64)
        tensor, transform = _box_cox(lowering, columns, powers), special.boxcox
    else:
        tensor, transform = _yeo_johnson(lowering, columns, powers), stats.yeojohnson
    raised = [
        _raised(column, transform, power)
        for column, power in zip(columns, powers.tolist(), strict=True)
    ]
    made = lowering.computed(tensor, raised)
    if not step.standardize:
        return made
    return lower_standard_scaler(lowering, step._scaler, made)  # noqa: SLF001 - its own last step


def _yeo_johnson(lowering: Lowering, columns: Columns, powers: Values) -> str:
    """Add the powers, whose formula for a negative number is that for -x, with 2 - power."""
    graph, values = lowering.graph, lowering.matrices.of(columns)
    is_positive = graph.add("GreaterOrEqual", values, graph.constant(0.0))
    logarithm = log1p(graph, graph.add("Abs", values))
    above, below = powers, 2 - powers
    is_log = np.array([np.abs(above) < _EPSILON, np.abs(powers - 2) <= _EPSILON])
    used = np.where(is_log, 1.0, [above, below])
    power = graph.add("Where", is_positive, graph.constant(used[:1]), graph.constant(used[1:]))
    made = graph.add("Div", expm1(graph, graph.add("Mul", power, logarithm)), power)
    if is_log.any():
        flags = [graph.constant(row[np.newaxis].astype(np.float64)) for row in is_log]
        flag = graph.add("Where", is_positive, *flags)
        made = graph.add("Where", graph.add("Greater", flag, graph.constant(0.5)), logarithm, made)
    return graph.add("Where", is_positive, made, graph.add("Neg", made))


def _box_cox(lowering: Lowering, columns: Columns, powers: Values) -> str:
    graph = lowering.graph
    logarithm = graph.add("Log", lowering.matrices.of(columns))
    is_log = np.abs(powers) < _BOX_COX_ZERO
    used = np.where(is_log, 1.0, powers)[np.newaxis]
    power = graph.constant(used)
    scaled = graph.add("Mul", power, logarithm)
    near = graph.add("Div", expm1(graph, scaled), power)
    grown = graph.add("Exp", graph.add("Sub", scaled, graph.constant(np.log(np.abs(used)))))
    great = graph.add(
        "Sub", graph.add("Mul", grown, graph.constant(np.sign(used))), graph.constant(1 / used)
    )
    is_great = graph.add("GreaterOrEqual", scaled, graph.constant(_BOX_COX_GREAT))
    made = graph.add("Where", is_great, great, near)
    if not is_log.any():
        return made
    flag = graph.constant(is_log[np.newaxis])
    return graph.add("Where", graph.add("Greater", flag, graph.constant(0.5)), logarithm, made)


def _raised(column: Column, transform: Callable[[Values, float], Values], power: float) -> Column:
    def trace(values: Values) -> Values:
        with np.errstate(all="ignore"):
            return transform(column.trace(values), power)

    return dataclasses.replace(
        column,
        trace=following(column.trace, trace),
        is_computed=True,
        is_code_like=False,
        # box-cox has no value at 0 and below
        is_partial=column.is_partial or transform is special.boxcox,
    )


TRANSFORMERS: dict[type, LowerTransformer] = {PowerTransformer: lower_power}
