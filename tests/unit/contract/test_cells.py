from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import Any

import numpy as np
import pytest

from headway.contract.cells import read_cells
from headway.contract.training import TrainingColumn
from headway.core.dtypes import DType
from headway.errors import TrainingDataError


def column(values: Any, categories: tuple[Any, ...] | None = None) -> TrainingColumn:
    return TrainingColumn("a", values, "any", categories)


@pytest.mark.parametrize(
    ("values", "dtype", "present", "n_missing"),
    [
        (np.array([1.5, np.nan]), DType.FLOAT, [1.5], 1),
        (np.array([1.5, 2], dtype=np.float32), DType.FLOAT, [1.5, 2.0], 0),
        (np.array([1, 2], dtype=np.uint8), DType.INTEGER, [1, 2], 0),
        (np.array([True, False]), DType.BOOLEAN, [True, False], 0),
        ([1, None, 3], DType.INTEGER, [1, 3], 1),
        ([1, 2.5, math.nan], DType.FLOAT, [1.0, 2.5], 1),
        ([True, None], DType.BOOLEAN, [True], 1),
        (["a", math.nan, "b", None], DType.STRING, ["a", "b"], 2),
        ([np.str_("a"), np.str_("")], DType.STRING, ["a", ""], 0),
        ([np.int8(4), 5], DType.INTEGER, [4, 5], 0),
    ],
)
def test_the_type_is_found_and_missing_values_are_counted(
    values: Any, dtype: DType, present: list[Any], n_missing: int
) -> None:
    cells = read_cells(column(values))
    assert cells.dtype is dtype
    assert list(cells.present) == present
    assert cells.n_missing == n_missing


def test_numbers_become_float64_and_int64() -> None:
    assert (
        np.asarray(read_cells(column(np.array([1], dtype=np.float16))).present).dtype == np.float64
    )
    assert np.asarray(read_cells(column(np.array([1], dtype=np.uint8))).present).dtype == np.int64
    assert np.asarray(read_cells(column([1, 2])).present).dtype == np.int64


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ([], "no value at all"),
        ([None, math.nan], "no value at all"),
        (np.array([np.nan, np.nan]), "no value at all"),
        ([1, "a"], "mixed types"),
        ([True, 1], "mixed types"),
        ([True, "true"], "mixed types"),
        ([dt.date(2020, 1, 1)], "a dtype that cannot be rebuilt"),
        (["a", dt.date(2020, 1, 1)], "mixed types"),
        ([1, decimal.Decimal(1)], "mixed types"),
        ([np.datetime64(5, "ns")], "a type that no request can send"),
        ([dt.timedelta(1)], "a type that no request can send"),
        ([1j], "a type that no request can send"),
        ([{"a": 1}], "a type that no request can send"),
        ([b"a"], "a type that no request can send"),
        (np.array(["NaT"], dtype="M8[ns]"), "no value at all"),
        ([2**63], "more than 64 bits"),
        (np.array([2**63], dtype=np.uint64), "more than 64 bits"),
        (["\ud800"], "not valid Unicode"),
    ],
)
def test_a_column_that_no_contract_can_describe_is_refused(values: Any, fault: str) -> None:
    with pytest.raises(TrainingDataError, match=fault) as caught:
        read_cells(column(values))
    assert caught.value.hint


def test_categories_take_part_in_the_type() -> None:
    assert read_cells(column(["a", None], ("b", "a"))).categories == ("b", "a")
    assert read_cells(column([1, 2], (np.int64(2), np.int64(1)))).categories == (2, 1)
    with pytest.raises(TrainingDataError, match="mixed types"):
        read_cells(column(["a"], ("a", 1)))


def test_other_types_are_read_as_what_they_are() -> None:
    cells = read_cells(TrainingColumn("a", [decimal.Decimal(1), None], "object"))
    assert cells.dtype is DType.DECIMAL
    assert cells.objects is not None
    assert cells.n_missing == 1
    cells = read_cells(column(np.array(["2020-01-01", "NaT"], dtype="M8[ns]")))
    assert cells.dtype is DType.DATETIME
    assert cells.n_missing == 1
