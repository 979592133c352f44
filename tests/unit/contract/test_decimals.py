from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.contract.decimals import MAX_DIGITS, PATTERN, decimal_reader, least_step, read_decimal
from headway.contract.scalars import WRONG_TYPE
from headway.contract.written import WrittenFloat


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, "0.1"),
        (1e22, "1E+22"),
        (5, "5"),
        (2**53 + 1, "9007199254740993"),
        (10**308, "1" + "0" * 308),
        ("19.90", "19.90"),
        ("-0", "-0"),
        ("1e-3", "0.001"),
        (WrittenFloat("0.12345678901234567890123"), "0.12345678901234567890123"),
        (Decimal("1.50"), "1.50"),
        (np.float64(0.1), "0.1"),
        (np.int8(5), "5"),
        (np.str_("5"), "5"),
        (5e-324, "5E-324"),
        ("9" * MAX_DIGITS, "9" * MAX_DIGITS),
    ],
)
def test_every_digit_is_kept(value: Any, expected: str) -> None:
    read = read_decimal(value)
    assert type(read) is Decimal
    assert read.as_tuple() == Decimal(expected).as_tuple()


@pytest.mark.parametrize(
    "value",
    [
        True, "", " 5", "5 ", "+5", "05", ".5", "5.", "1_000", "0x10", "NaN", "Infinity", "five", "\u0665", "5\n", "--5", "1e", "1e5.0",
        float("inf"), Decimal("Infinity"), 10**309, 10**100_000, "1e309", "1e-325", "0e309", "1e1000000", "1e99999999999999999999",
        WrittenFloat("1e400"), WrittenFloat("1e-400"), "1" * (MAX_DIGITS + 1), Decimal("1" * 39), "0." + "1" * 39, "1" * 100_000,
        [], {}, b"5", 1j,
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, int) else "int",
)  # fmt: skip
def test_what_is_no_bounded_decimal_is_of_another_type(value: Any) -> None:
    assert read_decimal(value) is WRONG_TYPE


@pytest.mark.parametrize("value", [None, float("nan"), Decimal("NaN"), Decimal("sNaN")])
def test_not_a_number_is_missing(value: Any) -> None:
    assert read_decimal(value) is None


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1e20, max_value=1e20)
)
def test_a_decimal_survives_its_text(value: Decimal) -> None:
    assert read_decimal(str(value)).as_tuple() == value.as_tuple()
    assert read_decimal(value) is value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_digits_that_it_is_written_with(value: float) -> None:
    assert float(read_decimal(value)) == value
    assert read_decimal(value) == read_decimal(WrittenFloat(repr(value)))
    assert re.fullmatch(PATTERN, repr(value))


@given(st.from_regex(PATTERN, fullmatch=True))
def test_a_number_and_the_string_that_holds_it_are_one(text: str) -> None:
    assert read_decimal(text) == read_decimal(WrittenFloat(text))


@pytest.mark.parametrize(
    ("storage", "value", "is_held"),
    [
        ("decimal128(4, 2)", "99.99", True),
        ("decimal128(4, 2)", "1e1", True),
        ("decimal128(4, 2)", "-1.500000", True),
        ("decimal128(4, 2)", "0e-300", True),
        ("decimal128(4, 2)", "100", False),
        ("decimal128(4, 2)", "1.005", False),
        ("decimal128(2, 2)", "0.99", True),
        ("decimal128(2, 2)", "0", True),
        ("decimal128(2, 2)", "1", False),
        ("decimal256(3, -2)", "99900", True),
        ("decimal256(3, -2)", "50", False),
        ("object", "1.005", True),
    ],
)
def test_a_column_of_so_many_digits_holds_no_more(storage: str, value: str, is_held: bool) -> None:
    read = decimal_reader(storage)(value)
    assert read == Decimal(value) if is_held else read is WRONG_TYPE
    assert decimal_reader(storage)(None) is None


def test_decimals_of_a_column_are_so_far_apart() -> None:
    assert least_step("decimal128(9, 2)") == Decimal("0.01")
    assert least_step("decimal128(9, -2)") == 100
    assert least_step("object") is None
