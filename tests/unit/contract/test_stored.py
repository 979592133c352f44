from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from headway.contract.model import Contract, Feature, Output
from headway.contract.stored import stored_rows
from headway.core.dtypes import DType, Task

CONTRACT = Contract(
    (
        Feature("n", DType.FLOAT, nullable=True, storage="float64"),
        Feature("d", DType.DATE, nullable=True, storage="object"),
        Feature("m", DType.DECIMAL, nullable=False, storage="object"),
    ),
    Output(Task.OTHER),
)
ROW = (1.5, "2026-11-25", "1.50")


def test_text_becomes_the_value_that_it_stands_for() -> None:
    rows = stored_rows(CONTRACT, CONTRACT.names, [ROW, (None, None, "2")])
    assert rows == ((1.5, dt.date(2026, 11, 25), Decimal("1.50")), (None, None, Decimal(2)))


def test_the_order_is_that_of_the_names_and_unknown_ones_stay() -> None:
    assert stored_rows(CONTRACT, ("other", "d"), [("x", ROW[1])]) == (("x", dt.date(2026, 11, 25)),)


def test_plain_rows_are_returned_as_they_are() -> None:
    assert stored_rows(CONTRACT, ("n",), [(1.5,)]) == ((1.5,),)


def test_a_value_of_another_type_is_refused_without_naming_it() -> None:
    with pytest.raises(ValueError, match=r"^a value of another type for `d`$"):
        stored_rows(CONTRACT, CONTRACT.names, [(1.5, "secret", "1")])
