from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headway.contract.arrays import ArrayChecker
from headway.contract.findings import Findings
from headway.contract.model import Feature
from headway.contract.notices import Notices
from headway.core.dtypes import DType
from headway.errors import InvalidInputError
from unit.contract.strategies import contract_of, feature


def check(feature: Feature, values: Any) -> tuple[Any, list[tuple[int, str]]]:
    checker = ArrayChecker(feature)
    assert checker.takes(values)
    findings = Findings(contract_of(feature))
    canonical = checker.check(values, 0, findings, Notices(contract_of(feature)))
    try:
        findings.raise_any()
    except InvalidInputError as error:
        return canonical, [(v.row, v.rule) for v in error.violations]
    return canonical, []


@pytest.mark.parametrize(
    ("dtype", "kinds"),
    [
        (DType.FLOAT, ["f2", "f4", "f8", "i1", "u8"]),
        (DType.INTEGER, ["i1", "i8", "u1", "f4", "f8"]),
        (DType.BOOLEAN, ["?"]),
        (DType.STRING, []),
    ],
)
def test_only_arrays_of_fitting_dtypes_are_taken(dtype: DType, kinds: list[str]) -> None:
    checker = ArrayChecker(feature("a", dtype))
    others = {"?", "i8", "u8", "f8", "U3", "S3", "O", "M8[ns]", "m8[ns]", "c16"}
    kept = {np.dtype(kind).kind for kind in kinds}
    for name in (*kinds, *others):
        assert checker.takes(np.zeros(2, dtype=name)) is (np.dtype(name).kind in kept)


@pytest.mark.parametrize(
    ("dtype", "given", "becomes"),
    [
        (DType.FLOAT, "f4", "f8"),
        (DType.FLOAT, "i8", "f8"),
        (DType.INTEGER, "u1", "i8"),
        (DType.INTEGER, "f8", "f8"),
        (DType.BOOLEAN, "?", "?"),
    ],
)
def test_arrays_come_back_as_float64_int64_or_bool(dtype: DType, given: str, becomes: str) -> None:
    canonical, broken = check(feature("a", dtype), np.array([0, 1], dtype=given))
    assert canonical.dtype == np.dtype(becomes)
    assert canonical.tolist() == [0, 1]
    assert broken == []


def test_nan_is_missing() -> None:
    values = np.array([1.0, np.nan, 3.0])
    assert check(feature("a", DType.FLOAT, nullable=True), values)[1] == []
    assert check(feature("a", DType.FLOAT), values)[1] == [(1, "null")]
    assert check(feature("a", DType.INTEGER, nullable=True), values)[1] == []


def test_infinities_and_fractions_have_the_wrong_type() -> None:
    values = np.array([np.inf, 1.5, -np.inf, 2.0, 2.0**63, -(2.0**63)])
    assert check(feature("a", DType.FLOAT), values)[1] == [(0, "type"), (2, "type")]
    assert check(feature("a", DType.INTEGER), values)[1] == [(i, "type") for i in (0, 1, 2, 4)]


def test_an_extended_float_beyond_float64_has_the_wrong_type() -> None:
    huge = np.array([np.finfo(np.longdouble).max], dtype=np.longdouble)
    if huge[0] == np.finfo(np.float64).max:
        pytest.skip("extended floats are float64 here")
    assert check(feature("a", DType.FLOAT), huge)[1] == [(0, "type")]


def test_an_unsigned_integer_beyond_int64_has_the_wrong_type() -> None:
    values = np.array([2**63 - 1, 2**63], dtype=np.uint64)
    assert check(feature("a", DType.INTEGER), values)[1] == [(1, "type")]
    assert check(feature("a", DType.FLOAT), values)[1] == []


@pytest.mark.parametrize("given", ["i2", "i8", "f8", "f4"])
def test_an_integer_that_the_column_cannot_hold_has_the_wrong_type(given: str) -> None:
    values = np.array([127, 128, -128, -129, 200], dtype=given)
    for storage in ("int8", "Int8"):
        broken = check(feature("a", DType.INTEGER, storage=storage), values)[1]
        assert broken == [(i, "type") for i in (1, 3, 4)]
    assert check(feature("a", DType.INTEGER, storage="uint64"), values)[1] == [
        (2, "type"),
        (3, "type"),
    ]


def test_a_float_that_becomes_infinite_in_the_column_has_the_wrong_type() -> None:
    values = np.array([1e300, 65519.0, -65520.0, np.nan])
    single = feature("a", DType.FLOAT, nullable=True, storage="float32")
    assert check(single, values)[1] == [(0, "type")]
    half = feature("a", DType.FLOAT, nullable=True, storage="float16")
    assert check(half, values)[1] == [(0, "type"), (2, "type")]
    assert check(half, np.array([65519, 65520]))[1] == [(1, "type")]


def test_every_row_beyond_a_limit_is_named() -> None:
    limited = feature("a", DType.FLOAT, nullable=True, ge=0, lt=10)
    values = np.array([-1.0, 0.0, np.nan, 9.9, 10.0, np.inf])
    assert check(limited, values)[1] == [(0, "ge"), (4, "lt"), (5, "type")]


def test_only_listed_values_pass() -> None:
    assert check(feature("a", DType.INTEGER, one_of=(1, 2)), np.array([1, 2, 3]))[1] == [
        (2, "one_of")
    ]
    assert check(feature("a", DType.BOOLEAN, one_of=(True,)), np.array([True, False]))[1] == [
        (1, "one_of")
    ]


def test_an_integer_beyond_float_precision_is_compared_exactly() -> None:
    limited = feature("a", DType.INTEGER, le=2.0**53)
    assert check(limited, np.array([2**53, 2**53 + 1]))[1] == [(1, "le")]
