from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from headway.contract.scalars import WRONG_TYPE
from headway.contract.values import ValueChecker, Verdict, feature_reader, value_reader
from headway.core.dtypes import DType
from unit.contract.strategies import VARIANTS, feature

ACCEPTED = {
    DType.FLOAT: [5, 5.0, 0, -0.0, 1e308, 5e-324, 2**70, np.float32(0.5), np.int8(3), np.uint64(7)],
    DType.INTEGER: [5, 5.0, -(2**63), 2**63 - 1, -(2.0**63), 1e3, np.int64(4), np.float64(4.0)],
    DType.BOOLEAN: [True, False, np.True_],
    DType.STRING: ["", "a", "straße", "\x00", np.str_("a")],
}
REFUSED: dict[DType, list[Any]] = {
    DType.FLOAT: [True, "5", math.inf, -math.inf, 10**400, [], {}, b"5", 1j, np.inf],
    DType.INTEGER: [True, "5", 5.5, 2**63, 2.0**63, -(2**63) - 1, math.inf, 10**400, [], 1e-9],
    DType.BOOLEAN: [0, 1, 1.0, "true", [], np.int64(1)],
    DType.STRING: [5, 5.5, True, b"a", [], "\ud800"],
}
# as an integer of nanoseconds it would pass for a number
REFUSED_BY_ALL = [np.datetime64(5, "ns"), np.timedelta64(5, "ns"), dt.date(2020, 1, 1), object()]
MISSING = [None, math.nan, np.float64("nan"), np.float32("nan")]


@pytest.mark.parametrize(("dtype", "value"), [(d, v) for d in ACCEPTED for v in ACCEPTED[d]])
def test_a_value_of_the_type_is_read_as_it_is(dtype: DType, value: Any) -> None:
    read = value_reader(dtype)(value)
    assert read == value
    assert type(read) in (bool, int, float, str)
    assert not isinstance(read, np.generic)


@pytest.mark.parametrize(
    ("dtype", "value"), [(d, v) for d in REFUSED for v in (*REFUSED[d], *REFUSED_BY_ALL)]
)
def test_a_value_of_another_type_is_refused(dtype: DType, value: Any) -> None:
    assert value_reader(dtype)(value) is WRONG_TYPE


@pytest.mark.parametrize(
    ("dtype", "storage", "held", "beyond"),
    [
        (DType.INTEGER, "int8", [127, -128, 127.0], [128, -129, 200.0]),
        (DType.INTEGER, "Int8", [127, -128], [128, -129]),
        (DType.INTEGER, "UInt16", [0, 2**16 - 1], [-1, 2**16]),
        (DType.INTEGER, "uint64", [0, 2**63 - 1], [-1, 2**63]),
        (DType.FLOAT, "float32", [1e38, float(np.finfo("f4").max)], [1e39, -(10**39), 3.5e38]),
        (DType.FLOAT, "Float32", [1e38], [1e39]),
        (DType.FLOAT, "float16", [65519.9, -65504], [65520, -65520.0]),
    ],
)
def test_a_number_that_the_column_cannot_hold_is_of_another_type(
    dtype: DType, storage: str, held: list[Any], beyond: list[Any]
) -> None:
    checker = ValueChecker(feature("a", dtype, storage=storage))
    assert [checker.check(value) for value in held] == [(value, ()) for value in held]
    assert [checker.check(value) for value in beyond] == [(value, ("type",)) for value in beyond]


@pytest.mark.parametrize("dtype", DType)
@pytest.mark.parametrize("value", MISSING)
def test_none_and_nan_are_missing_in_every_type(dtype: DType, value: Any) -> None:
    for fields in VARIANTS[dtype]:
        assert feature_reader(feature("a", dtype, fields=fields))(value) is None


@pytest.mark.parametrize(
    ("dtype", "value", "read"),
    [
        (DType.DECIMAL, "19.90", Decimal("19.90")),
        (DType.DATE, "2026-01-31", dt.date(2026, 1, 31)),
        (DType.DATETIME, "2026-01-31T09:30:00", dt.datetime(2026, 1, 31, 9, 30)),
        (DType.TIME, "09:30", dt.time(9, 30)),
        (DType.TENSOR, [1, 2], [1.0, 2.0]),
    ],
)
def test_each_other_type_has_its_reader(dtype: DType, value: Any, read: Any) -> None:
    checker = ValueChecker(feature("a", dtype))
    assert checker.check(value) == (read, ())
    assert checker.check(read) == (read, ())
    assert checker.check({}) == ({}, ("type",))


def test_limits_of_text_are_compared_as_what_they_stand_for() -> None:
    price = ValueChecker(feature("a", DType.DECIMAL, ge="9.5", one_of=("10.0", "9")))
    assert price.check("10") == (Decimal(10), ())
    assert price.check(9)[1] == ("ge",)
    fields = {"storage": "object", "is_zoned": True}
    at = ValueChecker(feature("a", DType.DATETIME, fields=fields, lt="2026-01-31T10:00:00Z"))
    assert at.check("2026-01-31T11:30:00+02:00")[1] == ()
    assert at.check("2026-01-31T09:30:00-02:00")[1] == ("lt",)


def test_rules_of_a_tensor_hold_for_each_element() -> None:
    fields = {"storage": "object", "shape": (2, 2), "element": "int8"}
    checker = ValueChecker(feature("a", DType.TENSOR, fields=fields, ge=0, one_of=(0, 1, -1)))
    assert checker.check([[0, 1], [1, 1.0]]) == ([[0, 1], [1, 1]], ())
    assert checker.check([[0, 1], [1, -1]])[1] == ("ge",)
    assert checker.check([[0, 1], [1, 2]])[1] == ("one_of",)


def test_a_float_feature_holds_floats_only() -> None:
    assert type(value_reader(DType.FLOAT)(5)) is float


@pytest.mark.parametrize(
    ("nullable", "not_null", "broken"),
    [(True, False, ()), (True, True, ("null",)), (False, False, ("null",))],
)
def test_null_needs_a_nullable_feature(
    nullable: bool, not_null: bool, broken: tuple[str, ...]
) -> None:
    checker = ValueChecker(feature("a", DType.FLOAT, nullable=nullable, not_null=not_null))
    assert checker.check(None) == (None, broken)


@pytest.mark.parametrize(
    ("value", "broken"), [(17, ("ge",)), (18, ()), (120, ()), (121, ("le",)), ("18", ("type",))]
)
def test_a_value_breaks_the_limits_that_it_is_beyond(value: Any, broken: tuple[str, ...]) -> None:
    checker = ValueChecker(feature("a", DType.INTEGER, ge=18, le=120))
    assert checker.check(value) == (value, broken)


@pytest.mark.parametrize(("value", "broken"), [(0, ("gt",)), (0.5, ()), (1, ("lt",))])
def test_open_limits_refuse_their_own_value(value: Any, broken: tuple[str, ...]) -> None:
    checker = ValueChecker(feature("a", DType.FLOAT, gt=0, lt=1))
    assert checker.check(value)[1] == broken


def test_every_broken_rule_of_a_value_is_named() -> None:
    checker = ValueChecker(feature("a", DType.INTEGER, ge=18, gt=20, one_of=(30, 40)))
    assert checker.check(5)[1] == ("ge", "gt", "one_of")
    assert checker.check(19)[1] == ("gt", "one_of")
    assert checker.check(35)[1] == ("one_of",)
    assert checker.check(30.0) == (30.0, ())


def test_an_integer_beyond_float_precision_is_compared_exactly() -> None:
    checker = ValueChecker(feature("a", DType.INTEGER, le=2.0**53))
    assert checker.check(2**53) == (2**53, ())
    assert checker.check(2**53 + 1)[1] == ("le",)


@pytest.mark.parametrize(
    ("policy", "value", "verdict"),
    [
        ("refuse", 130, Verdict(130, ("le",))),
        ("warn", 130, Verdict(130, (), ("le",), 130)),
        ("clip", 130, Verdict(120, (), ("le",), 130)),
        ("clip", 41, Verdict(41)),
        ("clip", None, Verdict(None, ("null",))),
        ("warn", "x", Verdict("x", ("type",))),
    ],
)
def test_a_policy_says_what_happens_to_a_value(policy: str, value: Any, verdict: Verdict) -> None:
    checker = ValueChecker(feature("a", DType.INTEGER, ge=18, le=120, policy=policy))
    assert checker.judge(value) == verdict
    assert checker.check(value) == verdict[:2]


def test_clipping_moves_numbers_and_lets_nothing_else_through() -> None:
    checker = ValueChecker(feature("a", DType.INTEGER, le=100, multiple_of=3.0, policy="clip"))
    assert checker.judge(130) == Verdict(100, ("multiple_of",), ("le",), 130)
