from __future__ import annotations

import math
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.contract.bounds import (
    Limit,
    declared_limits,
    integer_range,
    is_empty,
    lower_limit,
    tightest_limits,
    type_range,
    upper_limit,
    value_of,
)
from headway.contract.model import Constraints
from headway.core.dtypes import INT64_MAX, INT64_MIN, DType
from unit.contract.strategies import STORAGES, feature

INT64 = st.integers(INT64_MIN, INT64_MAX)
LIMITS = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-3, 3)
RULES = ("ge", "gt", "le", "lt")


def test_limits_come_in_a_fixed_order() -> None:
    constraints = Constraints(lt=9, ge=1)
    assert declared_limits(constraints, DType.FLOAT) == (Limit("ge", 1), Limit("lt", 9))


@given(st.sampled_from(RULES), LIMITS)
def test_a_whole_limit_lets_the_same_integers_through(rule: str, value: float) -> None:
    (whole,) = declared_limits(Constraints(**{rule: value}), DType.INTEGER)
    assert whole.value == int(whole.value)
    for n in range(math.floor(value) - 1, math.floor(value) + 3):
        # Python compares an integer with a float exactly
        assert whole.allows(n) == Limit(rule, value).allows(n)


@given(
    st.dictionaries(st.sampled_from(RULES), LIMITS, max_size=4),
    INT64 | st.integers(-4, 4) | st.integers(120, 140),
    st.sampled_from(STORAGES[DType.INTEGER]),
)
def test_an_integer_range_is_what_the_column_and_the_limits_let_through(
    given_: dict[str, Any], n: int, storage: str
) -> None:
    limited = feature("a", DType.INTEGER, storage=storage, **given_)
    least, greatest = integer_range(limited)
    held = type_range(DType.INTEGER, storage)
    declared = declared_limits(limited.constraints, DType.INTEGER)
    allowed = held[0] <= n <= held[1] and all(limit.allows(n) for limit in declared)
    assert (least <= n <= greatest) == allowed
    assert all(limit.allows(n) for limit in tightest_limits(limited)) == allowed
    assert is_empty(limited) == (least > greatest)


@pytest.mark.parametrize("kind", ["int", "uint", "Int", "UInt"])
@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_an_integer_column_holds_what_comes_back_from_it(kind: str, bits: int) -> None:
    storage = f"{kind}{bits}"
    edges = [edge + step for edge in type_range(DType.INTEGER, storage) for step in (-1, 0, 1)]
    for n in edges:
        inside = INT64_MIN <= n <= INT64_MAX
        comes_back = inside and int(np.int64(n).astype(storage.lower())) == n
        least, greatest = type_range(DType.INTEGER, storage)
        assert (least <= n <= greatest) == comes_back


@pytest.mark.parametrize("storage", ["float16", "float32", "Float32", "float64", "longdouble"])
def test_a_float_column_holds_what_does_not_become_infinite_in_it(storage: str) -> None:
    least, greatest = type_range(DType.FLOAT, storage)
    assert least == -greatest
    with np.errstate(over="ignore"):
        assert np.isfinite(np.float64(greatest).astype(storage.lower()))
        beyond = np.nextafter(greatest, math.inf)
        assert np.isinf(np.float64(beyond).astype(storage.lower()))


@pytest.mark.parametrize("storage", ["", "object", "str", "category", "string", "bool", "i4,f4"])
def test_another_column_narrows_nothing(storage: str) -> None:
    assert type_range(DType.INTEGER, storage) == (INT64_MIN, INT64_MAX)
    assert type_range(DType.FLOAT, storage) == (-sys.float_info.max, sys.float_info.max)


def test_the_tightest_limits_are_of_the_column_the_declaration_and_beside() -> None:
    age = feature("age", DType.INTEGER, storage="int8", gt=17, ge=5, le=1000)
    assert tightest_limits(age) == (Limit("gt", 17), Limit("le", 127))
    assert tightest_limits(age, Limit("lt", 100)) == (Limit("gt", 17), Limit("lt", 100))
    assert tightest_limits(feature("n", DType.INTEGER, storage="uint64")) == (Limit("ge", 0),)
    assert tightest_limits(feature("x", DType.FLOAT)) == ()
    assert tightest_limits(feature("s", DType.STRING)) == ()


@pytest.mark.parametrize(
    ("constraints", "lower", "upper"),
    [
        (Constraints(), None, None),
        (Constraints(ge=1, gt=1, le=9, lt=9), Limit("gt", 1), Limit("lt", 9)),
        (Constraints(ge=2, gt=1, le=8, lt=9), Limit("ge", 2), Limit("le", 8)),
    ],
)
def test_the_tightest_limit_of_a_side_is_found(
    constraints: Constraints, lower: Limit | None, upper: Limit | None
) -> None:
    assert lower_limit(constraints, DType.FLOAT) == lower
    assert upper_limit(constraints, DType.FLOAT) == upper


@pytest.mark.parametrize(
    ("limits", "storage", "empty"),
    [
        ({}, "float64", False),
        ({"gt": 5}, "float64", False),
        ({"ge": 5, "le": 5}, "float64", False),
        ({"ge": 5, "lt": 5}, "float64", True),
        ({"gt": 5, "le": 5}, "float64", True),
        ({"ge": 6, "le": 5}, "float64", True),
        ({"ge": 1e39}, "float64", False),
        ({"ge": 1e39}, "float32", True),
        ({"le": 1e39}, "float32", False),
    ],
)
def test_a_range_without_any_number_is_empty(
    limits: dict[str, Any], storage: str, empty: bool
) -> None:
    assert is_empty(feature("a", DType.FLOAT, storage=storage, **limits)) is empty


def test_a_range_between_two_integers_is_empty_for_integers_only() -> None:
    assert is_empty(feature("a", DType.INTEGER, gt=17, lt=18))
    assert not is_empty(feature("a", DType.FLOAT, gt=17, lt=18))


@given(st.sampled_from([("ge", "gt"), ("le", "lt")]), st.data(), LIMITS)
def test_a_limit_lets_more_through_where_a_value_proves_it(
    side: tuple[str, str], data: st.DataObject, value: float
) -> None:
    new = Limit(data.draw(st.sampled_from(side)), value)
    near = st.sampled_from(
        [math.nextafter(value, math.inf), value, math.nextafter(value, -math.inf)]
    )
    old = Limit(data.draw(st.sampled_from(side)), data.draw(near))
    edges = (old.value, new.value, (old.value + new.value) / 2)
    if any(new.allows(edge) and not old.allows(edge) for edge in edges):
        assert new.lets_through_more_than(old, DType.FLOAT)


def test_equal_sets_of_integers_are_equally_tight() -> None:
    assert not Limit("gt", 17).lets_through_more_than(Limit("ge", 18), DType.INTEGER)
    assert not Limit("lt", 19).lets_through_more_than(Limit("le", 18), DType.INTEGER)
    assert Limit("gt", 17).lets_through_more_than(Limit("ge", 18), DType.FLOAT)
    assert Limit("lt", 19).lets_through_more_than(Limit("lt", 18), DType.INTEGER)


@pytest.mark.parametrize(
    ("dtype", "tighter", "looser"),
    [
        (DType.DECIMAL, "10", "9.5"),
        (DType.DATE, "2026-01-31", "0001-01-01"),
        (DType.DATETIME, "2026-01-31T10:00:00+01:00", "2026-01-31T08:30:00Z"),
        (DType.DATETIME, "2026-01-31T10:00:00", "2026-01-31T09:59:59.999999"),
        (DType.TIME, "10:00:00.000001", "10:00"),
        (DType.TIME, "10:00Z", "10:30+01:00"),
    ],
)
def test_text_is_compared_as_what_it_stands_for(dtype: DType, tighter: str, looser: str) -> None:
    constraints = Constraints(ge=looser, gt=tighter)
    lower = lower_limit(constraints, dtype)
    assert lower == Limit("gt", value_of(dtype, tighter))
    upper = upper_limit(Constraints(le=looser, lt=tighter), dtype)
    assert upper == Limit("le", value_of(dtype, looser))
    assert is_empty(feature("a", dtype, ge=tighter, le=looser))
    assert not is_empty(feature("a", dtype, ge=looser, le=tighter))


def test_a_declared_decimal_is_what_its_digits_say() -> None:
    assert value_of(DType.DECIMAL, 0.1) == value_of(DType.DECIMAL, "0.1") == Decimal("0.1")
    for dtype in DType:
        assert value_of(dtype, None) is None


def test_limits_of_a_tensor_are_those_of_its_elements() -> None:
    fields = {"storage": "object", "shape": (2,), "element": "uint8"}
    assert is_empty(feature("a", DType.TENSOR, fields=fields, gt=255))
    assert not is_empty(feature("a", DType.TENSOR, fields=fields, ge=255))
