"""Rows of every kind become one of the documented bodies, and answers become the kind of the rows."""

from __future__ import annotations

import enum
import json
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.client.rows import encode_rows
from headway.errors import InvalidInputError, MalformedInputError

FRAME = pd.DataFrame({"age": [41, 23], "purpose": ["car", None]}, index=["x", "y"])


class Color(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("rows", "kind", "body"),
    [
        ({"age": 41, "purpose": "car"}, "row", {"features": {"age": 41, "purpose": "car"}}),
        ([1, 2.5, None, "a", True], "row", {"features": [1, 2.5, None, "a", True]}),
        ((1, 2), "row", {"features": [1, 2]}),
        (np.array([1.0, 2.0]), "row", {"features": [1.0, 2.0]}),
        (FRAME.iloc[0], "row", {"features": {"age": 41, "purpose": "car"}}),
        ([{"age": 1}, {"age": 2}], "rows", {"rows": [{"age": 1}, {"age": 2}]}),
        ([[1, 2], (3, 4)], "rows", {"rows": [[1, 2], [3, 4]]}),
        ([np.array([1, 2]), FRAME["age"]], "rows", {"rows": [[1, 2], {"x": 41, "y": 23}]}),
        ([], "rows", {"rows": []}),
        ({"age": [1, 2], "x": (3, 4)}, "rows", {"columns": {"age": [1, 2], "x": [3, 4]}}),
        ({"age": np.array([1, 2])}, "rows", {"columns": {"age": [1, 2]}}),
        (np.array([[1, 2], [3, 4]]), "array", {"rows": [[1, 2], [3, 4]]}),
        (FRAME, "frame", {"columns": {"age": [41, 23], "purpose": ["car", None]}}),
        (FRAME.iloc[:0], "frame", {"columns": {"age": [], "purpose": []}}),
    ],
)
def test_each_kind_of_rows_has_its_body(rows: Any, kind: str, body: dict[str, Any]) -> None:
    encoded = encode_rows(rows)
    assert encoded.kind == kind
    assert json.loads(encoded.body) == body


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (math.nan, None),
        (np.float64("nan"), None),
        (np.float32("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.int64(5), 5),
        (np.uint8(5), 5),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("car"), "car"),
        (np.array(3), 3),
        (Color.RED, "red"),
        (2**70, 2**70),
        ("\u00e9\u2028", "\u00e9\u2028"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda v: {"a": v}, lambda v: [v], lambda v: [{"a": v}]])
def test_a_value_is_sent_as_what_it_is(value: Any, sent: Any, wrap: Any) -> None:
    text = encode_rows(wrap(value)).body.decode()
    assert json.loads(text) in (
        {"features": {"a": sent}},
        {"features": [sent]},
        {"rows": [{"a": sent}]},
    )
    found = str(json.loads(text)).count(repr(sent))
    assert found == 1  # True is not sent as 1


@pytest.mark.parametrize(
    "value",
    [
        math.inf,
        -math.inf,
        np.float32("inf"),
        Decimal(1),
        b"x",
        pd.Timestamp(0),
        np.datetime64(0, "s"),
        1j,
        object(),
    ],
)
def test_a_value_that_json_does_not_have_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        encode_rows([{"age": 1, "x": 1}, {"age": value, "x": value}])
    assert [(v.row, v.field, v.rule) for v in caught.value.violations] == [
        (1, "age", "type"),
        (1, "x", "type"),
    ]


def test_an_infinity_in_a_frame_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInputError) as caught:
        encode_rows(pd.DataFrame({"a": [1.0, np.inf], "b": [np.nan, 2.0]}))
    assert [(v.row, v.field) for v in caught.value.violations] == [(1, "a")]


@pytest.mark.parametrize(
    "rows", ["text", b"bytes", 5, None, object(), np.zeros((2, 2, 2)), np.array(1)]
)
def test_what_holds_no_rows_is_refused(rows: Any) -> None:
    with pytest.raises(MalformedInputError, match="holds no rows"):
        encode_rows(rows)


def test_a_frame_with_two_columns_of_one_name_is_refused() -> None:
    with pytest.raises(MalformedInputError, match="several columns of one name"):
        encode_rows(pd.DataFrame([[1, 2]], columns=["a", "a"]))


@pytest.mark.parametrize(
    "dtype",
    ["float64", "Float64", "int64", "Int64", "bool", "boolean", "str", "object", "category"],
)
def test_a_frame_arrives_whatever_its_dtypes(dtype: str) -> None:
    values: list[Any] = ["a", "b"] if dtype in {"str", "object", "category"} else [1, 0]
    column = pd.Series(values, dtype=dtype)
    assert json.loads(encode_rows(column.to_frame("x")).body) == {"columns": {"x": values}}


class TestRestore:
    def test_one_row_gets_its_answer_as_it_is(self) -> None:
        assert encode_rows({"a": 1}).restore("good") == "good"

    def test_a_list_gets_a_list(self) -> None:
        assert encode_rows([{"a": 1}]).restore(["good"]) == ["good"]

    def test_a_frame_gets_a_series_with_its_index(self) -> None:
        answers = encode_rows(FRAME).restore(["good", "bad"])
        expected = pd.Series(["good", "bad"], index=["x", "y"], name="prediction")
        pd.testing.assert_series_equal(answers, expected)

    def test_a_frame_gets_a_frame_of_probabilities_by_class(self) -> None:
        answers = encode_rows(FRAME).restore([[0.25, 0.75], [0.5, 0.5]], ("bad", "good"))
        expected = pd.DataFrame(
            [[0.25, 0.75], [0.5, 0.5]], index=["x", "y"], columns=["bad", "good"]
        )
        pd.testing.assert_frame_equal(answers, expected)

    def test_an_empty_frame_gets_no_answers(self) -> None:
        assert len(encode_rows(FRAME.iloc[:0]).restore([])) == 0

    @pytest.mark.parametrize("values", [[1, 2], [[0.5, 0.5], [1.0, 0.0]], ["a", "b"]])
    def test_an_array_gets_an_array(self, values: list[Any]) -> None:
        answers = encode_rows(np.zeros((2, 3))).restore(values)
        assert isinstance(answers, np.ndarray)
        assert answers.tolist() == values


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False) | st.text()


@given(rows=st.lists(st.dictionaries(st.text(), scalars, min_size=1), min_size=1))
@settings(deadline=None, max_examples=100)
def test_rows_of_scalars_arrive_unchanged(rows: list[dict[str, Any]]) -> None:
    def without_nan(value: Any) -> Any:
        return None if isinstance(value, float) and math.isnan(value) else value

    sent = json.loads(encode_rows(rows).body)["rows"]
    assert sent == [{key: without_nan(value) for key, value in row.items()} for row in rows]
