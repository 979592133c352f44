from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.batch import FeatureBatch

NAMES = ("age", "amount", "purpose")
ROWS = [(41, 2.5, "car"), (None, None, None), (18, 0.0, "tv")]


def test_rows_are_kept_and_columns_made_on_demand() -> None:
    batch = FeatureBatch.from_rows(NAMES, ROWS)
    assert batch.is_by_row
    assert batch.rows() is ROWS
    assert list(batch.columns()) == [[41, None, 18], [2.5, None, 0.0], ["car", None, "tv"]]


def test_columns_are_kept_and_rows_made_on_demand() -> None:
    columns = [np.array([1, 2]), np.array([0.5, np.nan]), ["car", None]]
    batch = FeatureBatch.from_columns(NAMES, columns)
    assert not batch.is_by_row
    assert batch.columns() is columns
    assert batch.rows() == [(1, 0.5, "car"), (2, None, None)]


@pytest.mark.parametrize(
    ("column", "scalars"),
    [
        (np.array([1, 2], dtype=np.int8), [1, 2]),
        (np.array([1.5, np.nan], dtype=np.float32), [1.5, None]),
        (np.array([True, False]), [True, False]),
        (np.array(["a", None, float("nan")], dtype=object), ["a", None, None]),
        (np.array(["a", "b"]), ["a", "b"]),
    ],
)
def test_rows_hold_python_scalars_with_none_for_missing(column: Any, scalars: list[Any]) -> None:
    rows = FeatureBatch.from_columns(("a",), [column]).rows()
    assert rows == [(scalar,) for scalar in scalars]
    assert all(not isinstance(value, np.generic) for (value,) in rows)


@pytest.mark.parametrize("by_row", [True, False])
@given(st.lists(st.integers(-3, 2), max_size=6))
def test_taking_rows_is_indexing(by_row: bool, indices: list[int]) -> None:
    if by_row:
        batch = FeatureBatch.from_rows(NAMES, ROWS)
    else:
        columns = [[41, None, 18], np.array([2.5, np.nan, 0.0]), ["car", None, "tv"]]
        batch = FeatureBatch.from_columns(NAMES, columns)
    taken = batch.take(indices)
    assert taken.names == NAMES
    assert len(taken) == taken.n_rows == len(indices)
    assert list(taken.rows()) == [ROWS[i] for i in indices]


def test_a_batch_without_rows_still_has_its_columns() -> None:
    batch = FeatureBatch.from_rows(NAMES, [])
    assert len(batch) == 0
    assert list(batch.columns()) == [[], [], []]


def test_a_batch_is_shown_without_its_values() -> None:
    batch = FeatureBatch.from_rows(NAMES, ROWS)
    assert repr(batch) == "FeatureBatch(n_rows=3, n_features=3)"


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_date_times_of_an_array_never_become_numbers(unit: str) -> None:
    column = np.array(["2026-01-31T09:30:00", "NaT"], dtype=f"M8[{unit}]")
    ((value,), (missing,)) = FeatureBatch.from_columns(("at",), [column]).rows()
    assert value == column[0]
    assert isinstance(value, np.datetime64 if unit == "ns" else dt.datetime)
    assert missing is None


def test_tensors_of_an_array_become_nested_lists() -> None:
    batch = FeatureBatch.from_columns(("v",), [np.array([[1.5, 2.0], [3.0, 4.0]])])
    assert batch.rows() == [([1.5, 2.0],), ([3.0, 4.0],)]
    assert batch.take([1]).rows() == [([3.0, 4.0],)]
