from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.dictionary import DictionaryColumn

columns = st.lists(st.none() | st.sampled_from(["car", "tv", "", "a"]), max_size=12)


@st.composite
def dictionary_columns(draw: st.DrawFn) -> DictionaryColumn:
    """Draw a column that may have values that no row has."""
    values = draw(st.lists(st.text(max_size=2), unique=True, max_size=4))
    codes = draw(st.lists(st.integers(-1, len(values) - 1), max_size=12))
    return DictionaryColumn(np.array(codes, dtype=draw(st.sampled_from(["i1", "i8"]))), values)


@given(columns)
def test_what_goes_in_comes_out(values: list[str | None]) -> None:
    column = DictionaryColumn.of(values)
    assert column.tolist() == list(column) == values
    assert [column[i] for i in range(len(column))] == values
    assert len(column) == len(values)
    assert column.is_missing.tolist() == [value is None for value in values]
    assert column.values == list(dict.fromkeys(v for v in values if v is not None))


@given(dictionary_columns())
def test_a_compact_column_has_the_same_rows_and_no_unused_value(column: DictionaryColumn) -> None:
    compact = column.compact()
    assert compact.tolist() == column.tolist()
    assert set(compact.values) == set(column.tolist()) - {None}


@given(dictionary_columns(), st.data())
def test_taking_rows_is_indexing(column: DictionaryColumn, data: st.DataObject) -> None:
    last = len(column) - 1
    rows = data.draw(st.lists(st.integers(0, last), max_size=5)) if last >= 0 else []
    taken = column.take(np.array(rows, dtype=np.intp))
    assert taken.tolist() == [column[i] for i in rows]
    assert len(taken.values) <= max(len(rows), len(column.values))


@given(dictionary_columns())
def test_a_function_is_asked_once_for_each_value_that_a_row_has(column: DictionaryColumn) -> None:
    asked: list[Any] = []

    def length(value: Any) -> float:
        asked.append(value)
        return -1.0 if value is None else float(len(value))

    mapped = column.mapped(length)
    assert len(asked) == len(set(asked))
    assert set(asked) == set(column.tolist())
    assert mapped.tolist() == [-1.0 if v is None else len(v) for v in column.tolist()]


def test_few_rows_of_a_large_dictionary_do_not_carry_it_along() -> None:
    column = DictionaryColumn.of([f"row {i}" for i in range(1_000)])
    taken = column.take(np.array([3, 5]))
    assert taken.values == ["row 3", "row 5"]


@pytest.mark.parametrize("dtype", [np.int8, np.int64])
def test_a_table_is_looked_up_and_missing_is_its_last_entry(dtype: Any) -> None:
    column = DictionaryColumn(np.array([1, -1, 0], dtype=dtype), ["a", "b"])
    assert column.looked_up([10, 20, 0], np.float64).tolist() == [20.0, 0.0, 10.0]


def test_it_says_how_large_it_is_and_none_of_its_values() -> None:
    assert repr(DictionaryColumn.of(["secret", None])) == "DictionaryColumn(n_rows=2, n_values=1)"


def test_missing_is_known_before_and_after_compacting_and_renaming() -> None:
    for codes, has_missing in (([0, -1, 2], True), ([0, 2, 2], False)):
        column = DictionaryColumn(np.array(codes, dtype=np.int8), ["a", "b", "c"])
        compact = column.compact()
        renamed = compact.renamed(["x", "y"])
        assert column.has_missing == compact.has_missing == renamed.has_missing == has_missing
        assert renamed.tolist() == [{0: "x", 2: "y"}.get(code) for code in codes]
        assert renamed.compact() is renamed
