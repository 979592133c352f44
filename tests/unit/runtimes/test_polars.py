from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Task
from headway.releases.rows import LabelledRows
from headway.runtimes.polars import PolarsBuilder

NOON = dt.datetime(2026, 1, 31, 12)
UNITS: tuple[Literal["ms", "us", "ns"], ...] = ("ms", "us", "ns")
FRAME = pl.DataFrame(
    {
        "f": [1.5, None, 2.5],
        "g": pl.Series([1.5, float("nan"), 2.5], dtype=pl.Float32),
        "i": pl.Series([1, None, 127], dtype=pl.Int8),
        "l": [2**53 + 1, None, 1],
        "u": pl.Series([1, 2, 2**60], dtype=pl.UInt64),
        "b": [True, None, False],
        "s": ["a", None, ""],
        "c": pl.Series(["a", None, "b"], dtype=pl.Categorical),
        "date": [dt.date(2026, 1, 31), None, dt.date(1, 1, 1)],
        "time": [NOON.time(), None, dt.time(1)],
        **{unit: pl.Series([NOON, None, NOON], dtype=pl.Datetime(unit)) for unit in UNITS},
        **{
            f"zoned {unit}": pl.Series([NOON, None, NOON], dtype=pl.Datetime(unit, "Europe/Berlin"))
            for unit in UNITS
        },
        "decimal": pl.Series([Decimal("-1.50"), None, Decimal(7)], dtype=pl.Decimal(9, 2)),
        "vector": pl.Series([[1, 2], None, [3, 4]], dtype=pl.Array(pl.Float32, 2)),
        "list": pl.Series([[1, 2], None, [3, 4]], dtype=pl.List(pl.Int8)),
        "tensor": pl.Series([[[1], [2]], None, [[3], [4]]], dtype=pl.Array(pl.Int64, (2, 1))),
        "e": pl.Series(["z", None, "a"], dtype=pl.Enum(["z", "a", "unused"])),
    }
)
CONTRACT = infer_contract(FRAME, Output(task=Task.OTHER)).contract


def test_a_batch_becomes_the_frame_that_it_came_from() -> None:
    batch = LabelledRows(FRAME, None).batch()
    by_row = FeatureBatch.from_rows(batch.names, batch.rows())
    for one in (batch, by_row):
        built = PolarsBuilder(CONTRACT).build(one)
        assert built.schema == FRAME.schema
        assert_frame_equal(built, FRAME, categorical_as_str=True)


def test_an_integral_float_is_the_integer() -> None:
    frame = FRAME.select("i", "l", "u")
    contract = infer_contract(frame, Output(task=Task.OTHER)).contract
    built = PolarsBuilder(contract).build(FeatureBatch.from_rows(contract.names, [(5.0, 7.0, 1.0)]))
    assert built.schema == frame.schema
    assert built.row(0) == (5, 7, 1)


@pytest.mark.parametrize("column", [["boat"], np.array(["boat"])])
def test_a_value_outside_of_an_enum_is_missing_and_a_new_category_is_one(column: Any) -> None:
    contract = infer_contract(FRAME.select("c", "e"), Output(task=Task.OTHER)).contract
    batch = FeatureBatch.from_columns(contract.names, [column, column])
    assert PolarsBuilder(contract).build(batch).row(0) == ("boat", None)
