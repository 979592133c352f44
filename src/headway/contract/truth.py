"""Truth and arithmetic of row rules, once for single values and once for arrays.

A truth is one of `FALSE`, `TRUE`, `MISSING` (an operand is missing) and `UNDEFINED` (a step has no
finite result: a division by zero, an overflow). A number is a float64, missing, or undefined: as a
single value `None` or NaN, in arrays a mask beside the values or NaN.

Invariant: both forms give the same answer for the same values, bit for bit.
"""

from __future__ import annotations

import functools
import math
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FALSE, TRUE, MISSING, UNDEFINED = range(4)

# What settles the answer stands over what is undefined, and that over what is missing
AND = ((0, 0, 0, 0), (0, 1, 2, 3), (0, 2, 2, 3), (0, 3, 3, 3))
OR = ((0, 1, 2, 3), (1, 1, 1, 1), (2, 1, 2, 3), (3, 1, 3, 3))
NOT = (1, 0, 2, 3)


class Masked(NamedTuple):
    """Values of several rows, and where they are missing; both may be one value for all rows."""

    values: Any
    is_missing: Any


class Operation(NamedTuple):
    """One function of numbers or of strings, for single values and for arrays."""

    scalar: Callable[..., Any]
    vector: Callable[..., Any]


def _numbers(scalar: Callable[..., float], vector: Callable[..., Any]) -> Operation:
    def of_scalars(*values: float | None) -> float | None:
        if None in values:
            return None
        # NaN is the only value that differs from itself; some functions would swallow it
        if any(value != value for value in values):  # noqa: PLR0124
            return math.nan
        try:
            result = scalar(*values)
        except (ArithmeticError, ValueError):
            return math.nan
        return result if math.isfinite(result) else math.nan

    def of_arrays(*operands: Masked) -> Masked:
        values = [operand.values for operand in operands]
        with np.errstate(all="ignore"):
            result = vector(*values)
        is_defined = functools.reduce(operator.and_, map(np.isfinite, (result, *values)))
        return Masked(np.where(is_defined, result, math.nan), _any_missing(operands))

    return Operation(of_scalars, of_arrays)


def _one_by_one(function: Callable[..., float]) -> Callable[..., NDArray[np.float64]]:
    """Return an array function that computes as the scalar one does; numpy's own may round otherwise."""

    def of_one(*values: float) -> float:
        try:
            return function(*values)
        except (ArithmeticError, ValueError):
            return math.nan

    def of_arrays(*values: Any) -> NDArray[np.float64]:
        spread = np.broadcast_arrays(*values)
        flat = zip(*(array.ravel().tolist() for array in spread), strict=True)
        return np.array([of_one(*row) for row in flat], dtype=np.float64).reshape(spread[0].shape)

    return of_arrays


def _least(*values: Any) -> Any:
    return functools.reduce(np.minimum, values)


def _greatest(*values: Any) -> Any:
    return functools.reduce(np.maximum, values)


ADD = _numbers(operator.add, operator.add)
SUBTRACT = _numbers(operator.sub, operator.sub)
MULTIPLY = _numbers(operator.mul, operator.mul)
DIVIDE = _numbers(operator.truediv, operator.truediv)
FLOOR_DIVIDE = _numbers(operator.floordiv, _one_by_one(operator.floordiv))
REMAINDER = _numbers(operator.mod, _one_by_one(operator.mod))
POWER = _numbers(math.pow, _one_by_one(math.pow))
NEGATE = _numbers(operator.neg, operator.neg)
ABSOLUTE = _numbers(abs, np.abs)
LEAST = _numbers(min, _least)
GREATEST = _numbers(max, _greatest)


def comparison(compare: Callable[[Any, Any], Any]) -> Operation:
    """Return the comparison of two numbers, or of two strings, as a truth."""

    def of_scalars(left: Any, right: Any) -> int:
        if left is None or right is None:
            return MISSING
        if left != left or right != right:  # noqa: PLR0124
            return UNDEFINED
        return TRUE if compare(left, right) else FALSE

    def of_arrays(left: Masked, right: Masked) -> NDArray[np.int8]:
        holds = np.asarray(compare(left.values, right.values), dtype=bool)
        is_undefined = _is_nan(left.values) | _is_nan(right.values)
        return _truths(holds, is_undefined, _any_missing((left, right)))

    return Operation(of_scalars, of_arrays)


def membership(allowed: frozenset[Any]) -> Operation:
    """Return whether a number or a string is one of these, as a truth."""

    def of_scalars(value: Any) -> int:
        if value is None:
            return MISSING
        if value != value:  # noqa: PLR0124
            return UNDEFINED
        return TRUE if value in allowed else FALSE

    def of_arrays(operand: Masked) -> NDArray[np.int8]:
        values = np.asarray(operand.values)
        found = [value in allowed for value in values.ravel().tolist()]
        holds = np.array(found, dtype=bool).reshape(values.shape)
        return _truths(holds, _is_nan(values), operand.is_missing)

    return Operation(of_scalars, of_arrays)


def _length_of(text: str | None) -> float | None:
    return None if text is None else float(len(text))


def _lengths_of(texts: Masked) -> Masked:
    values = np.asarray(texts.values, dtype=object)
    lengths = [0 if text is None else len(text) for text in values.ravel().tolist()]
    return Masked(np.array(lengths, dtype=np.float64).reshape(values.shape), texts.is_missing)


LENGTH = Operation(_length_of, _lengths_of)


def equality_of_truths(*, is_equal: bool) -> Operation:
    """Return whether two truths are the same, or differ."""
    truths = range(len(NOT))
    table = tuple(
        tuple(_same(left, right) if is_equal else NOT[_same(left, right)] for right in truths)
        for left in truths
    )
    array = np.array(table, dtype=np.int8)
    return Operation(lambda left, right: table[left][right], lambda left, right: array[left, right])


def _same(left: int, right: int) -> int:
    for unknown in (MISSING, UNDEFINED):
        if unknown in (left, right):
            return unknown
    return TRUE if left == right else FALSE


def _any_missing(operands: tuple[Masked, ...]) -> Any:
    return functools.reduce(operator.or_, (operand.is_missing for operand in operands))


def _is_nan(values: Any) -> Any:
    values = np.asarray(values)
    return np.isnan(values) if values.dtype.kind == "f" else np.bool(False)


def _truths(holds: Any, is_undefined: Any, is_missing: Any) -> NDArray[np.int8]:
    truths = np.where(is_missing, MISSING, np.where(is_undefined, UNDEFINED, holds))
    return truths.astype(np.int8)
