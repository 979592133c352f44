"""Checks a whole typed array of one feature at once.

Invariant: an array is accepted exactly where `ValueChecker` accepts each of its values.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headway.contract.bounds import declared_limits, type_range, value_of
from headway.contract.nearest import nearest_to
from headway.contract.rules import has_unique_items, is_multiple
from headway.contract.temporal import time_span
from headway.contract.tensors import single
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from headway.contract.findings import Findings
    from headway.contract.model import Feature

_KINDS = {DType.FLOAT: "fiu", DType.INTEGER: "iuf", DType.BOOLEAN: "b"}
_TIME_UNITS = frozenset({"s", "ms", "us", "ns"})


class _ArrayLimit(NamedTuple):
    """A limit as numpy compares it, and the nearest value that keeps it; `None` for none."""

    rule: str
    allows: Callable[[NDArray[Any]], Any]
    nearest: Any


class ArrayChecker:
    """Checks arrays of one feature.

    Args:
        feature: The feature.
    """

    __slots__ = (
        "_accepts_null",
        "_dtype",
        "_is_zoned",
        "_limits",
        "_policy",
        "_range",
        "_rules",
        "_shape",
    )

    def __init__(self, feature: Feature) -> None:
        self._accepts_null = feature.accepts_null
        self._policy = feature.policy
        self._is_zoned = feature.is_zoned
        self._shape = feature.shape
        one = single(feature)
        self._dtype = one.dtype
        self._limits = tuple(_array_limits(one))
        self._rules = list(_array_rules(one))
        if feature.constraints.unique_items:
            self._rules.append(("unique_items", functools.partial(_each, has_unique_items)))
        self._range = _value_range(one)

    def takes(self, values: NDArray[Any]) -> bool:
        """Whether such arrays are checked here; others are checked value by value."""
        kind = values.dtype.kind
        if kind == "M":
            is_known = np.datetime_data(values.dtype)[0] in _TIME_UNITS
            return self._dtype is DType.DATETIME and not self._is_zoned and is_known
        # floats hold not every integer that a limit can be
        is_inexact = self._policy == "clip" and self._dtype is DType.INTEGER and kind == "f"
        is_kind = kind in _KINDS.get(self._dtype, "") and not is_inexact
        return values.shape[1:] == self._shape and is_kind

    def check(
        self,
        values: NDArray[Any],
        position: int,
        findings: Findings,
        notices: Findings,
        is_null: NDArray[np.bool] | None = None,
    ) -> NDArray[Any]:
        """Return the array as a batch holds it: float64, int64, bool or datetime64[us].

        Args:
            values: Shape (n_rows,), or (n_rows, *shape) for a tensor; `takes` takes it.
            position: Position of the feature.
            findings: Is told what is broken.
            notices: Is told what the policy lets through.
            is_null: Where the value is missing, whatever the array holds there.
        """
        canonical = self._canonical(values)
        # a date-time that cannot be counted in microseconds is not missing
        missing = self._missing(values if values.dtype.kind == "M" else canonical)
        wrong = self._wrong_type(values, canonical)
        if is_null is not None:
            missing = missing | is_null
            wrong &= ~is_null
        if not self._accepts_null:
            findings.add_where(missing, position, "null", canonical)
        findings.add_where(wrong, position, "type", values)
        present = ~(missing | wrong)
        if self._policy == "clip":
            canonical = self._clipped(canonical, present, position, notices)
        told = notices if self._policy == "warn" else findings
        for rule, allows in self._rules:
            broken = self._any_element(~allows(canonical))
            told.add_where(present & broken, position, rule, canonical)
        return canonical

    def _clipped(
        self, values: NDArray[Any], present: NDArray[np.bool], position: int, notices: Findings
    ) -> NDArray[Any]:
        clipped = values
        by_element = present.reshape(present.shape + (1,) * len(self._shape))
        for limit in self._limits:
            broken = self._any_element(~limit.allows(values))
            notices.add_where(present & broken, position, limit.rule, values)
            beyond = by_element & ~limit.allows(clipped)
            # a limit that the type cannot reach has no number beside it
            if limit.nearest is not None and beyond.any():
                clipped = np.where(beyond, limit.nearest, clipped)
        return clipped

    def _any_element(self, broken: NDArray[np.bool]) -> NDArray[np.bool]:
        """Return by row whether an element is broken, shape (n_rows,)."""
        by_row: NDArray[np.bool] = np.asarray(broken.any(axis=tuple(range(1, broken.ndim))))
        return by_row

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


def _array_limits(feature: Feature) -> Iterator[_ArrayLimit]:
    for limit in declared_limits(feature.constraints, feature.dtype):
        allows = limit._replace(value=_for_numpy(limit.value)).allows
        nearest = nearest_to(feature, limit)
        yield _ArrayLimit(limit.rule, allows, None if nearest is None else _for_numpy(nearest))


def _array_rules(feature: Feature) -> Iterator[tuple[str, Callable[[NDArray[Any]], Any]]]:
    """Yield what `value_rules` gives, for arrays; what is missing or of a wrong type is of no account."""
    constraints = feature.constraints
    for limit in _array_limits(feature):
        yield limit.rule, limit.allows
    if constraints.one_of is not None:
        allowed = [_for_numpy(value_of(feature.dtype, value)) for value in constraints.one_of]
        yield "one_of", functools.partial(_is_one_of, allowed, feature.dtype)
    if constraints.multiple_of is not None:
        is_whole = feature.dtype is DType.INTEGER
        allows = functools.partial(is_multiple, of=constraints.multiple_of, is_whole=is_whole)
        yield "multiple_of", functools.partial(_each_number, allows)


def _is_one_of(allowed: list[Any], dtype: DType, canonical: NDArray[Any]) -> NDArray[np.bool]:
    if canonical.dtype.kind == "M":
        return np.isin(canonical, np.array(allowed, dtype=canonical.dtype))
    if dtype is DType.INTEGER and canonical.dtype.kind == "f":
        # numpy would round the others to a float that was not allowed
        allowed = [value for value in allowed if int(float(value)) == value]
    return np.isin(canonical, allowed)


def _each_number(allows: Callable[[Any], bool], canonical: NDArray[Any]) -> NDArray[np.bool]:
    held = [math.isfinite(value) and allows(value) for value in canonical.ravel().tolist()]
    return np.array(held, dtype=bool).reshape(canonical.shape)


def _each(allows: Callable[[Any], bool], canonical: NDArray[Any]) -> NDArray[np.bool]:
    return np.array([allows(value) for value in canonical], dtype=bool)


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
