"""Lowers products of columns. Source: scikit-learn `PolynomialFeatures.transform`, for dense arrays.

A product is that of its first factor and of the product of the others, degree after degree.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

from headway.errors import LoweringError
from headway.optimize.lowering.columns import Column, mixed_columns, require_numbers
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, is_switch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.optimize.lowering.columns import Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = {
    "degree": anything,
    "interaction_only": is_switch,
    "include_bias": is_switch,
    "order": anything,
}
# Of the result: a block of rows of it is to stay small
MAX_PRODUCTS = 2_000
# Products of integers of 32 bits stay finite up to this degree
_MAX_SAFE_DEGREE = 30

Factors = tuple[int, ...]


def lower_polynomial_features(
    lowering: Lowering, step: PolynomialFeatures, columns: Columns
) -> Columns:
    """Multiply columns with each other."""
    check_parameters(step, _PARAMETERS)
    require_numbers(columns)
    lowering.refusals.require_finite(columns)
    if step.n_output_features_ > MAX_PRODUCTS:
        raise LoweringError(
            f"it makes {step.n_output_features_:,} columns, of at most {MAX_PRODUCTS:,} covered"
        )
    made: list[Column] = [_bias(lowering, columns[0])] if step.include_bias else []
    powers = [np.zeros(len(columns), dtype=np.int64)] if step.include_bias else []
    before: list[Factors] = [(j,) for j in range(len(columns))]
    products: list[Column] = list(columns)
    for degree in range(1, step._max_degree + 1):  # noqa: SLF001 - `degree` may be a pair
        if degree > 1:
            factors = _combinations(len(columns), degree, is_distinct=step.interaction_only)
            products = _products(lowering, columns, products, factors, before)
            before = factors
        if degree >= step._min_degree:  # noqa: SLF001
            made += products
            powers += [np.bincount(f, minlength=len(columns)) for f in before]
    if len(made) != step.n_output_features_ or not np.array_equal(powers, step.powers_):
        raise LoweringError("its products are not what is known of it")
    return tuple(made)


def _combinations(n_columns: int, degree: int, *, is_distinct: bool) -> list[Factors]:
    draw = itertools.combinations if is_distinct else itertools.combinations_with_replacement
    return list(draw(range(n_columns), degree))


def _products(
    lowering: Lowering,
    columns: Sequence[Column],
    rest: Sequence[Column],
    factors: Sequence[Factors],
    before: Sequence[Factors],
) -> list[Column]:
    """Return the products of one degree; `rest` holds those of the degree before."""
    if not factors:
        return []
    place = {other: i for i, other in enumerate(before)}
    firsts = [columns[f[0]] for f in factors]
    others = [rest[place[f[1:]]] for f in factors]
    tensor = lowering.graph.add("Mul", lowering.matrices.of(firsts), lowering.matrices.of(others))
    is_safe = len(factors[0]) <= _MAX_SAFE_DEGREE
    made = []
    for j, (first, other, parts) in enumerate(zip(firsts, others, factors, strict=True)):
        is_bounded = is_safe and all(columns[i].is_code_like for i in parts)
        made.append(_product(first, other, tensor, j, is_bounded=is_bounded))
    return list(lowering.computed(tensor, made))


def _product(first: Column, other: Column, tensor: str, j: int, *, is_bounded: bool) -> Column:
    if first.is_mixed or other.is_mixed or first.feature != other.feature:
        (mixed,) = mixed_columns(tensor, 1, is_bounded=is_bounded, never_misses=is_bounded)
        return dataclasses.replace(mixed, position=j)
    return dataclasses.replace(
        first,
        trace=_multiplied(first.trace, other.trace),
        is_computed=True,
        is_code_like=False,
        is_bounded=is_bounded,
        never_misses=is_bounded,
    )


def _multiplied(first: Trace, other: Trace) -> Trace:
    def multiplied(values: Values) -> Values:
        with np.errstate(over="ignore", invalid="ignore"):
            return first(values) * other(values)

    return multiplied


def _bias(lowering: Lowering, column: Column) -> Column:
    """Return a column of ones."""
    values = lowering.matrices.of([column])
    ones = lowering.graph.cast(lowering.graph.add("Equal", values, values), "float64")
    made = dataclasses.replace(
        column,
        trace=column.trace if column.is_mixed else np.ones_like,
        is_computed=True,
        is_code_like=True,
        is_bounded=True,
        never_misses=True,
    )
    return lowering.computed(ones, [made])[0]


TRANSFORMERS: dict[type, LowerTransformer] = {PolynomialFeatures: lower_polynomial_features}
