"""Which values one feature takes: those that its column can hold, within the declared limits.

Invariant: on an integer feature a limit is a whole number that lets the same integers through as the
declared one, so that nobody compares an integer with a rounded float.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headway.contract.temporal import parse_temporal
from headway.contract.tensors import element_feature
from headway.core.dtypes import INT64_MAX, INT64_MIN, DType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headway.contract.model import Constraints, Feature

LOWER_RULES = ("ge", "gt")
UPPER_RULES = ("le", "lt")
HOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}
_TO_WHOLE = {"ge": math.ceil, "gt": math.floor, "le": math.floor, "lt": math.ceil}
_FLOAT64_BYTES = 8
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TEMPORAL = frozenset({DType.DATE, DType.DATETIME, DType.TIME})


class Limit(NamedTuple):
    """One limit; `rule` is `ge`, `gt`, `le` or `lt`, and `value` is as a batch holds values."""

    rule: str
    value: Any

    def allows(self, value: Any) -> Any:
        """Whether `value` keeps the limit; elementwise for an array."""
        return HOLDS[self.rule](value, self.value)

    def lets_through_more_than(self, other: Limit, dtype: DType) -> bool:
        """Whether some value keeps this limit and breaks `other`, a limit of the same side."""
        if dtype is DType.INTEGER:
            return not other.allows(int(self.value) + (self.rule == "gt") - (self.rule == "lt"))
        return self.tightness < other.tightness

    @property
    def tightness(self) -> tuple[Any, bool]:
        """Grows as fewer values pass; comparable among limits of one side."""
        number = _as_number(self.value)
        side = number if self.rule in LOWER_RULES else -number
        return side, self.rule in {"gt", "lt"}


def type_range(dtype: DType, storage: str = "") -> tuple[float, float]:
    """Return the least and the greatest number that a feature's type takes.

    Args:
        dtype: A type of numbers; integers have a range of integers.
        storage: dtype of the training frame's column. What it cannot hold would wrap around or become
            infinite on the way to the model. One that is no narrow dtype of numbers narrows nothing.
    """
    try:
        stored = np.dtype(storage.lower())  # pandas' own `Int8` holds what `int8` holds
    except (TypeError, ValueError):
        stored = np.dtype(object)
    if dtype is DType.INTEGER:
        if stored.kind not in "iu":
            return INT64_MIN, INT64_MAX
        info = np.iinfo(stored)
        return max(int(info.min), INT64_MIN), min(int(info.max), INT64_MAX)
    greatest = sys.float_info.max
    if stored.kind == "f" and stored.itemsize < _FLOAT64_BYTES:
        greatest = _greatest_rounded_to_finite(np.finfo(stored))
    return -greatest, greatest


def value_of(dtype: DType, declared: Any) -> Any:
    """Return a declared or observed value as a batch holds it; a number or `None` stays."""
    if dtype in _TEMPORAL and isinstance(declared, str):
        return parse_temporal(dtype, declared)
    if dtype is DType.DECIMAL and declared is not None:
        # a float is the digits that it is written with, as in a request
        return Decimal(str(declared))
    return declared


def declared_limits(constraints: Constraints, dtype: DType) -> tuple[Limit, ...]:
    """Return the limits in the order `ge`, `gt`, `le`, `lt`."""
    limits = []
    for rule in (*LOWER_RULES, *UPPER_RULES):
        value = getattr(constraints, rule)
        if value is not None:
            is_whole = dtype is DType.INTEGER
            value = _TO_WHOLE[rule](value) if is_whole else value_of(dtype, value)
            limits.append(Limit(rule, value))
    return tuple(limits)


def lower_limit(constraints: Constraints, dtype: DType) -> Limit | None:
    """Return the tightest of `ge` and `gt`, or `None`."""
    return _tightest(declared_limits(constraints, dtype), LOWER_RULES)


def upper_limit(constraints: Constraints, dtype: DType) -> Limit | None:
    """Return the tightest of `le` and `lt`, or `None`."""
    return _tightest(declared_limits(constraints, dtype), UPPER_RULES)


def tightest_limits(feature: Feature, *beside: Limit) -> tuple[Limit, ...]:
    """Return at most one lower and one upper limit: of the declared ones, the column's and `beside`.

    A column of 64 bits has no limit, because no number of its dtype is beyond it.
    """
    limits = (
        *declared_limits(feature.constraints, feature.dtype),
        *_column_limits(feature),
        *beside,
    )
    found = (_tightest(limits, rules) for rules in (LOWER_RULES, UPPER_RULES))
    return tuple(limit for limit in found if limit is not None)


def integer_range(feature: Feature) -> tuple[int, int]:
    """Return the least and the greatest integer that the feature takes; an empty range is (1, 0)."""
    least, greatest = map(int, type_range(DType.INTEGER, feature.storage))
    for rule, value in declared_limits(feature.constraints, DType.INTEGER):
        if rule in LOWER_RULES:
            least = max(least, int(value) + (rule == "gt"))
        else:
            greatest = min(greatest, int(value) - (rule == "lt"))
    return (least, greatest) if least <= greatest else (1, 0)


def is_empty(feature: Feature) -> bool:
    """Whether no value at all keeps the limits."""
    if feature.dtype is DType.TENSOR:
        return is_empty(element_feature(feature))
    if feature.dtype is DType.INTEGER:
        return integer_range(feature) == (1, 0)
    limits = tightest_limits(feature)
    return not all(
        limit.allows(other.value) for limit in limits for other in limits if other is not limit
    )


def _column_limits(feature: Feature) -> tuple[Limit, ...]:
    if feature.dtype not in (DType.FLOAT, DType.INTEGER):
        return ()
    least, greatest = type_range(feature.dtype, feature.storage)
    widest = type_range(feature.dtype)
    lower = (Limit("ge", least),) if least > widest[0] else ()
    upper = (Limit("le", greatest),) if greatest < widest[1] else ()
    return lower + upper


def _as_number(value: Any) -> Any:
    """Return what grows with a value and has a negative."""
    if isinstance(value, dt.datetime):
        return value - (_EPOCH if value.tzinfo else _EPOCH.replace(tzinfo=None))
    if isinstance(value, dt.date):
        return value.toordinal()
    if isinstance(value, dt.time):
        return dt.timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
    return value


def _greatest_rounded_to_finite(info: np.finfo[Any]) -> float:
    """Return the greatest float64 that is no infinity in a narrower type."""
    half_a_step = 2.0 ** (info.maxexp - info.nmant - 2)
    return math.nextafter(float(info.max) + half_a_step, 0.0)


def _tightest(limits: Iterable[Limit], rules: tuple[str, str]) -> Limit | None:
    of_side = (limit for limit in limits if limit.rule in rules)
    return max(of_side, key=lambda limit: limit.tightness, default=None)
