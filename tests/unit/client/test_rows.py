"""Rows of every kind become one of the documented bodies."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import OrderedDict, deque
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.client.rows import MAX_LISTED, encode_rows, is_sequence, row_mapping
from headway.errors import InvalidInputError, MalformedInputError

if TYPE_CHECKING:
    from collections.abc import Callable

FRAME = pd.DataFrame({"age": [41, 23], "purpose": ["car", None]}, index=["x", "y"])
STRUCTURED = np.array([(41, "car"), (23, "tv")], dtype=[("age", "i4"), ("purpose", "U3")])
COLUMNS = {"columns": {"age": [41, 23], "purpose": ["car", None]}}
ONE = {"features": {"age": 41, "purpose": "car"}}


@dataclasses.dataclass
class Data:
    age: int
    purpose: str


class Named(NamedTuple):
    age: int
    purpose: str


class Model(pydantic.BaseModel):
    age: int
    what_for: str = pydantic.Field(alias="purpose")


@pytest.mark.parametrize(
    ("rows", "n_rows", "body"),
    [
        ({"age": 41, "purpose": "car"}, None, ONE),
        (MappingProxyType({"age": 41, "purpose": "car"}), None, ONE),
        (OrderedDict(age=41, purpose="car"), None, ONE),
        (Data(41, "car"), None, ONE),
        (Named(41, "car"), None, ONE),
        (Model(age=41, purpose="car"), None, ONE),
        (FRAME.iloc[0], None, ONE),
        (STRUCTURED[0], None, ONE),
        (STRUCTURED[0:1].reshape(()), None, ONE),
        ([1, 2.5, None, "a", True], None, {"features": [1, 2.5, None, "a", True]}),
        ((1, 2), None, {"features": [1, 2]}),
        (deque([1, 2]), None, {"features": [1, 2]}),
        (range(2), None, {"features": [0, 1]}),
        (np.array([1.0, 2.0]), None, {"features": [1.0, 2.0]}),
        ([41, [0.5, 1.5]], None, {"features": [41, [0.5, 1.5]]}),
        ({"age": 41, "v": [0.5, 1.5]}, None, {"features": {"age": 41, "v": [0.5, 1.5]}}),
        ({"age": np.int64(1), "v": np.ones(1)}, None, {"features": {"age": 1, "v": [1.0]}}),
        ({}, None, {"features": {}}),
        ([{"age": 1}, {"age": 2}], 2, {"rows": [{"age": 1}, {"age": 2}]}),
        ([{"v": [1, 2]}], 1, {"rows": [{"v": [1, 2]}]}),
        ([[1, 2], (3, 4)], 2, {"rows": [[1, 2], [3, 4]]}),
        (
            [Data(41, "car"), Named(23, "tv")],
            2,
            {"rows": [ONE["features"], {"age": 23, "purpose": "tv"}]},
        ),
        ([Model(age=41, purpose="car")], 1, {"rows": [ONE["features"]]}),
        ([np.array([1, 2]), FRAME["age"]], 2, {"rows": [[1, 2], {"x": 41, "y": 23}]}),
        (list(STRUCTURED[:1]), 1, {"rows": [ONE["features"]]}),
        ([], 0, {"rows": []}),
        ({"age": [1, 2], "x": (3, 4)}, 2, {"columns": {"age": [1, 2], "x": [3, 4]}}),
        ({"age": np.array([1, 2])}, 2, {"columns": {"age": [1, 2]}}),
        (
            {"a": pd.Series([1]), "b": pl.Series([2]), "c": pa.array([3]), "d": pd.Index([4])},
            1,
            {"columns": {"a": [1], "b": [2], "c": [3], "d": [4]}},
        ),
        ({"v": np.ones((1, 2))}, 1, {"columns": {"v": [[1.0, 1.0]]}}),
        (np.array([[1, 2], [3, 4]]), 2, {"rows": [[1, 2], [3, 4]]}),
        (np.array([[1, "a"]], dtype=object), 1, {"rows": [[1, "a"]]}),
        (np.array([["2026-02-03"]], dtype="M8[ns]"), 1, {"rows": [["2026-02-03T00:00:00"]]}),
        (STRUCTURED, 2, {"columns": {"age": [41, 23], "purpose": ["car", "tv"]}}),
        (STRUCTURED.view(np.recarray), 2, {"columns": {"age": [41, 23], "purpose": ["car", "tv"]}}),
        (FRAME, 2, COLUMNS),
        (FRAME.iloc[:0], 0, {"columns": {"age": [], "purpose": []}}),
        (
            FRAME.rename(columns={"age": 1}),
            2,
            {"columns": {"1": [41, 23], "purpose": ["car", None]}},
        ),
        (pd.DataFrame({"v": [np.ones(2), None]}), 2, {"columns": {"v": [[1.0, 1.0], None]}}),
        (pl.from_pandas(FRAME), 2, COLUMNS),
        (pa.Table.from_pandas(FRAME, preserve_index=False), 2, COLUMNS),
        (pa.RecordBatch.from_pandas(FRAME, preserve_index=False), 2, COLUMNS),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_rows_has_its_body(
    rows: Any, n_rows: int | None, body: dict[str, Any]
) -> None:
    encoded = encode_rows(rows)
    assert json.loads(encoded.body) == body
    assert (encoded.n_rows, encoded.is_single) == (n_rows, n_rows is None)


@pytest.mark.parametrize(
    ("rows", "hint"),
    [
        ("text", "give a dict"),
        (b"bytes", "give a dict"),
        (5, "give a dict"),
        (None, "give a dict"),
        (object(), "give a dict"),
        (Data, "give a dict"),
        ({1, 2}, "give a dict"),
        (({"age": i} for i in range(2)), "list(rows)"),
        (iter([1]), "list(rows)"),
        (map(str, [1]), "list(rows)"),
        (pl.LazyFrame({"age": [1]}), "collect"),
        (pl.Series([1]), "DataFrame"),
        (pa.array([1]), "Table"),
        (pa.chunked_array([[1]]), "Table"),
        (np.zeros((2, 2, 2)), "one dimension"),
        (np.array(1), "one dimension"),
        (STRUCTURED.reshape(2, 1), "one dimension"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_holds_no_rows_is_refused_with_what_to_do(rows: Any, hint: str) -> None:
    with pytest.raises(MalformedInputError, match="holds no rows") as caught:
        encode_rows(rows)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 2]], columns=["1", 1]),
        pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]),
        {1: [1], "1": [2]},
        {1: 1, "1": 2},
        [{1: 1, "1": 2}],
        pd.Series([1, 2], index=["a", "a"]),
    ],
)
def test_two_values_of_one_name_are_refused(rows: Any) -> None:
    with pytest.raises(MalformedInputError, match="of one name"):
        encode_rows(rows)


def frame(values: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"age": [1.0, 2.0], "x": pd.Series(values, dtype=object)})


ROWS_WITH: list[Callable[[Any], Any]] = [
    lambda value: [{"age": 1, "x": "a"}, {"age": 2, "x": value}],
    lambda value: {"age": [1, 2], "x": ["a", value]},
    lambda value: frame(["a", value]),
]


@pytest.mark.parametrize("wrap", ROWS_WITH)
@pytest.mark.parametrize("value", [math.inf, b"x", 1j, object(), "\ud800", [math.inf]])
def test_a_value_that_cannot_be_sent_is_refused_with_its_place(
    wrap: Callable[[Any], Any], value: Any
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        encode_rows(wrap(value))
    assert [(v.row, v.field, v.rule) for v in caught.value.violations] == [(1, "x", "type")]
    assert caught.value.hint


def test_a_place_in_a_list_is_its_position() -> None:
    with pytest.raises(InvalidInputError) as caught:
        encode_rows(np.array([[1.0, np.inf], [np.inf, np.nan]]))
    assert [(v.row, v.field) for v in caught.value.violations] == [(0, "1"), (1, "0")]


def test_all_of_it_is_named_at_once_in_the_order_of_the_rows() -> None:
    with pytest.raises(InvalidInputError) as caught:
        encode_rows(pd.DataFrame({"a": [1.0, np.inf], "b": [np.inf, np.nan]}))
    assert [(v.row, v.field) for v in caught.value.violations] == [(0, "b"), (1, "a")]


def test_very_much_of_it_is_counted() -> None:
    with pytest.raises(InvalidInputError) as caught:
        encode_rows({"a": [math.inf] * 1000})
    assert (len(caught.value.violations), caught.value.total) == (MAX_LISTED, 1000)


@pytest.mark.parametrize("rows", [{"\ud800": 1}, {"\ud800": [1]}, [{"\ud800": 1}]])
def test_a_name_that_cannot_be_sent_is_refused(rows: Any) -> None:
    with pytest.raises(MalformedInputError, match="name of a feature"):
        encode_rows(rows)


def test_a_sum_that_overflows_is_no_infinity() -> None:
    body = json.loads(encode_rows({"a": [1.7e308, 1.7e308, None]}).body)
    assert body == {"columns": {"a": [1.7e308, 1.7e308, None]}}


def test_the_rows_of_the_caller_stay_as_they_are() -> None:
    columns = {"a": [1.0, math.nan]}
    encode_rows(columns)
    assert str(columns) == "{'a': [1.0, nan]}"


@pytest.mark.parametrize(("value", "is_one"), [([1], True), ("ab", False), (np.ones(1), True)])
def test_text_is_no_list(value: Any, is_one: bool) -> None:
    assert is_sequence(value) is is_one


@pytest.mark.parametrize("value", [[1], "text", Data, np.ones(1), pd.DataFrame(), None])
def test_what_has_no_names_is_no_row_by_name(value: Any) -> None:
    assert row_mapping(value) is None


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False) | st.text()


@given(rows=st.lists(st.dictionaries(st.text(), scalars, min_size=1), min_size=1))
@settings(deadline=None, max_examples=100)
def test_rows_of_scalars_arrive_unchanged(rows: list[dict[str, Any]]) -> None:
    def without_nan(value: Any) -> Any:
        return None if isinstance(value, float) and math.isnan(value) else value

    sent = json.loads(encode_rows(rows).body)["rows"]
    assert sent == [{key: without_nan(value) for key, value in row.items()} for row in rows]


cells = st.sampled_from(
    [
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_infinity=False),
        st.text(st.characters(codec="utf-8")),
        st.booleans(),
        st.dates(),
        st.datetimes(),
    ]
)
columns = st.integers(1, 4).flatmap(
    lambda n_rows: st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1),
        cells.flatmap(lambda cell: st.lists(st.none() | cell, min_size=n_rows, max_size=n_rows)),
        min_size=1,
        max_size=4,
    )
)


@given(columns=columns)
@settings(deadline=None, max_examples=50)
def test_the_same_columns_arrive_whatever_holds_them(columns: dict[str, list[Any]]) -> None:
    body = encode_rows(columns).body
    assert encode_rows(pl.DataFrame(columns)).body == body
    assert encode_rows(pa.table(columns)).body == body
    assert encode_rows(pd.DataFrame(columns, dtype=object)).body == body
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    by_row = json.loads(encode_rows(rows).body)["rows"]
    by_column = json.loads(body)["columns"]
    assert by_row == [{name: by_column[name][i] for name in columns} for i in range(len(rows))]
