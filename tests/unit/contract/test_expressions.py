from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from headway.contract import truth
from headway.contract.expressions import MAX_CHARS, read_expression
from headway.core.dtypes import DType
from headway.errors import ContractError
from unit.contract.strategies import contract_of, feature

CONTRACT = contract_of(
    feature("amount", DType.FLOAT, nullable=True),
    feature("income", DType.INTEGER, nullable=True),
    feature("my col", DType.STRING, nullable=True),
    feature("vip", DType.BOOLEAN, nullable=True),
    feature("class", DType.STRING, nullable=True),
)
ROW = (5.0, 2, "a", True, "x")
EMPTY = (None, None, None, None, None)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("amount <= 10 * income", True),
        ("amount == 5 and income != 2", False),
        ("0 < income < amount < 5", False),
        ("amount // income == 2 and amount % income == 1 and amount / income == 2.5", True),
        ("income ** 3 - amount + -1 == 2", True),
        ("+amount > -amount", True),
        ("`my col` == 'a' and `class` != \"`my col`\"", True),
        ("`my col` in ('a', 'b') and income not in [3, -2]", True),
        ("vip and not vip == False", True),
        ("abs(-amount) == max(amount, income, 1) and min(amount, income) == income", True),
        ("len(`my col`) == 1", True),
        ("vip or amount / 0 > 1", True),
        ("not vip and amount / 0 > 1", False),
        ("amount >\n 1", True),
        ("True == vip", True),
    ],
)
def test_an_expression_is_read(text: str, holds: bool) -> None:
    expression = read_expression(CONTRACT, text)
    assert expression.of_row(ROW) == (truth.TRUE if holds else truth.FALSE)
    columns = [[value, value] for value in ROW]
    assert expression.of_columns(columns).tolist() == [expression.of_row(ROW)] * 2


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("amount > 1", EMPTY, truth.MISSING),
        ("vip", EMPTY, truth.MISSING),
        ("len(`my col`) in (1, 2)", EMPTY, truth.MISSING),
        ("amount > 1 or income > 1", (None, 2, "", True, ""), truth.TRUE),
        ("amount > 1 and income > 5", (None, 2, "", True, ""), truth.FALSE),
        ("amount / 0 > 1", ROW, truth.UNDEFINED),
        ("not amount / 0 > 1", ROW, truth.UNDEFINED),
        ("amount / 0 > 1", EMPTY, truth.MISSING),
        ("amount * 1e308 * 10 > 1", ROW, truth.UNDEFINED),
        ("10 ** 10 ** 10 > amount", ROW, truth.UNDEFINED),
    ],
)
def test_what_is_missing_or_undefined_is_told_apart(
    text: str, row: tuple[Any, ...], expected: int
) -> None:
    expression = read_expression(CONTRACT, text)
    assert expression.of_row(row) == expected
    assert expression.of_columns([[value] for value in row]).tolist() == [expected]


def test_the_features_are_named_in_the_order_of_the_text() -> None:
    assert read_expression(CONTRACT, "income > amount or income < 3").positions == (1, 0)


@pytest.mark.parametrize(
    ("text", "fault", "hint"),
    [
        ("amonut > 1", "the model has no feature `amonut`", "did you mean `amount`?"),
        ("`mycol` == 'a'", "the model has no feature `mycol`", "did you mean `my col`?"),
        (
            "amount > 'a'",
            "`'a'` is a string, and it is compared with a number",
            "compare numbers with",
        ),
        ("`my col` > 'a'", "`my col`` is a string, and those are compared by `==`", None),
        ("vip > True", "`vip` is a boolean, and those are compared by", None),
        ("vip in (True,)", "`vip` is a boolean", None),
        ("amount in ('a',)", "`'a'` is a string, and it is compared with a number", None),
        ("amount in income", "`income` is no list of constants", None),
        ("amount in ()", "is no list of constants", None),
        ("amount in (income,)", "`income` is no number, string or boolean", None),
        ("amount", "`amount` is a number, where something true or false is needed", None),
        ("amount and vip", "`amount` is a number, where something true", None),
        ("vip + 1 > 1", "`vip` is a boolean, where a number is needed", None),
        ("len(amount) > 1", "`amount` is a number, where a string is needed", None),
        ("abs(amount, income) > 1", "has 2 arguments", None),
        ("min(amount) > 1", "has 1 arguments", None),
        ("round(amount) > 1", "calls what is none of `abs`, `min`, `max`, `len`", None),
        ("amount.real > 1", "is not of the language of rules", None),
        ("`my col`[0] == 'a'", "``my col`[0]` is not of the language of rules", None),
        ("(lambda: 1)() > amount", "calls what is none of", None),
        ("[a for a in (1, 2)] == amount", "is not of the language of rules", None),
        ("amount if vip else income", "is not of the language of rules", None),
        ("amount | 1 > 2", "is not of the language of rules", None),
        ("~income > 2", "is not of the language of rules", None),
        ("(amount := 1) > 0", "is not of the language of rules", None),
        ("f'{amount}' == 'a'", "is not of the language of rules", None),
        ("vip is None", "`None` is no number, string or boolean", None),
        ("amount > None", "is no number, string or boolean", None),
        ("amount > 1j", "is no number, string or boolean", None),
        ("amount > 1e999", "is not a finite number", None),
        ("amount > 1" + "0" * 400, "is not a finite number", None),
        ("`class` == '\\ud800'", "is no number, string or boolean", None),
        ("class == 'a'", "the expression is none", "in backticks where they are no identifiers"),
        ("amount >", "the expression is none", None),
        ("", "the expression is none", None),
        ("amount > 1) or (vip", "the expression is none", None),
        ("1 < 2", "names no feature", None),
        ("\x00", "the expression is none", None),
        ("amount > " + "(" * 300 + "1" + ")" * 300, "the expression is none", None),
        ("amount > " + "-" * 200 + "1", "parts in", "make several rules of it"),
        ("amount > 1" + " + 1" * 150, "parts in", None),
        ("amount > 1" + " " * MAX_CHARS, "at most 1000 are allowed", None),
    ],
)
def test_what_is_not_of_the_language_is_refused(text: str, fault: str, hint: str | None) -> None:
    with pytest.raises(ContractError) as caught:
        read_expression(CONTRACT, text)
    assert fault in caught.value.message
    assert (hint or "") in (caught.value.hint or "")


MOMENTS = contract_of(
    feature("opened", DType.DATE, nullable=True),
    feature("closed", DType.DATE, nullable=True),
    feature("at", DType.DATETIME, fields={"storage": "object", "is_zoned": True}),
    feature("from", DType.TIME),
    feature("price", DType.DECIMAL, nullable=True),
    feature("naive", DType.DATETIME),
)
MOMENT = (
    dt.date(2020, 1, 31),
    dt.date(2021, 1, 1),
    dt.datetime(2026, 1, 31, 9, 30, 0, 1, tzinfo=dt.UTC),
    dt.time(9, 30),
    Decimal("19.90"),
    dt.datetime(1950, 1, 1),
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("opened < closed and not opened == closed", True),
        ("opened >= '2020-02-01'", False),
        ("'2020-01-01' < opened < '2020-02-01'", True),
        ("opened in ('2020-01-31', '2020-02-01')", True),
        ("at > '2026-01-31T10:30:00+01:00' and at != '2026-01-31T09:30:00Z'", True),
        ("`from` == '09:30'", True),
        ("`from` not in ['09:30:00.000001']", True),
        ("price * 2 == 39.8 and price <= 19.9", True),
        ("naive < '1950-01-01T00:00:00.000001'", True),
    ],
)
def test_dates_and_times_are_compared_with_their_kind_and_with_text(text: str, holds: bool) -> None:
    expression = read_expression(MOMENTS, text)
    assert expression.of_row(MOMENT) == (truth.TRUE if holds else truth.FALSE)
    columns: list[Any] = [[value, value] for value in MOMENT]
    columns[5] = np.array([MOMENT[5]] * 2, dtype="datetime64[us]")
    assert expression.of_columns(columns).tolist() == [expression.of_row(MOMENT)] * 2


def test_a_date_may_be_missing_and_a_decimal_beyond_float64() -> None:
    row = (None, *MOMENT[1:4], Decimal("9e308"), None)
    for text, expected in (
        ("opened < closed", truth.MISSING),
        ("naive in ('1950-01-01T00:00:00', '1950-01-02T00:00:00')", truth.MISSING),
        ("price > 0", truth.UNDEFINED),
        ("1 / price == 0", truth.UNDEFINED),
    ):
        expression = read_expression(MOMENTS, text)
        assert expression.of_row(row) == expected
        columns: list[Any] = [[value] for value in row]
        columns[5] = np.array(["NaT"], dtype="datetime64[us]")
        assert expression.of_columns(columns).tolist() == [expected]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("opened < '2020-02-30'", "`'2020-02-30'` is no date"),
        ("opened < 5", "`5` is a number, and it is compared with a date"),
        ("opened < at", "is a date-time with offset, and it is compared with a date"),
        ("naive < at", "is a date-time with offset, and it is compared with a date-time"),
        ("at > '2026-01-31T09:30:00'", "is no date-time with offset"),
        ("closed - opened > 5", "`closed` is a date, where a number is needed"),
        ("opened in (5,)", "`5` is a number, and it is compared with a date"),
        ("opened", "is a date, where something true or false is needed"),
    ],
)
def test_dates_and_times_are_compared_with_nothing_else(text: str, fault: str) -> None:
    with pytest.raises(ContractError) as caught:
        read_expression(MOMENTS, text)
    assert fault in caught.value.message


def test_no_rule_is_about_a_tensor() -> None:
    with pytest.raises(ContractError, match="`v` is a tensor, which no rule can be about"):
        read_expression(contract_of(feature("v", DType.TENSOR)), "v == 1")


def test_a_name_that_python_would_read_as_another_is_no_name_of_either() -> None:
    # the micro sign, which NFKC takes for the Greek letter
    contract = contract_of(feature("\u00b5", DType.FLOAT), feature("\u03bc", DType.FLOAT))
    with pytest.raises(ContractError, match="is read as `\u03bc`") as caught:
        read_expression(contract, "\u00b5 > 1")
    assert caught.value.hint == "put it in backticks"
    assert read_expression(contract, "`\u00b5` > 1").positions == (0,)
    assert read_expression(contract, "\u03bc > 1").positions == (1,)
