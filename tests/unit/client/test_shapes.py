"""Answers have the type that the rows had."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import polars.testing
import pyarrow as pa
import pytest

from headway.client.shapes import (
    ArrayShape,
    ArrowShape,
    PandasShape,
    PlainShape,
    PolarsShape,
)

LABELS = ["good", "bad"]
SHARES = [[0.25, 0.75], [0.5, 0.5]]
CLASSES = ("bad", "good")
INDEX = pd.Index(["x", "y"], name="id")


@pytest.mark.parametrize("values", ["good", 1, LABELS, SHARES, []])
def test_plain_answers_stay_as_they_came(values: Any) -> None:
    assert PlainShape().restore(values, CLASSES, "prediction") is values


@pytest.mark.parametrize("values", [[1, 2], SHARES, LABELS, []])
def test_an_array_gets_an_array(values: list[Any]) -> None:
    answers = ArrayShape(np.zeros((2, 3))).restore(values, (), "prediction")
    assert isinstance(answers, np.ndarray)
    assert answers.tolist() == values


class TestPandas:
    def test_labels_are_a_series_with_the_index(self) -> None:
        answers = PandasShape(INDEX).restore(LABELS, (), "prediction")
        pd.testing.assert_series_equal(answers, pd.Series(LABELS, INDEX, name="prediction"))

    def test_probabilities_are_a_frame_by_class_with_the_index(self) -> None:
        answers = PandasShape(INDEX).restore(SHARES, CLASSES, "probability")
        pd.testing.assert_frame_equal(answers, pd.DataFrame(SHARES, INDEX, columns=CLASSES))

    def test_several_outputs_are_numbered(self) -> None:
        answers = PandasShape(INDEX).restore(SHARES, (), "prediction")
        assert list(answers.columns) == [0, 1]

    def test_an_index_of_several_levels_is_kept(self) -> None:
        index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", "n"])
        assert PandasShape(index).restore(LABELS, (), "p").index.equals(index)

    def test_no_rows_get_no_answers(self) -> None:
        assert len(PandasShape(INDEX[:0]).restore([], (), "prediction")) == 0


class TestPolars:
    def test_labels_are_a_series(self) -> None:
        answers = PolarsShape().restore(LABELS, (), "prediction")
        polars.testing.assert_series_equal(answers, pl.Series("prediction", LABELS))

    @pytest.mark.parametrize(
        ("columns", "names"), [(CLASSES, ["bad", "good"]), ((0, 1), ["0", "1"]), ((), ["0", "1"])]
    )
    def test_probabilities_are_a_frame_by_class(self, columns: Any, names: list[str]) -> None:
        answers = PolarsShape().restore(SHARES, columns, "probability")
        expected = pl.DataFrame({names[0]: [0.25, 0.5], names[1]: [0.75, 0.5]})
        polars.testing.assert_frame_equal(answers, expected)

    def test_whole_and_broken_numbers_go_together(self) -> None:
        assert PolarsShape().restore([1, 2.5], (), "p").to_list() == [1.0, 2.5]

    def test_no_rows_get_no_answers(self) -> None:
        assert PolarsShape().restore([], (), "prediction").len() == 0


class TestArrow:
    @pytest.mark.parametrize(
        ("is_batch", "column", "table"),
        [(False, pa.ChunkedArray, pa.Table), (True, pa.Array, pa.RecordBatch)],
    )
    def test_answers_are_columns_and_tables(self, is_batch: bool, column: Any, table: Any) -> None:
        labels = ArrowShape(is_batch).restore(LABELS, (), "prediction")
        assert isinstance(labels, column)
        assert labels.to_pylist() == LABELS
        shares = ArrowShape(is_batch).restore(SHARES, CLASSES, "probability")
        assert isinstance(shares, table)
        assert shares.to_pydict() == {"bad": [0.25, 0.5], "good": [0.75, 0.5]}

    def test_no_rows_get_no_answers(self) -> None:
        assert len(ArrowShape(is_batch=False).restore([], (), "prediction")) == 0
