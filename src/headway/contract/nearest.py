"""Which allowed value is the nearest to one beyond a declared limit.

Invariant: what comes out of here is a value that the column of the training frame could hold.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import TYPE_CHECKING, Any

from headway.contract.bounds import (
    declared_limits,
    is_empty,
    lower_limit,
    type_range,
    upper_limit,
)
from headway.contract.decimals import (
    MAX_DIGITS,
    MAX_EXPONENT,
    MIN_EXPONENT,
    decimal_reader,
    least_step,
)
from headway.contract.scalars import WRONG_TYPE
from headway.contract.temporal import temporal_reader, time_span
from headway.contract.tensors import element_feature, single
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.bounds import Limit
    from headway.contract.model import Feature

_NEIGHBOURS = decimal.Context(
    prec=MAX_DIGITS, Emin=MIN_EXPONENT + MAX_DIGITS - 1, Emax=MAX_EXPONENT, traps=[]
)
_TEMPORAL = frozenset({DType.DATE, DType.DATETIME, DType.TIME})
_ANY_DAY = dt.date(2000, 1, 1)


def nearest_allowed(feature: Feature, value: Any) -> Any:
    """Return the value within the declared limits that is closest to a value of the feature.

    Of a tensor every element is moved by itself.
    """
    if feature.dtype is DType.TENSOR:
        return _each_element(element_feature(feature), value)
    for limit in declared_limits(feature.constraints, feature.dtype):
        if not limit.allows(value):
            nearest = nearest_to(feature, limit)
            value = value if nearest is None else nearest
    return value


def nearest_to(feature: Feature, limit: Limit) -> Any:
    """Return the value closest to a limit that keeps it; `None` where the type has none there."""
    value = limit.value
    if limit.rule in {"gt", "lt"}:
        try:
            value = _BESIDE[feature.dtype](feature, value, 1 if limit.rule == "gt" else -1)
        except OverflowError:
            return None
    return value if _is_held(feature, value) else None


def is_unreachable(feature: Feature) -> bool:
    """Whether no value keeps the limits."""
    one = single(feature)
    if is_empty(one) or one.dtype not in _TEMPORAL:
        return is_empty(one)
    sides = (lower_limit(one.constraints, one.dtype), upper_limit(one.constraints, one.dtype))
    ends = [nearest_to(one, limit) for limit in sides if limit is not None]
    return None in ends or ends != sorted(ends)


def _each_element(element: Feature, value: Any) -> Any:
    if isinstance(value, list):
        return [_each_element(element, part) for part in value]
    return nearest_allowed(element, value)


def _is_held(feature: Feature, value: Any) -> bool:
    if feature.dtype is DType.DECIMAL:
        return decimal_reader(feature.storage)(value) is not WRONG_TYPE
    if feature.dtype in (DType.FLOAT, DType.INTEGER):
        least, greatest = type_range(feature.dtype, feature.storage)
        return bool(least <= value <= greatest)
    return value is not None and temporal_reader(feature)(value) is not WRONG_TYPE


def _beside_integer(_feature: Feature, value: Any, step: int) -> Any:
    return value + step


def _beside_float(_feature: Feature, value: Any, step: int) -> Any:
    return math.nextafter(value, step * math.inf)


def _beside_decimal(feature: Feature, value: Any, step: int) -> Any:
    if (least := least_step(feature.storage)) is not None:
        return value + step * least
    return _NEIGHBOURS.next_plus(value) if step > 0 else _NEIGHBOURS.next_minus(value)


def _beside_date(_feature: Feature, value: Any, step: int) -> Any:
    return value + dt.timedelta(days=step)


def _beside_datetime(feature: Feature, value: Any, step: int) -> Any:
    return value + dt.timedelta(microseconds=step * time_span(feature.storage).step_us)


def _beside_time(feature: Feature, value: Any, step: int) -> Any:
    beside = dt.datetime.combine(_ANY_DAY, value) + dt.timedelta(
        microseconds=step * time_span(feature.storage).step_us
    )
    return beside.timetz() if beside.date() == _ANY_DAY else None


_BESIDE: dict[DType, Callable[[Feature, Any, int], Any]] = {
    DType.INTEGER: _beside_integer,
    DType.FLOAT: _beside_float,
    DType.DECIMAL: _beside_decimal,
    DType.DATE: _beside_date,
    DType.DATETIME: _beside_datetime,
    DType.TIME: _beside_time,
}
