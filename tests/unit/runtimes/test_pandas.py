from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from headway.contract.bounds import type_range
from headway.contract.columns import ColumnChecker
from headway.contract.frame import read_training_frame
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


INSTANTS = pd.to_datetime(["2026-03-29 00:30", "2026-10-25 00:30", None, "1970-01-01 00:00"])
OBJECTS = {
    "decimal": pd.Series([Decimal("19.90"), None, Decimal("-1E+3")], dtype=object),
    "decimal with NaN": pd.Series([Decimal("19.90"), np.nan], dtype=object),
    "date": pd.Series([dt.date(2026, 1, 31), None], dtype=object),
    "time": pd.Series([dt.time(9, 30, 0, 5), None], dtype=object),
    "time in UTC": pd.Series([dt.time(9, 30, tzinfo=dt.UTC)], dtype=object),
    "datetime objects": pd.Series([dt.datetime(2026, 1, 31, 9), None], dtype=object),
    "datetime objects in UTC": pd.Series(
        [dt.datetime(2026, 1, 31, 9, tzinfo=dt.UTC)], dtype=object
    ),
    **{
        f"datetime64[{unit}]": pd.Series(INSTANTS.as_unit(unit)) for unit in ("s", "ms", "us", "ns")
    },
    **{
        f"datetime64[{unit}, {zone}]": pd.Series(
            INSTANTS.as_unit(unit).tz_localize("UTC").tz_convert(zone)
        )
        for unit in ("s", "ns")
        for zone in ("UTC", "Europe/Berlin", dt.timezone(dt.timedelta(hours=-3, minutes=-30)))
    },
    "vectors": pd.Series([np.array([1.5, 2]), None, np.array([3.0, 4])], dtype=object),
    "matrices": pd.Series(list(np.ones((3, 2, 2), dtype="i2")), dtype=object),
    "lists": pd.Series([[1, 2], None, [3, 4]], dtype=object),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_a_column_of_another_type_comes_back_through_its_contract(name):
    series = OBJECTS[name]
    frame = series.to_frame("c")
    contract = infer_contract(frame, Output(Task.OTHER)).contract
    (column,) = read_training_frame(frame).columns
    batch = ColumnChecker(contract).check_columns({"c": column.values})
    for given in (batch, FeatureBatch.from_rows(batch.names, batch.rows())):
        (rebuilt,) = (built for _, built in PandasBuilder(contract).build(given).items())
        assert rebuilt.dtype == series.dtype
        for value, expected in zip(rebuilt, series, strict=True):
            assert type(value) is type(expected)
            if isinstance(expected, list):
                assert value == expected
            elif isinstance(expected, np.ndarray):
                assert value.dtype == expected.dtype
                np.testing.assert_array_equal(value, expected)
            else:
                assert pd.isna(value) if pd.isna(expected) else value == expected


def test_tensors_that_came_as_one_array_become_cells():
    series = OBJECTS["matrices"]
    contract = infer_contract(series.to_frame("c"), Output(Task.OTHER)).contract
    batch = ColumnChecker(contract).check_columns({"c": np.stack(series.tolist()).astype(float)})
    cells = PandasBuilder(contract).build(batch)["c"].tolist()
    assert [cell.dtype for cell in cells] == [np.dtype("i2")] * 3


def test_categories_keep_their_order():
    series = pd.Series(["a", "b"], dtype=pd.CategoricalDtype(["b", "a"], ordered=True))
    contract = infer_contract(series.to_frame("c"), Output(Task.OTHER)).contract
    frame = PandasBuilder(contract).build(FeatureBatch.from_rows(("c",), [("a",), ("b",)]))
    pd.testing.assert_frame_equal(frame, series.to_frame("c"))


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


@pytest.mark.parametrize("storage", ["object", "str", "string"])
def test_a_model_of_texts_is_given_its_series(storage):
    texts = Feature("review", DType.STRING, nullable=False, storage=storage)
    contract = Contract((texts,), Output(Task.OTHER), layout="series")
    batch = FeatureBatch.from_rows(("review",), [("good",), ("bad",)])
    expected = pd.Series(["good", "bad"], name="review", dtype=storage)
    pd.testing.assert_series_equal(PandasBuilder(contract).build(batch), expected)
