from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from headway.contract.bounds import type_range
from headway.contract.columns import ColumnChecker
from headway.contract.infer import infer_contract
from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dictionary import DictionaryColumn
from headway.core.dtypes import DType, Task
from headway.errors import InvalidInputError
from headway.runtimes.pandas import PandasBuilder

TRAINING = {
    "float64": (DType.FLOAT, pd.Series([1.5, None, -2.0])),
    "float32": (DType.FLOAT, pd.Series([1.5, None, -2.0], dtype="float32")),
    "int64": (DType.INTEGER, pd.Series([1, 2, 2**53 + 1])),
    "int8": (DType.INTEGER, pd.Series([1, 2, 3], dtype="int8")),
    "bool": (DType.BOOLEAN, pd.Series([True, False, True])),
    "str": (DType.STRING, pd.Series(["a", None, "b"], dtype="str")),
    "object": (DType.STRING, pd.Series(["a", np.nan, "b"], dtype="object")),
    "category": (DType.STRING, pd.Series(["a", None, "b"], dtype=pd.CategoricalDtype(["b", "a"]))),
    "Int64": (DType.INTEGER, pd.Series([1, None, 2**53 + 1], dtype="Int64")),
    "Float64": (DType.FLOAT, pd.Series([1.5, None, 2.0], dtype="Float64")),
    "boolean": (DType.BOOLEAN, pd.Series([True, None, False], dtype="boolean")),
    "string": (DType.STRING, pd.Series(["a", None, "b"], dtype="string")),
}


def feature(name, dtype, series):
    categories = tuple(series.cat.categories) if str(series.dtype) == "category" else None
    return Feature(
        name, dtype, nullable=True, storage=str(series.dtype), storage_categories=categories
    )


def scalars(series):
    return [None if pd.isna(value) else value for value in series.tolist()]


@pytest.mark.parametrize("storage", TRAINING)
def test_a_column_comes_back_as_the_training_frame_held_it(storage):
    dtype, series = TRAINING[storage]
    contract = Contract((feature("c", dtype, series),), Output(Task.OTHER))
    expected = series.to_frame("c")
    builder = PandasBuilder(contract)
    by_row = builder.build(FeatureBatch.from_rows(("c",), [(value,) for value in scalars(series)]))
    pd.testing.assert_frame_equal(by_row, expected)
    by_column = builder.build(FeatureBatch.from_columns(("c",), [scalars(series)]))
    pd.testing.assert_frame_equal(by_column, expected)


@pytest.mark.parametrize("missing", [None, np.nan])
def test_an_object_column_has_the_missing_value_that_it_had_in_training(missing):
    training = pd.DataFrame({"c": pd.Series(["a", missing, "b"], dtype="object")})
    contract = infer_contract(training, Output(Task.OTHER)).contract
    frame = PandasBuilder(contract).build(FeatureBatch.from_rows(("c",), [("b",), (None,)]))
    (value,) = frame["c"].tolist()[1:]
    assert value is missing or value != value  # noqa: PLR0124
    assert (value is None) == (missing is None)


def test_typed_arrays_are_taken_as_they_are():
    contract = Contract(
        (Feature("a", DType.FLOAT, nullable=True, storage="float64"),
         Feature("b", DType.INTEGER, nullable=False, storage="int64")), Output(Task.OTHER)
    )  # fmt: skip
    columns = [np.array([1.0, np.nan]), np.array([1, 2])]
    frame = PandasBuilder(contract).build(FeatureBatch.from_columns(("a", "b"), columns))
    pd.testing.assert_frame_equal(frame, pd.DataFrame({"a": [1.0, np.nan], "b": [1, 2]}))


def test_an_integral_float_reaches_an_integer_column_as_an_integer():
    contract = Contract(
        (Feature("a", DType.INTEGER, nullable=False, storage="int64"),), Output(Task.OTHER)
    )
    frame = PandasBuilder(contract).build(FeatureBatch.from_rows(("a",), [(5.0,), (7,)]))
    pd.testing.assert_frame_equal(frame, pd.DataFrame({"a": [5, 7]}))


@pytest.mark.parametrize(
    "storage",
    [
        "int8",
        "uint8",
        "int16",
        "uint32",
        "uint64",
        "Int8",
        "UInt16",
        "float16",
        "float32",
        "Float32",
    ],
)
def test_every_number_that_the_contract_takes_reaches_the_column_and_no_other(storage):
    dtype = DType.FLOAT if "float" in storage.lower() else DType.INTEGER
    one = Feature("a", dtype, nullable=False, storage=storage)
    contract = Contract((one,), Output(Task.OTHER))
    checker, builder = ColumnChecker(contract), PandasBuilder(contract)
    least, greatest = type_range(dtype, storage)
    for values in ([least, greatest], np.array([least, greatest])):
        frame = builder.build(checker.check_columns({"a": values}))
        assert str(frame["a"].dtype) == storage
        held = frame["a"].to_numpy(dtype=np.float64 if dtype is DType.FLOAT else np.int64)
        np.testing.assert_allclose(held.tolist(), [least, greatest], rtol=1e-3)
    for beyond in (least * 2 - 1, greatest * 2 + 1):
        with pytest.raises(InvalidInputError) as caught:
            checker.check_columns({"a": [beyond]})
        assert [violation.rule for violation in caught.value.violations] == ["type"]


def test_a_value_outside_of_the_categories_is_missing_as_it_was_to_the_model():
    dtype, series = TRAINING["category"]
    contract = Contract((feature("c", dtype, series),), Output(Task.OTHER))
    frame = PandasBuilder(contract).build(FeatureBatch.from_rows(("c",), [("unseen",), ("a",)]))
    assert frame["c"].isna().tolist() == [True, False]


def test_a_model_without_names_is_given_an_array():
    features = tuple(
        Feature(f"x{i}", DType.FLOAT, nullable=True, storage="float64") for i in range(3)
    )
    contract = Contract(features, Output(Task.OTHER), layout="array")
    array = PandasBuilder(contract).build(FeatureBatch.from_rows(contract.names, [(1, 2.5, None)]))
    np.testing.assert_array_equal(array, np.array([[1, 2.5, np.nan]]))


@pytest.mark.parametrize(
    ("categories", "values", "expected"),
    [
        (("b", "a"), ["a", None, "boat", "b"], ["a", None, None, "b"]),
        ((3, 1), [1, None, 2, 3.0], [1, None, None, 3]),
        ((True, False), [False, None, True], [False, None, True]),
    ],
)
def test_a_dictionary_column_becomes_the_categories_that_a_list_becomes(
    categories: tuple[Any, ...], values: list[Any], expected: list[Any]
) -> None:
    dtype = pd.CategoricalDtype(list(categories))
    frame = pd.DataFrame({"a": pd.Categorical(list(categories), dtype=dtype)})
    contract = infer_contract(frame, Output(task=Task.OTHER)).contract
    for column in (values, DictionaryColumn.of(values)):
        built = PandasBuilder(contract).build(FeatureBatch.from_columns(("a",), [column]))
        assert isinstance(built, pd.DataFrame)
        assert built["a"].dtype == dtype
        assert [None if pd.isna(v) else v for v in built["a"]] == expected
