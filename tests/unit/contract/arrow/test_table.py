from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.arrow.table import as_table, column_values, is_table, training_frame
from headway.contract.columns import ColumnChecker
from headway.contract.notices import Notices
from headway.core.dictionary import DictionaryColumn
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.errors import InvalidInputError
from unit.contract.arrow.tables import INTEGER_TYPES, STRING_TYPES, columns
from unit.contract.strategies import contract_of, feature, features, scalars

if TYPE_CHECKING:
    from headway.contract.model import Contract


def column(values: list[Any], type_: Any = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, type_)])


def verdict(contract: Contract, values: Any) -> Any:
    notices = Notices(contract)
    try:
        batch = ColumnChecker(contract).check_columns({"only": values}, notices)
        return batch.rows(), notices.counts, notices.listed()
    except InvalidInputError as error:
        return [(v.row, v.field, v.rule, v.message, v.hint) for v in error.violations], error.total


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_column_is_judged_as_its_values_are(data: st.DataObject) -> None:
    contract = contract_of(data.draw(features("only", sorted(PLAIN_DTYPES))))
    given_column = data.draw(columns(contract.features[0]))
    expected = verdict(contract, given_column.to_pylist())
    assert verdict(contract, column_values(given_column)) == expected


def test_tables_and_batches_are_told_apart_from_others() -> None:
    batch = pa.record_batch({"a": [1, 2]})
    assert is_table(batch)
    assert is_table(as_table(batch))
    assert as_table(batch).to_pydict() == {"a": [1, 2]}
    for other in (batch["a"], {"a": [1]}, np.ones((2, 2)), None, pa.Table):
        assert not is_table(other)


@pytest.mark.parametrize("type_", [*INTEGER_TYPES, pa.float16(), pa.float32(), pa.float64()])
def test_numbers_have_the_words_of_numpy(type_: pa.DataType) -> None:
    (read,) = training_frame(pa.table({"a": pa.array([1, None], type_)})).columns
    assert np.dtype(read.storage) == type_.to_pandas_dtype()
    assert scalars(read.values) == [1, None]
    assert read.holds_none


@pytest.mark.parametrize("type_", STRING_TYPES)
@pytest.mark.parametrize("is_encoded", [True, False])
@pytest.mark.parametrize("n_chunks", [0, 1, 2])
def test_strings_become_objects_once(type_: Any, is_encoded: bool, n_chunks: int) -> None:
    array = pa.array(["b", None, "a", "b"], type_)
    array = array.dictionary_encode() if is_encoded else array
    values = column_values(pa.chunked_array([array] * n_chunks, array.type))
    assert isinstance(values, DictionaryColumn)
    assert sorted(values.values) == (["a", "b"] if n_chunks else [])
    assert values.tolist() == ["b", None, "a", "b"] * n_chunks


def test_a_dictionary_may_hold_null_a_value_twice_and_more_than_there_are_rows() -> None:
    words = pa.array(["a", None, "a", "unused"])
    for type_ in STRING_TYPES:
        dictionary = words.cast(type_)
        for codes in ([0, 1, 2, None, 0], [2, 1], [None]):
            array = pa.DictionaryArray.from_arrays(pa.array(codes, "uint16"), dictionary)
            values = column_values(pa.chunked_array([array]))
            assert isinstance(values, DictionaryColumn)
            expected = [None if code in {None, 1} else "a" for code in codes]
            assert values.tolist() == expected
            assert len(set(values.values)) == len(values.values)


def test_chunks_whose_dictionaries_do_not_fit_into_one_are_joined() -> None:
    chunks = [
        pa.DictionaryArray.from_arrays(
            pa.array(range(100), "int8"), pa.array([f"{word}{i}" for i in range(100)])
        )
        for word in "ab"
    ]
    values = column_values(pa.chunked_array(chunks))
    assert isinstance(values, DictionaryColumn)
    assert values.tolist() == [f"{word}{i}" for word in "ab" for i in range(100)]


def test_a_dictionary_of_numbers_is_a_column_of_numbers() -> None:
    assert scalars(column_values(column([1, None, 1]).dictionary_encode())) == [1, None, 1]
    assert scalars(column_values(column([1.5, 1.5]).dictionary_encode())) == [1.5, 1.5]


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        ([[1, 2], None], pa.list_view(pa.int64())),
        ([["a"], None], pa.list_(pa.string())),
        ([{"a": 1}, None], pa.struct({"a": pa.int64()})),
        ([b"x", None], pa.binary()),
        ([b"x", None], pa.dictionary(pa.int8(), pa.binary())),
        ([1, None], pa.duration("s")),
    ],
)
@pytest.mark.parametrize("dtype", DType)
def test_what_no_feature_can_be_is_named_by_its_type(values: Any, type_: Any, dtype: DType) -> None:
    array = pa.array(values, type_)
    contract = contract_of(feature("only", dtype))
    listed, total = verdict(contract, column_values(pa.chunked_array([array])))
    assert [(row, rule) for row, _, rule, _, _ in listed] == [(0, "type"), (1, "null")]
    assert total == 2
    assert str(type_)[:50] in listed[0][3]
