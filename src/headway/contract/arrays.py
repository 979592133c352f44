"""Checks a whole typed array of one feature at once.

Invariant: an array is accepted exactly where `ValueChecker` accepts each of its values.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.bounds import declared_limits, type_range
from headway.contract.rules import is_multiple
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from headway.contract.findings import Findings
    from headway.contract.model import Feature

_KINDS = {DType.FLOAT: "fiu", DType.INTEGER: "iuf", DType.BOOLEAN: "b", DType.STRING: ""}


class ArrayChecker:
    """Checks arrays of one feature.

    Args:
        feature: The feature.
    """

    __slots__ = ("_accepts_null", "_dtype", "_limits", "_policy", "_range", "_rules")

    def __init__(self, feature: Feature) -> None:
        self._dtype = feature.dtype
        self._accepts_null = feature.accepts_null
        self._policy = feature.policy
        self._limits = declared_limits(feature.constraints, feature.dtype)
        self._rules = tuple(_array_rules(feature))
        self._range = type_range(feature.dtype, feature.storage)

    def takes(self, values: NDArray[Any]) -> bool:
        """Whether arrays of this dtype are checked here; others are checked value by value."""
        kind = values.dtype.kind
        # floats hold not every integer that a limit can be
        is_inexact = self._policy == "clip" and self._dtype is DType.INTEGER and kind == "f"
        return kind in _KINDS[self._dtype] and not is_inexact

    def check(
        self, values: NDArray[Any], position: int, findings: Findings, notices: Findings
    ) -> NDArray[Any]:
        """Return the array as a batch holds it: float64, int64 or bool.

        Args:
            values: Shape (n_rows,), of a dtype that `takes` takes.
            position: Position of the feature.
            findings: Is told what is broken.
            notices: Is told what the policy lets through.
        """
        canonical = self._canonical(values)
        missing, wrong = self._missing(canonical), self._wrong_type(values, canonical)
        if not self._accepts_null:
            findings.add_where(missing, position, "null", canonical)
        findings.add_where(wrong, position, "type", values)
        present = ~(missing | wrong)
        if self._policy == "clip":
            canonical = self._clipped(canonical, present, position, notices)
        told = notices if self._policy == "warn" else findings
        for rule, allows in self._rules:
            told.add_where(present & ~allows(canonical), position, rule, canonical)
        return canonical

    def _clipped(
        self, values: NDArray[Any], present: NDArray[np.bool], position: int, notices: Findings
    ) -> NDArray[Any]:
        clipped = values
        for limit in self._limits:
            notices.add_where(present & ~limit.allows(values), position, limit.rule, values)
            broken = present & ~limit.allows(clipped)
            nearest = limit.nearest(self._dtype)
            # a limit that the type cannot reach has no number beside it
            if broken.any() and self._range[0] <= nearest <= self._range[1]:
                clipped = np.where(broken, nearest, clipped)
        return clipped

    def _canonical(self, values: NDArray[Any]) -> NDArray[Any]:
        if self._dtype is DType.BOOLEAN:
            return values
        if self._dtype is DType.INTEGER and values.dtype.kind in "iu":
            return values.astype(np.int64, copy=False)
        with np.errstate(over="ignore"):  # an extended float beyond float64 is found below
            return values.astype(np.float64, copy=False)

    def _missing(self, canonical: NDArray[Any]) -> NDArray[np.bool]:
        if canonical.dtype.kind != "f":
            return np.zeros(len(canonical), dtype=np.bool)
        missing: NDArray[np.bool] = np.isnan(canonical)
        return missing

    def _wrong_type(self, values: NDArray[Any], canonical: NDArray[Any]) -> NDArray[np.bool]:
        if self._dtype is DType.BOOLEAN:
            return np.zeros(len(values), dtype=np.bool)
        least, greatest = self._range
        if canonical.dtype.kind == "i":
            # not the canonical ones, where an unsigned integer beyond int64 is a negative one
            return (values < least) | (values > greatest)
        fitting = (canonical >= least) & (canonical <= greatest)
        if self._dtype is DType.INTEGER:
            # the greatest integer of 64 bits is no float
            fitting &= (canonical < float(int(greatest) + 1)) & (np.trunc(canonical) == canonical)
        wrong: NDArray[np.bool] = ~(fitting | np.isnan(canonical))
        return wrong


def _array_rules(feature: Feature) -> Iterator[tuple[str, Callable[[NDArray[Any]], Any]]]:
    """Yield what `value_rules` gives, for arrays; what is missing or of a wrong type is of no account."""
    constraints = feature.constraints
    for limit in declared_limits(constraints, feature.dtype):
        yield limit.rule, limit.allows
    if constraints.one_of is not None:
        yield "one_of", functools.partial(_is_one_of, constraints.one_of, feature.dtype)
    if constraints.multiple_of is not None:
        is_whole = feature.dtype is DType.INTEGER
        allows = functools.partial(is_multiple, of=constraints.multiple_of, is_whole=is_whole)
        yield "multiple_of", functools.partial(_each, allows)


def _is_one_of(one_of: tuple[Any, ...], dtype: DType, canonical: NDArray[Any]) -> NDArray[np.bool]:
    allowed = list(one_of)
    if dtype is DType.INTEGER and canonical.dtype.kind == "f":
        # numpy would round the others to a float that was not allowed
        allowed = [value for value in allowed if int(float(value)) == value]
    return np.isin(canonical, allowed)


def _each(allows: Callable[[Any], bool], canonical: NDArray[Any]) -> NDArray[np.bool]:
    return np.array(
        [math.isfinite(value) and allows(value) for value in canonical.tolist()], dtype=bool
    )
