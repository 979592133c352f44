"""Lowers functions of numpy that are applied to every number.

Source: scikit-learn `FunctionTransformer.transform`; numpy, the types of each function's result.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from headway.core.dtypes import DType
from headway.errors import LoweringError
from headway.optimize.graph import GraphBuilder
from headway.optimize.lowering.columns import following, require_numbers
from headway.optimize.lowering.sklearn.arrays import is_wide
from headway.optimize.lowering.sklearn.elementwise import cbrt, expm1, log1p, scaled_log, square
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_switch,
)

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = {
    "func": anything,
    "inverse_func": anything,
    "validate": is_switch,
    "accept_sparse": anything,
    "check_inverse": anything,
    "feature_names_out": anything,
    "kw_args": lambda value: value is None or value == {},
    "inv_kw_args": anything,
}


@dataclasses.dataclass(frozen=True, slots=True)
class _Function:
    """One function.

    Attributes:
        add: Adds it to a graph.
        is_whole: Whether its result is finite exactly where its argument is, and grows with it.
        is_bounded: Whether its result is finite or missing whatever the argument is.
        keeps_integers: Whether numpy computes it of integers in integers, which wrap around.
        is_step: Whether it jumps, so that the last bit of its argument decides.
        is_rising: Whether it never falls (`False`: never rises) wherever it is a number, to the last
            bit, as numpy's cube root and `tanh` do not; `None` for neither.
    """

    add: Callable[[GraphBuilder, str], str]
    is_whole: bool = False
    is_bounded: bool = False
    keeps_integers: bool = False
    is_step: bool = False
    is_rising: bool | None = None


def _operator(name: str) -> Callable[[GraphBuilder, str], str]:
    return lambda graph, tensor: graph.add(name, tensor)


_FUNCTIONS: dict[np.ufunc, _Function] = {
    np.log: _Function(_operator("Log"), is_rising=True),
    np.log1p: _Function(log1p, is_rising=True),
    np.log2: _Function(lambda graph, tensor: scaled_log(graph, tensor, 2.0), is_rising=True),
    np.log10: _Function(lambda graph, tensor: scaled_log(graph, tensor, 10.0), is_rising=True),
    np.exp: _Function(_operator("Exp"), is_rising=True),
    np.expm1: _Function(expm1, is_rising=True),
    np.sqrt: _Function(_operator("Sqrt"), is_rising=True),
    np.cbrt: _Function(cbrt, is_whole=True),
    np.square: _Function(square, keeps_integers=True),
    np.absolute: _Function(_operator("Abs"), keeps_integers=True),
    np.negative: _Function(_operator("Neg"), keeps_integers=True, is_rising=False),
    np.reciprocal: _Function(_operator("Reciprocal"), keeps_integers=True),
    np.sign: _Function(_operator("Sign"), is_bounded=True, is_rising=True, is_step=True),
    np.sin: _Function(_operator("Sin"), is_bounded=True),
    np.cos: _Function(_operator("Cos"), is_bounded=True),
    np.tanh: _Function(_operator("Tanh"), is_bounded=True),
    np.floor: _Function(_operator("Floor"), is_whole=True, is_rising=True, is_step=True),
    np.ceil: _Function(_operator("Ceil"), is_whole=True, is_rising=True, is_step=True),
    np.rint: _Function(_operator("Round"), is_whole=True, is_rising=True, is_step=True),
}


def lower_function_transformer(
    lowering: Lowering, step: FunctionTransformer, columns: Columns
) -> Columns:
    """Apply a function that is known, or none."""
    check_parameters(step, _PARAMETERS)
    if step.validate:
        _require_one_array(lowering, columns)
    if step.func is None:
        return columns
    function = _known(step.func)
    require_numbers(columns)
    for column in columns:
        _check_precision(lowering, column, function)
    tensor = function.add(lowering.graph, lowering.matrices.of(columns))
    made = [_applied(column, step.func, function) for column in columns]
    return lowering.computed(tensor, made)


def add_function(graph: GraphBuilder, func: Any, tensor: str) -> str:
    """Add a function of each element.

    Raises:
        LoweringError: It is not covered.
    """
    return _known(func).add(graph, tensor)


def _known(func: Any) -> _Function:
    if not isinstance(func, np.ufunc) or func not in _FUNCTIONS:
        name = getattr(func, "__name__", type(func).__name__)
        raise LoweringError(f"its function `{name}` is not covered")
    return _FUNCTIONS[func]


def _require_one_array(lowering: Lowering, columns: Columns) -> None:
    """Hold the columns to what `check_array` takes."""
    if any(column.vocabulary is not None for column in columns):
        raise LoweringError("it checks strings or categories, of which it makes other values")
    if any(column.is_single for column in columns):
        raise LoweringError("it checks float32 columns", hint="fit on float64 columns")
    lowering.refusals.require_finite(columns)


def _check_precision(lowering: Lowering, column: Column, function: _Function) -> None:
    if function.is_step and (column.is_computed or column.is_mixed):
        raise LoweringError(
            "it rounds numbers that another step computes, whose last bit is not numpy's",
            hint="round the feature itself, before anything else is computed of it",
        )
    if not is_wide(lowering, column):
        raise LoweringError(
            "numpy computes it of booleans and of small integers in a precision of their own",
            hint="fit on float64 columns: `X.astype('float64')`",
        )
    if column.is_computed or not function.keeps_integers:
        return
    if lowering.contract.features[column.only_feature].dtype is DType.INTEGER:
        raise LoweringError(
            "numpy computes it of integers in integers, which wrap around",
            hint="fit on float64 columns: `X.astype('float64')`",
        )


def _applied(column: Column, ufunc: np.ufunc, function: _Function) -> Column:
    return dataclasses.replace(
        column,
        trace=_tracing(column.trace, ufunc, function.is_rising),
        is_computed=True,
        is_code_like=False,
        is_bounded=function.is_bounded or (function.is_whole and column.is_bounded),
        is_partial=column.is_partial or not function.is_whole,
        never_misses=column.never_misses and function.is_whole,
    )


def _tracing(trace: Trace, ufunc: np.ufunc, is_rising: bool | None) -> Trace:  # noqa: FBT001 - three values
    def apply(values: Values) -> Values:
        with np.errstate(all="ignore"):
            made: Any = ufunc(trace(values))
            return np.asarray(made, dtype=np.float64)

    return apply if is_rising is None else following(trace, apply, is_rising=is_rising)


TRANSFORMERS: dict[type, LowerTransformer] = {FunctionTransformer: lower_function_transformer}
