from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from headway.contract.pandas import (
    is_frame,
    is_series,
    is_text,
    series_values,
    text_frame,
    training_frame,
)
from headway.core.dictionary import DictionaryColumn
from unit.contract.strategies import scalars


def test_frames_and_series_are_told_apart() -> None:
    frame = pd.DataFrame({"a": [1]})
    assert is_frame(frame)
    assert not is_frame(frame["a"])
    assert is_series(frame["a"])
    assert not is_series(frame)
    for other in (np.ones((2, 2)), {"a": [1]}, None, pd.DataFrame):
        assert not is_frame(other)
        assert not is_series(other)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "uint64", "bool", "M8[ns]"])
def test_numbers_and_booleans_stay_arrays(dtype: str) -> None:
    values = series_values(pd.Series([0, 1], dtype=dtype))
    assert isinstance(values, np.ndarray)
    assert values.dtype == dtype


@pytest.mark.parametrize(
    ("series", "values"),
    [
        (pd.Series(["a", None, np.nan]), ["a", None, None]),
        (pd.Series(["a", None], dtype=object), ["a", None]),
        (pd.Series(["a", None], dtype="string"), ["a", None]),
        (pd.Series(["a", None], dtype="category"), ["a", None]),
        (pd.Series([1, None], dtype="Int64"), [1, None]),
        (pd.Series([1.5, None], dtype="Float64"), [1.5, None]),
        (pd.Series([True, None], dtype="boolean"), [True, None]),
        (pd.Series([1, pd.NA, "x"], dtype=object), [1, None, "x"]),
        (pd.Series([pd.NaT, None], dtype="datetime64[ns, UTC]"), [None, None]),
        (pd.Series([1.5, 0.0], dtype=pd.SparseDtype(float, 0.0)), [1.5, 0.0]),
    ],
)
def test_everything_else_keeps_its_values_and_loses_its_words_for_missing(
    series: Any, values: list[Any]
) -> None:
    assert scalars(series_values(series)) == values


@pytest.mark.parametrize("dtype", ["object", "str", "string", "category", "boolean"])
def test_strings_categories_and_nullable_booleans_are_held_once(dtype: str) -> None:
    given = [True, False, None] if dtype == "boolean" else ["b", "a", None]
    values = series_values(pd.Series(given * 3, dtype=dtype))
    assert isinstance(values, DictionaryColumn)
    assert len(values.values) == 2
    assert values.tolist() == given * 3


@pytest.mark.parametrize("dtype", ["Int8", "UInt64", "boolean", "Float32"])
def test_a_nullable_column_without_a_missing_value_is_an_array(dtype: str) -> None:
    values = series_values(pd.Series([1, 0], dtype=dtype))
    assert isinstance(values, np.ndarray)
    assert values.tolist() == [1, 0]


def test_columns_keep_their_dtype_and_categories() -> None:
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "c": pd.Categorical(["b", "a"], categories=["z", "b", "a"]),
            "s": ["x", "y"],
            "i": pd.array([1, None], dtype="Int64"),
        }
    )
    columns = training_frame(frame).columns
    storages = {column.name: column.storage for column in columns}
    assert storages == {"n": "int64", "c": "category", "s": str(frame["s"].dtype), "i": "Int64"}
    assert [column.categories for column in columns] == [None, ("z", "b", "a"), None, None]


def test_the_order_of_categories_is_kept() -> None:
    for is_ordered in (True, False):
        values = pd.Categorical(["b"], categories=["b", "a"], ordered=is_ordered)
        (column,) = training_frame(pd.DataFrame({"c": values})).columns
        assert column.is_ordered is is_ordered


def test_columns_that_share_a_name_are_both_read() -> None:
    frame = pd.DataFrame([[1, "x"], [2, "y"]], columns=["a", "a"])
    assert [column.name for column in training_frame(frame).columns] == ["a", "a"]


@pytest.mark.parametrize("dtype", ["object", "str", "string"])
@pytest.mark.parametrize(("name", "feature"), [("review", "review"), (None, "text")])
def test_a_series_of_texts_is_one_column(dtype: str, name: str | None, feature: str) -> None:
    series = pd.Series(["good", "bad", "good"], name=name, dtype=dtype)
    assert is_text(series)
    frame = text_frame(series)
    (column,) = frame.columns
    assert (frame.layout, frame.n_rows, column.name) == ("series", 3, feature)


@pytest.mark.parametrize("values", [[1, 2], [None, None], [True], ["a", 1]])
def test_a_series_of_anything_else_is_no_text(values: list[Any]) -> None:
    assert not is_text(pd.Series(values))
    assert not is_text(values)
