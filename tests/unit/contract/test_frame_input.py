from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from headway.contract.frame_input import batch_from
from headway.core.dtypes import DType
from headway.errors import InvalidInputError, MalformedInputError
from unit.contract.strategies import contract_of, feature

CONTRACT = contract_of(
    feature("age", DType.INTEGER, ge=18),
    feature("amount", DType.FLOAT, nullable=True),
    feature("purpose", DType.STRING, nullable=True),
)
FRAME = pd.DataFrame({"purpose": ["car", None], "amount": [1.5, np.nan], "age": [41, 18]})
ROWS = [(41, 1.5, "car"), (18, None, None)]
NUMBERS = contract_of(feature("x0", DType.FLOAT), feature("x1", DType.INTEGER))


@pytest.mark.parametrize(
    "data",
    [
        FRAME,
        FRAME.astype({"purpose": "category", "age": "Int64", "amount": "Float64"}),
        FRAME.astype({"purpose": object, "age": "float64"}),
        FRAME.astype({"purpose": "string", "age": "int8"}),
        FRAME.set_index(pd.Index([7, 7])),
        pl.from_pandas(FRAME),
        pl.from_pandas(FRAME).cast({"purpose": pl.Categorical, "age": pl.Int8}),
        pa.Table.from_pandas(FRAME),
        pa.Table.from_pandas(FRAME).to_batches()[0],
        {"age": [41, 18], "amount": [1.5, None], "purpose": ["car", None]},
        {"age": FRAME["age"], "amount": FRAME["amount"].to_numpy(), "purpose": ("car", None)},
        [
            {"age": 41, "amount": 1.5, "purpose": "car"},
            {"purpose": None, "amount": None, "age": 18},
        ],
        [[41, 1.5, "car"], [18, None, None]],
        ((41, 1.5, "car"), (18, np.nan, None)),
        FRAME.to_dict("records"),
        np.array([[41, 1.5, "car"], [18, None, None]], dtype=object),
    ],
)
def test_rows_are_read_from_what_programs_hold(data: Any) -> None:
    batch = batch_from(CONTRACT, data)
    assert batch.names == CONTRACT.names
    assert list(batch.rows()) == ROWS


def test_a_dict_of_scalars_is_one_row() -> None:
    row = {"age": np.int64(41), "amount": np.float32(1.5), "purpose": np.str_("car")}
    assert list(batch_from(CONTRACT, row).rows()) == ROWS[:1]


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "u1", "O"])
def test_an_array_is_read_in_the_order_of_the_contract(dtype: str) -> None:
    batch = batch_from(NUMBERS, np.array([[1, 2], [3, 4]], dtype=dtype))
    assert list(batch.rows()) == [(1.0, 2), (3.0, 4)]


@pytest.mark.parametrize(
    ("contract", "data", "broken"),
    [
        (CONTRACT, FRAME.drop(columns="age"), [(0, "age", "missing")]),
        (CONTRACT, FRAME.rename(columns={"age": "Age"}), [(0, "age", "missing"), (0, "Age", "unknown")]),
        (CONTRACT, FRAME.assign(extra=1), [(0, "extra", "unknown")]),
        (CONTRACT, FRAME.assign(age=[17, 41]), [(0, "age", "ge")]),
        (CONTRACT, FRAME.assign(age=["41", "41"]), [(0, "age", "type"), (1, "age", "type")]),
        (CONTRACT, FRAME.assign(age=pd.to_datetime(["2020", "2021"])), [(0, "age", "type"), (1, "age", "type")]),
        (CONTRACT, FRAME.assign(age=[None, 41.5]), [(0, "age", "null"), (1, "age", "type")]),
        (CONTRACT, FRAME.assign(amount=[np.inf, 1]), [(0, "amount", "type")]),
        (CONTRACT, FRAME.assign(purpose=pd.Categorical([1, 2])), [(0, "purpose", "type"), (1, "purpose", "type")]),
        (CONTRACT, FRAME.iloc[:0], [(0, None, "length")]),
        (CONTRACT, {}, [(0, "age", "missing"), (0, "amount", "missing"), (0, "purpose", "missing")]),
        (CONTRACT, [], [(0, None, "length")]),
        (CONTRACT, [41, 1.5, "car"], [(0, None, "type"), (1, None, "type"), (2, None, "type")]),
        (CONTRACT, {"age": [41], "amount": 1.5, "purpose": ["car"]}, [(0, "amount", "type")]),
        (NUMBERS, np.ones((2, 3)), [(0, None, "length"), (1, None, "length")]),
        (NUMBERS, np.array([[1, 2.5], [np.nan, 1]]), [(0, "x1", "type"), (1, "x0", "null")]),
        (NUMBERS, np.array([["1", "2"]]), [(0, "x0", "type"), (0, "x1", "type")]),
        (NUMBERS, np.ones((0, 2)), [(0, None, "length")]),
        (NUMBERS, pd.DataFrame(np.ones((1, 2))), [(0, "x0", "missing"), (0, "x1", "missing"), (0, "0", "unknown"), (0, "1", "unknown")]),
    ],
)  # fmt: skip
def test_every_violation_is_found(contract: Any, data: Any, broken: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        batch_from(contract, data)
    assert [(v.row, v.field, v.rule) for v in caught.value.violations] == broken


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.ones(2), r"shape \(2,\)"),
        (np.ones((1, 2, 1)), r"shape \(1, 2, 1\)"),
        (np.float64(1), "`float64`"),
        ("text", "`str`"),
        (None, "`NoneType`"),
        (pd.Series([1, 2]), "`Series`"),
        (pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"]), "more than once: `a`"),
    ],
)
def test_what_is_no_table_is_refused(data: Any, message: str) -> None:
    with pytest.raises(MalformedInputError, match=message) as caught:
        batch_from(NUMBERS, data)
    assert caught.value.hint


def test_arrays_of_a_frame_reach_the_batch_without_a_copy() -> None:
    columns = pd.DataFrame({"x0": [1.0, 2.0], "x1": [1, 2]})
    first, second = batch_from(NUMBERS, columns).columns()
    assert np.shares_memory(first, columns["x0"].to_numpy())
    assert np.shares_memory(second, columns["x1"].to_numpy())


VECTOR = {"storage": "object", "shape": (2,), "element": "float64"}
VECTORS = contract_of(feature("v", DType.TENSOR, fields=VECTOR))


@pytest.mark.parametrize(
    ("data", "n_rows"),
    [
        ({"v": [1, 2]}, 1),
        ({"v": np.array([1, 2])}, 1),
        ({"v": [[1, 2], [3, 4], [5, 6]]}, 3),
        ({"v": np.ones((3, 2))}, 3),
        ({"v": [np.ones(2)] * 3}, 3),
        ({"v": pd.Series([np.ones(2)] * 3)}, 3),
        (pd.DataFrame({"v": [[1, 2], [3, 4]]}), 2),
        ([{"v": [1, 2]}], 1),
        ([[[1, 2]], [(3, 4)]], 2),
    ],
)
def test_a_vector_is_one_value_and_a_list_of_them_a_column(data: Any, n_rows: int) -> None:
    batch = batch_from(VECTORS, data)
    assert batch.n_rows == n_rows
    assert all(len(vector) == 2 for (vector,) in batch.rows())


@pytest.mark.parametrize(
    "data", [{"v": []}, {"v": [1]}, {"v": [[1, 2], [3]]}, {"v": np.ones((2, 3))}]
)
def test_vectors_of_another_shape_are_refused(data: Any) -> None:
    with pytest.raises(InvalidInputError):
        batch_from(VECTORS, data)


def test_columns_of_date_times_are_read_whatever_their_unit() -> None:
    fields = {"storage": "datetime64[us]"}
    contract = contract_of(feature("at", DType.DATETIME, nullable=True, fields=fields))
    for unit in ("s", "ms", "us", "ns"):
        column = pd.Series(pd.to_datetime(["2026-01-31", None]).as_unit(unit))
        batch = batch_from(contract, column.to_frame("at"))
        assert batch.rows() == [(dt.datetime(2026, 1, 31),), (None,)]
    with pytest.raises(InvalidInputError, match="without an offset"):
        batch_from(contract, column.dt.tz_localize("UTC").to_frame("at"))


def test_a_table_with_a_column_twice_is_refused_by_name() -> None:
    table = pa.Table.from_arrays([pa.array([41])] * 2, ["age", "age"])
    with pytest.raises(MalformedInputError, match="`age`"):
        batch_from(CONTRACT, table)
