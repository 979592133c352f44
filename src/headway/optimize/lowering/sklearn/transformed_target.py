"""Lowers regressors of a transformed target. Source: scikit-learn `compose/_target.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from headway.errors import LoweringError
from headway.optimize.lowering.answers import NumberAnswers
from headway.optimize.lowering.sklearn.function import add_function
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, is_switch

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What fits the target's own transformer ends with `fit`
_PARAMETERS = dict.fromkeys(
    ("regressor", "transformer", "func", "inverse_func", "check_inverse"), anything
)
_FUNCTION = dict.fromkeys(
    ("func", "inverse_func", "accept_sparse", "check_inverse", "feature_names_out", "kw_args"),
    anything,
) | {"validate": is_switch, "inv_kw_args": lambda value: value is None or value == {}}
_SCALER = dict.fromkeys(
    ("copy", "with_mean", "with_std", "feature_range", "clip", "with_centering", "with_scaling", "quantile_range", "unit_variance"),
    anything,
)  # fmt: skip


def answer_transformed(
    lowering: Lowering, step: TransformedTargetRegressor, columns: Columns
) -> NumberAnswers:
    """Lower the regressor, and turn its answers back into those of the target itself."""
    check_parameters(step, _PARAMETERS)
    made = lowering.answer("regressor", step.regressor_, columns)
    if not isinstance(made, NumberAnswers) or made.element_type != "float64":
        raise LoweringError("its regressor does not answer numbers with a fraction")
    is_flat = step._training_dim == 1  # noqa: SLF001 - nothing public tells it
    if is_flat != (made.n_outputs is None):
        raise LoweringError("its target and its regressor's answers have different shapes")
    kind = type(step.transformer_)
    if kind not in _INVERSES:
        raise LoweringError(f"the inverse of `{kind.__name__}` is not covered")
    return NumberAnswers(_INVERSES[kind](lowering, step.transformer_, made), made.n_outputs)


def _function(lowering: Lowering, step: FunctionTransformer, made: NumberAnswers) -> str:
    check_parameters(step, _FUNCTION)
    if step.validate:
        lowering.refusals.require_finite(_as_columns(lowering, made))
    if step.inverse_func is None:
        return made.tensor
    return add_function(lowering.graph, step.inverse_func, made.tensor)


def _as_columns(lowering: Lowering, made: NumberAnswers) -> Columns:
    width = made.n_outputs or 1
    shape = lowering.graph.constant([-1, width], "int64")
    return lowering.mixed(lowering.graph.add("Reshape", made.tensor, shape), width)


def _scaling(
    *operations: tuple[str, str],
) -> Callable[[Lowering, Any, NumberAnswers], str]:
    """Return what undoes a scaler: operators, each with the attribute that it takes."""

    def undo(lowering: Lowering, step: Any, made: NumberAnswers) -> str:
        check_parameters(step, _SCALER)
        lowering.refusals.require_finite_or_missing(_as_columns(lowering, made))
        graph, tensor = lowering.graph, made.tensor
        for operator, name in operations:
            numbers = getattr(step, name)
            if numbers is None or (name == "mean_" and not step.with_mean):
                continue
            row = np.asarray(numbers, dtype=np.float64)
            if row.shape != (made.n_outputs or 1,) or not np.isfinite(row).all():
                raise LoweringError(f"the `{name}` of its transformer is not what is known of it")
            tensor = graph.add(operator, tensor, graph.constant(row))
        return tensor

    return undo


_INVERSES: dict[type, Callable[[Lowering, Any, NumberAnswers], str]] = {
    FunctionTransformer: _function,
    MaxAbsScaler: _scaling(("Mul", "scale_")),
    MinMaxScaler: _scaling(("Sub", "min_"), ("Div", "scale_")),
    RobustScaler: _scaling(("Mul", "scale_"), ("Add", "center_")),
    StandardScaler: _scaling(("Mul", "scale_"), ("Add", "mean_")),
}

ESTIMATORS: dict[type, LowerEstimator] = {TransformedTargetRegressor: answer_transformed}
