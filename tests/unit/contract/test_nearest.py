from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.bounds import Limit, declared_limits
from headway.contract.model import Feature
from headway.contract.nearest import is_unreachable, nearest_allowed, nearest_to
from headway.contract.values import ValueChecker, feature_reader
from headway.core.dtypes import DType
from unit.contract.strategies import feature, features, values

SECONDS = {"storage": "datetime64[s]"}
ZONED = {"storage": "object", "is_zoned": True}
CENTS = {"storage": "decimal128(9, 2)"}
MICROSECOND = dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("dtype", "fields", "constraints", "value", "nearest"),
    [
        (DType.INTEGER, None, {"ge": 17.5, "le": 120}, 5, 18),
        (DType.INTEGER, None, {"gt": 17, "lt": 120}, 5, 18),
        (DType.INTEGER, None, {"gt": 17, "lt": 120}, 500, 119),
        (DType.FLOAT, None, {"ge": 0.5, "le": 9.0}, 9.5, 9.0),
        (DType.FLOAT, None, {"gt": 0.0}, -3.0, math.nextafter(0.0, 1.0)),
        (DType.FLOAT, None, {"lt": 1.0}, 3.0, math.nextafter(1.0, 0.0)),
        (DType.FLOAT, None, {"ge": 0.5, "le": 9.0}, 4.0, 4.0),
        (DType.DECIMAL, None, {"le": "9.90"}, Decimal(10), Decimal("9.90")),
        (DType.DECIMAL, None, {"gt": "10"}, Decimal(0), Decimal("10." + "0" * 35 + "1")),
        (DType.DECIMAL, None, {"gt": "0"}, Decimal(-1), Decimal("1E-324")),
        (DType.DECIMAL, CENTS, {"gt": "10"}, Decimal(0), Decimal("10.01")),
        (DType.TIME, {"storage": "time32[s]"}, {"gt": "10:00"}, dt.time(9), dt.time(10, 0, 1)),
        (DType.DATE, None, {"gt": "2020-02-28"}, dt.date(2019, 1, 1), dt.date(2020, 2, 29)),
        (DType.DATE, None, {"le": "2020-02-28"}, dt.date(2021, 1, 1), dt.date(2020, 2, 28)),
        (DType.DATETIME, SECONDS, {"lt": "2020-01-01T00:00:00"}, dt.datetime(2021, 1, 1), dt.datetime(2019, 12, 31, 23, 59, 59)),
        (DType.DATETIME, ZONED, {"gt": "2020-01-01T00:00:00Z"}, dt.datetime(1999, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + MICROSECOND),
        (DType.TIME, None, {"gt": "10:00"}, dt.time(9), dt.time(10, 0, 0, 1)),
        (DType.TENSOR, None, {"ge": 0, "lt": 9}, [-1.0, 10.0], [0, math.nextafter(9, 0)]),
    ],
)  # fmt: skip
def test_a_value_moves_to_the_nearest_allowed_one(
    dtype: DType, fields: Any, constraints: dict[str, Any], value: Any, nearest: Any
) -> None:
    one = feature("a", dtype, fields=fields, **constraints)
    assert nearest_allowed(one, value) == nearest
    assert ValueChecker(one).check(nearest) == (nearest, ())


@pytest.mark.parametrize(
    ("dtype", "fields", "limit"),
    [
        (DType.INTEGER, {"storage": "int8"}, Limit("gt", 127)),
        (DType.FLOAT, {"storage": "float32"}, Limit("ge", 1e300)),
        (DType.DATE, None, Limit("gt", dt.date.max)),
        (DType.DATETIME, SECONDS, Limit("lt", dt.datetime(1, 1, 1))),
        (DType.DATETIME, {"storage": "datetime64[ns]"}, Limit("ge", dt.datetime(3000, 1, 1))),
        (DType.TIME, None, Limit("gt", dt.time.max)),
        (DType.DECIMAL, None, Limit("gt", Decimal("9" * 38 + "E+271"))),
    ],
)
def test_a_type_may_have_nothing_beyond_a_limit(dtype: DType, fields: Any, limit: Limit) -> None:
    assert nearest_to(feature("a", dtype, fields=fields), limit) is None


@pytest.mark.parametrize(
    ("fields", "limits", "expected"),
    [
        (None, {"gt": "2020-01-01T10:00:00", "lt": "2020-01-01T10:00:01"}, False),
        (SECONDS, {"gt": "2020-01-01T10:00:00", "lt": "2020-01-01T10:00:01"}, True),
        (SECONDS, {"gt": "9999-12-31T23:59:59"}, True),
        (SECONDS, {"ge": "2020-01-02T00:00:00", "le": "2020-01-01T00:00:00"}, True),
        (SECONDS, {"ge": "2020-01-01T00:00:00", "le": "2020-01-01T00:00:00"}, False),
        (SECONDS, {}, False),
    ],
)
def test_limits_may_leave_nothing_between_them(
    fields: Any, limits: dict[str, Any], *, expected: bool
) -> None:
    assert is_unreachable(feature("a", DType.DATETIME, fields=fields, **limits)) is expected


@settings(max_examples=200, deadline=None)
@given(features("a", sorted(set(DType) - {DType.STRING, DType.BOOLEAN})), st.data())
def test_nothing_lies_between_a_value_and_the_one_that_it_is_moved_to(
    one: Feature, data: st.DataObject
) -> None:
    unlimited = feature("a", one.dtype, fields=fields_of(one))
    value = feature_reader(unlimited)(data.draw(values(unlimited)))
    if one.dtype is DType.TENSOR or is_unreachable(one):
        return
    moved = nearest_allowed(one, value)
    for limit in declared_limits(one.constraints, one.dtype):
        if moved != value and limit.allows(value):
            assert limit.allows(moved) or nearest_to(one, limit) is not None
        if not limit.allows(value) and nearest_to(one, limit) is not None:
            assert moved != value


def fields_of(one: Feature) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("storage", "is_zoned", "shape", "element")}
