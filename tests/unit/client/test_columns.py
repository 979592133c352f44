"""Columns leave the tables of other libraries without losing digits."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from headway.client.columns import (
    array_columns,
    arrow_columns,
    column_values,
    is_a,
    is_array_like,
    pandas_columns,
    polars_columns,
)
from headway.client.values import FINER, Refused, json_value

MOMENT = dt.datetime(2026, 2, 3, 4, 5, 6, 7)


def clean(values: list[Any] | None) -> list[Any]:
    return [json_value(value) for value in values or ()]


@pytest.mark.parametrize(
    "dtype",
    [
        "float64",
        "float32",
        "Float64",
        "int64",
        "int8",
        "Int64",
        "bool",
        "boolean",
        "double[pyarrow]",
    ],
)
def test_numbers_of_pandas_are_plain(dtype: str) -> None:
    ((name, values),) = pandas_columns(pd.DataFrame({"x": pd.Series([1, 0], dtype=dtype)}))
    assert (name, values) == ("x", [1, 0])
    assert {type(value) for value in values} <= {int, float, bool}


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string[pyarrow]"])
def test_text_of_pandas_is_plain(dtype: str) -> None:
    ((_, values),) = pandas_columns(pd.DataFrame({"x": pd.Series(["a", None], dtype=dtype)}))
    assert clean(values) == ["a", None]


@pytest.mark.parametrize("dtype", ["M8[ns]", "M8[us]", "M8[s]", "timestamp[ns][pyarrow]"])
def test_times_of_pandas_are_pythons(dtype: str) -> None:
    column = pd.Series([MOMENT.replace(microsecond=0), None], dtype=dtype)
    assert [str(value) for value in clean(column_values(column))] in (
        ["2026-02-03 04:05:06", "None"],
        ["2026-02-03T04:05:06", "None"],
    )


def test_zones_of_pandas_are_kept() -> None:
    column = pd.Series(pd.to_datetime(["2026-02-03"]).tz_localize("Asia/Kolkata"))
    assert clean(column_values(column)) == ["2026-02-03T00:00:00+05:30"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (pl.Series([1, None]), [1, None]),
        (pl.Series(["a"], dtype=pl.Categorical), ["a"]),
        (pl.Series(["a"], dtype=pl.Enum(["a"])), ["a"]),
        (pl.Series([Decimal("1.50")]), ["1.50"]),
        (pl.Series([MOMENT]), [MOMENT]),
        (pl.Series([MOMENT], dtype=pl.Datetime("ns")), [MOMENT]),
        (pl.Series([MOMENT.date()]), [MOMENT.date()]),
        (pl.Series([MOMENT.time()]), ["04:05:06.000007"]),
        (pl.Series([[1.0, 2.0]], dtype=pl.Array(pl.Float64, 2)), [[1.0, 2.0]]),
        (pl.Series([[1, 2]]), [[1, 2]]),
        (pl.Series([None, None]), [None, None]),
    ],
)
def test_a_column_of_polars_is_plain(column: pl.Series, values: list[Any]) -> None:
    ((_, read),) = polars_columns(column.to_frame("x"))
    assert clean(read) == values


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (pa.array([1, None]), [1, None]),
        (pa.array(["a", "a"]).dictionary_encode(), ["a", "a"]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.array([MOMENT]), [MOMENT]),
        (pa.array([MOMENT], pa.timestamp("ns")), [MOMENT]),
        (pa.array([MOMENT.date()]), [MOMENT.date()]),
        (pa.array([MOMENT.time()], pa.time64("ns")), ["04:05:06.000007"]),
        (pa.array([[1.0, 2.0]], pa.list_(pa.float64(), 2)), [[1.0, 2.0]]),
        (pa.array([0.5], pa.float16()), [0.5]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_a_column_of_arrow_is_plain(column: pa.Array, values: list[Any]) -> None:
    for table in (pa.table({"x": column}), pa.record_batch({"x": column})):
        ((_, read),) = arrow_columns(table)
        assert clean(read) == values


@pytest.mark.parametrize("kind", ["table", "batch"])
def test_the_index_of_pandas_is_no_column_of_arrow(kind: str) -> None:
    frame = pd.DataFrame({"age": [1, 2]}, index=[7, 9])
    table = pa.Table.from_pandas(frame)
    assert "__index_level_0__" in table.schema.names
    rows = table if kind == "table" else table.to_batches()[0]
    assert arrow_columns(rows) == [("age", [1, 2])]


def test_an_index_with_a_name_and_a_name_without_an_index_stay() -> None:
    named = pd.DataFrame({"age": [1, 2]}, index=pd.Index([7, 9], name="id"))
    assert arrow_columns(pa.Table.from_pandas(named)) == [("age", [1, 2]), ("id", [7, 9])]
    plain = pa.table({"__index_level_0__": [1]})
    assert arrow_columns(plain) == [("__index_level_0__", [1])]


def test_a_zone_of_arrow_is_kept() -> None:
    column = pa.array([MOMENT], pa.timestamp("ns", "Asia/Kolkata"))
    (value,) = clean(column_values(column))
    assert value.utcoffset() == dt.timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1_000, 1_001, None], dtype="M8[ns]"),
        pd.Series([1_000, 1_001, None], dtype="M8[ns, UTC]"),
        pl.Series([1_000, 1_001, None], dtype=pl.Int64).cast(pl.Datetime("ns")),
        pl.Series([1_000, 1_001, None], dtype=pl.Int64).cast(pl.Time),
        pa.array([1_000, 1_001, None], pa.timestamp("ns")),
        pa.array([1_000, 1_001, None], pa.timestamp("ns", "UTC")),
        pa.array([1_000, 1_001, None], pa.time64("ns")),
        pa.chunked_array(
            [pa.array([1_000], pa.timestamp("ns")), [1_001, None]], pa.timestamp("ns")
        ),
        np.array([1_000, 1_001, "NaT"], dtype="M8[ns]"),
    ],
    ids=lambda column: (
        type(column).__module__ + str(column.dtype if hasattr(column, "dtype") else "")
    ),
)
def test_nanoseconds_are_refused_where_they_say_something(column: Any) -> None:
    first, second, third = clean(column_values(column))
    assert not isinstance(first, Refused)
    assert second == FINER
    assert third is None


def test_fields_of_a_structured_array_are_columns() -> None:
    array = np.array(
        [(1, [0.5, 1.5], "2026-02-03")], dtype=[("a", "i4"), ("v", "f8", (2,)), ("t", "M8[ns]")]
    )
    columns = dict(array_columns(array))
    assert (columns["a"], columns["v"]) == ([1], [[0.5, 1.5]])
    assert columns["t"] == [dt.datetime(2026, 2, 3)]


@pytest.mark.parametrize("value", ["text", 5, None, {"a": 1}, np.array(3), object(), b"x"])
def test_what_is_no_column_is_none(value: Any) -> None:
    assert column_values(value) is None


@pytest.mark.parametrize("value", [[1], (1,), np.array([1]), pd.Series([1]), pd.Index([1])])
def test_a_column_has_values(value: Any) -> None:
    assert column_values(value) == [1]


def test_a_library_that_is_not_imported_owns_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame()
    assert is_a(frame, "pandas", "DataFrame")
    assert not is_a(frame, "pandas", "Nothing")
    monkeypatch.delitem(sys.modules, "pandas")
    assert not is_a(frame, "pandas", "DataFrame")


@pytest.mark.parametrize(
    ("value", "is_one"), [(np.array([1]), True), (np.array(1), False), ([1], False), ("a", False)]
)
def test_an_array_is_known_by_what_it_can_do(value: Any, is_one: bool) -> None:
    assert is_array_like(value) is is_one
