from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.contract.bounds import (
    Limit,
    declared_limits,
    integer_range,
    is_empty,
    lower_limit,
    upper_limit,
)
from headway.contract.model import Constraints
from headway.core.dtypes import INT64_MAX, INT64_MIN, DType

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


@given(st.dictionaries(st.sampled_from(RULES), LIMITS, max_size=4), INT64 | st.integers(-4, 4))
def test_an_integer_range_is_what_the_limits_let_through(given_: dict[str, Any], n: int) -> None:
    constraints = Constraints(**given_)
    least, greatest = integer_range(constraints)
    allowed = all(limit.allows(n) for limit in declared_limits(constraints, DType.INTEGER))
    assert (least <= n <= greatest) == allowed
    assert is_empty(constraints, DType.INTEGER) == (least > greatest)


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
    ("constraints", "empty"),
    [
        (Constraints(), False),
        (Constraints(gt=5), False),
        (Constraints(ge=5, le=5), False),
        (Constraints(ge=5, lt=5), True),
        (Constraints(gt=5, le=5), True),
        (Constraints(ge=6, le=5), True),
    ],
)
def test_a_range_without_any_number_is_empty(constraints: Constraints, empty: bool) -> None:
    assert is_empty(constraints, DType.FLOAT) is empty


def test_a_range_between_two_integers_is_empty_for_integers_only() -> None:
    constraints = Constraints(gt=17, lt=18)
    assert is_empty(constraints, DType.INTEGER)
    assert not is_empty(constraints, DType.FLOAT)


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
