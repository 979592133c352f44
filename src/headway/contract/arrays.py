"""Checks a whole typed array of one feature at once.

Invariant: an array is accepted exactly where `ValueChecker` accepts each of its values.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.bounds import declared_limits, type_range, value_of
from headway.contract.temporal import time_span
from headway.contract.tensors import element_feature
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.findings import Findings
    from headway.contract.model import Feature

_KINDS = {DType.FLOAT: "fiu", DType.INTEGER: "iuf", DType.BOOLEAN: "b"}
_TIME_UNITS = frozenset({"s", "ms", "us", "ns"})


class ArrayChecker:
    """Checks arrays of one feature.

    Args:
        feature: The feature.
    """

    __slots__ = ("_accepts_null", "_dtype", "_is_zoned", "_limits", "_one_of", "_range", "_shape")

    def __init__(self, feature: Feature) -> None:
        self._accepts_null = feature.accepts_null
        self._is_zoned = feature.is_zoned
        self._shape = feature.shape
        if feature.dtype is DType.TENSOR:
            feature = element_feature(feature)
        self._dtype = feature.dtype
        self._limits = [
            limit._replace(value=_for_numpy(limit.value))
            for limit in declared_limits(feature.constraints, feature.dtype)
        ]
        one_of = feature.constraints.one_of
        self._one_of = None
        if one_of is not None:
            self._one_of = [_for_numpy(value_of(self._dtype, value)) for value in one_of]
        self._range = _value_range(feature)

    def takes(self, values: NDArray[Any]) -> bool:
        """Whether such arrays are checked here; others are checked value by value."""
        if values.dtype.kind == "M":
            is_known = np.datetime_data(values.dtype)[0] in _TIME_UNITS
            return self._dtype is DType.DATETIME and not self._is_zoned and is_known
        return values.shape[1:] == self._shape and values.dtype.kind in _KINDS.get(self._dtype, "")

    def check(self, values: NDArray[Any], position: int, findings: Findings) -> NDArray[Any]:
        """Return the array as a batch holds it: float64, int64, bool or datetime64[us].

        Args:
            values: Shape (n_rows,), or (n_rows, *shape) for a tensor; `takes` takes it.
            position: Position of the feature.
            findings: Is told what is broken.
        """
        canonical = self._canonical(values)
        # a date-time that cannot be counted in microseconds is not missing
        missing = self._missing(values if values.dtype.kind == "M" else canonical)
        wrong = self._wrong_type(values, canonical)
        if not self._accepts_null:
            findings.add_where(missing, position, "null", canonical)
        findings.add_where(wrong, position, "type", values)
        present = ~(missing | wrong)
        for limit in self._limits:
            broken = self._any_element(~limit.allows(canonical))
            findings.add_where(present & broken, position, limit.rule, canonical)
        if self._one_of is not None:
            allowed = np.isin(canonical, self._allowed_in(canonical))
            findings.add_where(present & self._any_element(~allowed), position, "one_of", canonical)
        return canonical

    def _any_element(self, broken: NDArray[np.bool]) -> NDArray[np.bool]:
        """Return by row whether an element is broken, shape (n_rows,)."""
        if not self._shape:
            return broken
        by_row: NDArray[np.bool] = np.asarray(broken.reshape(len(broken), -1).any(axis=1))
        return by_row

    def _allowed_in(self, canonical: NDArray[Any]) -> Any:
        allowed = list(self._one_of or ())
        if canonical.dtype.kind == "M":
            return np.array(allowed, dtype=canonical.dtype)
        if self._dtype is DType.INTEGER and canonical.dtype.kind == "f":
            # numpy would round the others to a float that was not allowed
            return [value for value in allowed if int(float(value)) == value]
        return allowed

    def _canonical(self, values: NDArray[Any]) -> NDArray[Any]:
        if values.dtype.kind == "M":
            return _microseconds(values)
        if self._dtype is DType.BOOLEAN:
            return values
        if self._dtype is DType.INTEGER and values.dtype.kind in "iu":
            return values.astype(np.int64, copy=False)
        with np.errstate(over="ignore"):  # an extended float beyond float64 is found below
            return values.astype(np.float64, copy=False)

    def _missing(self, values: NDArray[Any]) -> NDArray[np.bool]:
        # an element of a tensor is never missing
        if self._shape or values.dtype.kind not in "fM":
            return np.zeros(len(values), dtype=np.bool)
        # NaN and NaT are the only values that differ from themselves
        missing: NDArray[np.bool] = np.asarray(values != values)  # noqa: PLR0124
        return missing

    def _wrong_type(self, values: NDArray[Any], canonical: NDArray[Any]) -> NDArray[np.bool]:
        if self._dtype is DType.BOOLEAN:
            return np.zeros(len(values), dtype=np.bool)
        if self._dtype is DType.DATETIME:
            return self._wrong_time(values, canonical)
        least, greatest = self._range
        if canonical.dtype.kind == "i":
            # not the canonical ones, where an unsigned integer beyond int64 is a negative one
            return self._any_element((values < least) | (values > greatest))
        fitting = (canonical >= least) & (canonical <= greatest)
        if self._dtype is DType.INTEGER:
            # the greatest integer of 64 bits is no float
            fitting &= (canonical < float(int(greatest) + 1)) & (np.trunc(canonical) == canonical)
        if not self._shape:
            fitting |= np.isnan(canonical)
        return self._any_element(~fitting)

    def _wrong_time(self, values: NDArray[Any], canonical: NDArray[Any]) -> NDArray[np.bool]:
        least, greatest, step_us = self._range
        is_whole = canonical.astype(np.int64) % step_us == 0
        # a year beyond Python's is no time in microseconds, and a nanosecond gets lost there
        fitting = (canonical >= least) & (canonical <= greatest) & is_whole & (canonical == values)
        wrong: NDArray[np.bool] = ~(fitting | np.isnat(values))
        return wrong


def _value_range(feature: Feature) -> tuple[Any, ...]:
    if feature.dtype is not DType.DATETIME:
        return type_range(feature.dtype, feature.storage)
    span = time_span(feature.storage)
    return _for_numpy(span.least), _for_numpy(span.greatest), span.step_us


def _for_numpy(value: Any) -> Any:
    """Return a date-time as numpy's, which alone can be compared with an array that lacks values."""
    is_time = isinstance(value, dt.datetime)
    return np.datetime64(value.replace(tzinfo=None), "us") if is_time else value


def _microseconds(values: NDArray[Any]) -> NDArray[Any]:
    """Return date-times in microseconds, without the years that Python does not have."""
    widest = time_span("")
    first, last = (_for_numpy(end).astype("datetime64[s]") for end in widest[:2])
    seconds = values.astype("datetime64[s]")
    is_known = (seconds >= first) & (seconds <= last)
    known: NDArray[Any] = np.where(is_known, values, np.datetime64("NaT"))
    return known.astype("datetime64[us]")
