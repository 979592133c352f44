from __future__ import annotations

import numpy as np

from headway.contract import truth
from headway.contract.operands import applied, constant, feature_values, joined, negated

ROWS = [(1.5, "a", True), (None, None, None), (3, "b", False)]
COLUMNS = [[1.5, None, 3], ["a", None, "b"], [True, None, False]]


def test_a_feature_gives_its_values_by_row_and_by_column() -> None:
    number, text, flag = (
        feature_values("number", 0),
        feature_values("string", 1),
        feature_values("boolean", 2),
    )
    assert [number.of_row(row) for row in ROWS] == [1.5, None, 3.0]
    assert [text.of_row(row) for row in ROWS] == ["a", None, "b"]
    assert [flag.of_row(row) for row in ROWS] == [truth.TRUE, truth.MISSING, truth.FALSE]
    assert number.of_columns(COLUMNS).is_missing.tolist() == [False, True, False]
    assert text.of_columns(COLUMNS).values.tolist() == ["a", None, "b"]
    assert flag.of_columns(COLUMNS).tolist() == [truth.TRUE, truth.MISSING, truth.FALSE]


def test_arrays_are_read_as_lists_are() -> None:
    number = feature_values("number", 0)
    for array in (np.array([1, 2]), np.array([1.0, np.nan]), np.array([1, 2], dtype="f4")):
        read = number.of_columns([array])
        assert read.values.dtype == np.float64
        assert read.is_missing.tolist() == np.isnan(array).tolist()
    flag = feature_values("boolean", 0)
    assert flag.of_columns([np.array([True, False])]).tolist() == [1, 0]


def test_constants_stand_for_every_row() -> None:
    above = applied(
        "boolean",
        truth.comparison(lambda left, right: left > right),
        [feature_values("number", 0), constant("number", 2.0)],
    )
    both = joined(truth.AND, [above, constant("boolean", True)])
    assert [both.of_row(row) for row in ROWS] == [0, 2, 1]
    assert both.of_columns(COLUMNS).tolist() == [0, 2, 1]
    assert [negated(both).of_row(row) for row in ROWS] == [1, 2, 0]
    assert negated(both).of_columns(COLUMNS).tolist() == [1, 2, 0]
