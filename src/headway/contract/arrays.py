"""Checks a whole typed array of one feature at once.

Invariant: an array is accepted exactly where `ValueChecker` accepts each of its values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.bounds import declared_limits, type_range
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.findings import Findings
    from headway.contract.model import Feature

_KINDS = {DType.FLOAT: "fiu", DType.INTEGER: "iuf", DType.BOOLEAN: "b", DType.STRING: ""}


class ArrayChecker:
    """Checks arrays of one feature.

    Args:
        feature: The feature.
    """

    __slots__ = ("_accepts_null", "_dtype", "_limits", "_one_of", "_range")

    def __init__(self, feature: Feature) -> None:
        self._dtype = feature.dtype
        self._accepts_null = feature.accepts_null
        self._limits = declared_limits(feature.constraints, feature.dtype)
        self._one_of = feature.constraints.one_of
        self._range = type_range(feature.dtype, feature.storage)

    def takes(self, values: NDArray[Any]) -> bool:
        """Whether arrays of this dtype are checked here; others are checked value by value."""
        return values.dtype.kind in _KINDS[self._dtype]

    def check(
        self,
        values: NDArray[Any],
        position: int,
        findings: Findings,
        is_null: NDArray[np.bool] | None = None,
    ) -> NDArray[Any]:
        """Return the array as a batch holds it: float64, int64 or bool.

        Args:
            values: Shape (n_rows,), of a dtype that `takes` takes.
            position: Position of the feature.
            findings: Is told what is broken.
            is_null: Where the value is missing, whatever the array holds there.
        """
        canonical = self._canonical(values)
        missing, wrong = self._missing(canonical), self._wrong_type(values, canonical)
        if is_null is not None:
            missing |= is_null
            wrong &= ~is_null
        if not self._accepts_null:
            findings.add_where(missing, position, "null", canonical)
        findings.add_where(wrong, position, "type", values)
        present = ~(missing | wrong)
        for limit in self._limits:
            findings.add_where(present & ~limit.allows(canonical), position, limit.rule, canonical)
        if self._one_of is not None:
            allowed = np.isin(canonical, self._allowed_in(canonical))
            findings.add_where(present & ~allowed, position, "one_of", canonical)
        return canonical

    def _allowed_in(self, canonical: NDArray[Any]) -> list[Any]:
        allowed = list(self._one_of or ())
        if self._dtype is DType.INTEGER and canonical.dtype.kind == "f":
            # numpy would round the others to a float that was not allowed
            return [value for value in allowed if int(float(value)) == value]
        return allowed

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
