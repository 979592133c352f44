"""Lowers steps that stand side by side, and the weights of their results.

Source: scikit-learn `FeatureUnion.transform` and `pipeline._transform_one`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import FeatureUnion

from headway.errors import LoweringError
from headway.optimize.lowering.columns import require_numbers
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_UNION = {
    "transformer_list": anything,
    "n_jobs": anything,
    "transformer_weights": anything,
    "verbose": anything,
    "verbose_feature_names_out": anything,
}


def lower_feature_union(lowering: Lowering, step: FeatureUnion, columns: Columns) -> Columns:
    """Lower each transformer on all columns, and put the results side by side."""
    check_parameters(step, _UNION)
    weights = step.transformer_weights or {}

    def lowered(name: str, transformer: Any) -> Columns:
        is_passed = isinstance(transformer, str) and transformer == "passthrough"
        made = columns if is_passed else lowering.transform(name, transformer, columns)
        return weighted(lowering, made, weights.get(name))

    kept = [
        (name, transformer)
        for name, transformer in step.transformer_list
        if not isinstance(transformer, str) or transformer != "drop"
    ]
    return side_by_side(kept, lowered)


def side_by_side(steps: Sequence[tuple[str, Any]], lower: Callable[[str, Any], Columns]) -> Columns:
    """Return what all steps make, one after the other.

    Raises:
        LoweringError: Some of them have no lowered form; all reasons are told.
    """
    made: list[Column] = []
    refusals: list[LoweringError] = []
    for name, step in steps:
        try:
            made += lower(name, step)
        except LoweringError as error:  # the others are asked too
            refusals.append(error)
    if refusals:
        messages = "; ".join(refusal.message for refusal in refusals)
        raise LoweringError(messages, hint=refusals[0].hint)
    return tuple(made)


def weighted(lowering: Lowering, columns: Columns, weight: Any) -> Columns:
    """Return the columns times a weight; `None` leaves them as they are.

    Raises:
        LoweringError: They are not float64 numbers, or the weight is none.
    """
    if weight is None or not columns:
        return columns
    if not isinstance(weight, int | float) or not np.isfinite(weight):
        raise LoweringError(f"the weight {weight!r} is not covered")
    if isinstance(weight, int) and not all(column.is_computed for column in columns):
        # a column of small integers would overflow
        raise LoweringError(f"the weight {weight!r} is an integer", hint="write it as a float")
    require_numbers(columns)
    factor = float(weight)
    tensor = lowering.graph.add(
        "Mul", lowering.matrices.of(columns), lowering.graph.constant([[factor]])
    )
    made = [
        dataclasses.replace(
            column,
            trace=_multiplied(column.trace, factor),
            is_computed=True,
            is_code_like=False,
            is_bounded=column.is_bounded and abs(factor) <= 1,
            never_misses=column.never_misses and abs(factor) <= 1,
        )
        for column in columns
    ]
    return lowering.computed(tensor, made)


def _multiplied(trace: Trace, factor: float) -> Trace:
    def multiplied(values: Values) -> Values:
        with np.errstate(over="ignore"):
            return trace(values) * factor

    return multiplied


TRANSFORMERS: dict[type, LowerTransformer] = {FeatureUnion: lower_feature_union}
