"""Lowers imputers. Source: scikit-learn `SimpleImputer.transform`.

A missing value becomes its column's statistic, in the dtype that was fitted; a column without a
statistic is dropped; indicators follow the columns.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.impute import SimpleImputer

from headway.errors import LoweringError
from headway.optimize.lowering.columns import MAX_CODE, following
from headway.optimize.lowering.sklearn.missing import (
    is_marker,
    missing_indicators,
    with_missing,
)
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_switch,
    one_of,
)
from headway.runtimes.onnx import GRAPH_INPUT

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_STRATEGIES = one_of("mean", "median", "most_frequent", "constant")
_PARAMETERS = {
    "missing_values": is_marker,
    # what a function of the user's made of each column is known once it is fitted
    "strategy": lambda value: callable(value) or _STRATEGIES(value),
    "fill_value": anything,
    "copy": anything,
    "add_indicator": anything,
    "keep_empty_features": is_switch,
}


def lower_simple_imputer(lowering: Lowering, step: SimpleImputer, columns: Columns) -> Columns:
    """Fill missing values, and append indicators of what was missing."""
    check_parameters(step, _PARAMETERS)
    fitted = step._fit_dtype  # noqa: SLF001 - it tells whether numbers or objects were fitted
    if fitted == np.float64:  # also where some of the columns are float32
        columns = tuple(dataclasses.replace(column, is_single=False) for column in columns)
    if any(column.is_single for column in columns):
        raise LoweringError("it imputes float32 columns", hint="fit on float64 columns")
    columns = with_missing(lowering, columns, step.missing_values, is_of_objects=fitted.kind == "O")
    kept = [
        _filled(column, fill)
        for column, statistic in zip(columns, step.statistics_, strict=True)
        if (fill := _fill_of(column, statistic, step)) is not None
    ]
    made = _computed_where_needed(lowering, kept)
    if not step.add_indicator:
        return made
    indicated = tuple(columns[j] for j in step.indicator_.features_)
    return made + missing_indicators(lowering, indicated)


def _fill_of(column: Column, statistic: Any, step: SimpleImputer) -> float | None:
    """Return the encoded statistic, NaN where it fills nothing, or `None` for a dropped column."""
    if statistic != statistic and not step.keep_empty_features:  # noqa: PLR0124 - only NaN differs from itself
        return None
    value = np.asarray([statistic]).astype(step._fill_dtype)[0]  # noqa: SLF001 - as `transform` does
    if value != value:  # noqa: PLR0124
        return float("nan")
    if column.vocabulary is not None:
        return column.vocabulary.code(value)
    if isinstance(value, str):
        raise LoweringError("it fills numbers with a string")
    return float(value)


def _filled(column: Column, fill: float) -> Column:
    if column.fill is not None or np.isnan(fill):
        return column
    return dataclasses.replace(
        column,
        fill=fill,
        trace=_filling(column, fill),
        is_code_like=column.is_code_like and abs(fill) < MAX_CODE and fill % 1 == 0,
    )


def _filling(column: Column, fill: float) -> Trace:
    trace = column.trace

    def filled(values: Values) -> Values:
        traced = trace(values)
        return np.where(np.isnan(traced), fill, traced)

    # what a logarithm makes NaN of is filled too, out of order
    return filled if column.is_partial else following(trace, filled)


def _computed_where_needed(lowering: Lowering, columns: list[Column]) -> Columns:
    """Fill what other steps computed here and now; features are filled all at once elsewhere."""
    late = [c for c in columns if c.fill is not None and c.tensor != GRAPH_INPUT]
    if not late:
        return tuple(columns)
    values = lowering.matrices.of([dataclasses.replace(column, fill=None) for column in late])
    missing = lowering.graph.add("IsNaN", values)
    fills = lowering.graph.constant([[column.fill for column in late]])
    made = iter(lowering.computed(lowering.graph.add("Where", missing, fills, values), late))
    return tuple(
        next(made) if column.fill is not None and column.tensor != GRAPH_INPUT else column
        for column in columns
    )


TRANSFORMERS: dict[type, LowerTransformer] = {SimpleImputer: lower_simple_imputer}
