from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headway.contract.columns import ColumnChecker
from headway.contract.frame_input import batch_from
from headway.contract.infer import infer_contract
from headway.contract.model import Constraints, Contract, Feature, Observed, Output
from headway.contract.text import is_valid_unicode
from headway.contract.values import python_scalar
from headway.core.dtypes import DType, Task
from headway.core.hashing import canonical_json
from headway.errors import TrainingDataError

OUTPUT = Output(task=Task.CLASSIFICATION, classes=("good", "bad"))


def inferred(data: Any) -> Contract:
    return infer_contract(data, OUTPUT).contract


def only_feature(values: Any) -> Feature:
    (feature,) = inferred(pd.DataFrame({"a": values})).features
    return feature


def test_a_contract_describes_the_frame() -> None:
    frame = pd.DataFrame({"age": [20, 30, 40], "purpose": ["car", None, "car"]})
    contract = inferred(frame)
    assert contract.names == ("age", "purpose")
    assert contract.output is OUTPUT
    assert contract.layout == "frame"
    assert contract.n_training_rows == 3
    assert contract.features[0] == Feature(
        name="age",
        dtype=DType.INTEGER,
        nullable=False,
        storage="int64",
        observed=Observed(minimum=20, maximum=40),
        example=30,
    )


@pytest.mark.parametrize(
    ("values", "dtype", "nullable"),
    [
        ([1.5, 2.5], DType.FLOAT, False),
        ([1.5, None], DType.FLOAT, True),
        ([1, 2], DType.INTEGER, False),
        ([True, False], DType.BOOLEAN, False),
        (["a", "b"], DType.STRING, False),
        (["a", None], DType.STRING, True),
        (pd.Series(["a", None], dtype=object), DType.STRING, True),
        (pd.Series(["a", None], dtype="string"), DType.STRING, True),
        (pd.Series(["a", None], dtype="category"), DType.STRING, True),
        (pd.Series([3, 1], dtype="category"), DType.INTEGER, False),
        (pd.Series([1, None], dtype="Int64"), DType.INTEGER, True),
        (pd.Series([1, 2], dtype="Int8"), DType.INTEGER, False),
        (pd.Series([1.5, None], dtype="Float64"), DType.FLOAT, True),
        (pd.Series([True, None], dtype="boolean"), DType.BOOLEAN, True),
        (pd.Series([True, None], dtype=object), DType.BOOLEAN, True),
        (pd.Series([1, 2.5], dtype=object), DType.FLOAT, False),
    ],
)
def test_types_and_nullability_are_learned(values: Any, dtype: DType, nullable: bool) -> None:
    feature = only_feature(values)
    assert feature.dtype is dtype
    assert feature.nullable is nullable
    assert feature.storage == str(pd.Series(values).dtype)
    assert feature.constraints == Constraints()


def test_ranges_and_missing_values_are_observed() -> None:
    observed = only_feature([3.0, None, -1.5, 2.0]).observed
    assert observed == Observed(minimum=-1.5, maximum=3.0, missing_ratio=0.25)


def test_categories_are_listed_most_frequent_first() -> None:
    observed = only_feature(["b", "a", "c", "c", None, "a"]).observed
    assert observed.categories == ("a", "c", "b")
    assert observed.n_categories == 3
    assert only_feature([True, False, False]).observed.categories == (False, True)


@pytest.mark.parametrize(("n_categories", "kept"), [(1_000, True), (1_001, False)])
def test_too_many_categories_are_only_counted(n_categories: int, kept: bool) -> None:
    observed = only_feature([f"v{i}" for i in range(n_categories)] * 3).observed
    assert observed.n_categories == n_categories
    assert (observed.categories is not None) is kept


@pytest.mark.parametrize(("n_values", "kept"), [(50, True), (51, False)])
def test_values_that_are_each_somebodys_own_are_no_categories(n_values: int, kept: bool) -> None:
    observed = only_feature([f"a sentence, number {i}" for i in range(n_values)]).observed
    assert observed.n_categories == n_values
    assert (observed.categories is not None) is kept


def test_categories_of_the_storage_are_kept_in_their_order() -> None:
    sizes = pd.Categorical(["small", "large"], categories=["small", "medium", "large"])
    feature = only_feature(sizes)
    assert feature.storage_categories == ("small", "medium", "large")
    assert feature.observed.categories == ("large", "small")


@pytest.mark.parametrize(
    ("values", "example"),
    [
        ([5.0, 1.0, 100.0], 5.0),
        ([4, 1, 2, 3], 2),
        (["b", "a", "b"], "b"),
        ([False, True, True], True),
        ([7.0, None], 7.0),
    ],
)
def test_an_example_is_a_real_and_typical_value(values: Any, example: Any) -> None:
    feature = only_feature(values)
    assert feature.example == example
    assert type(feature.example) is type(example)


def test_an_array_has_names_by_position() -> None:
    contract = inferred(np.array([[1.0, 2.0], [3.0, np.nan]]))
    assert contract.names == ("x0", "x1")
    assert contract.layout == "array"
    assert [feature.nullable for feature in contract.features] == [False, True]


def test_an_array_takes_given_names() -> None:
    contract = infer_contract(np.eye(2), OUTPUT, feature_names=np.array(["a", "b"])).contract
    assert contract.names == ("a", "b")
    assert all(type(name) is str for name in contract.names)


def test_columns_of_an_object_array_have_types_of_their_own() -> None:
    contract = inferred(np.array([[1, "a", None], [2, "b", 1.5]], dtype=object))
    dtypes = [feature.dtype for feature in contract.features]
    assert dtypes == [DType.INTEGER, DType.STRING, DType.FLOAT]


def test_constant_columns_are_learned_with_a_warning() -> None:
    frame = pd.DataFrame({"a": [1.0, 1.0], "b": ["x", "x"], "c": [1, 2], "d": [1.0, None]})
    warnings = infer_contract(frame, OUTPUT).warnings
    assert [warning.split("`")[1] for warning in warnings] == ["a", "b"]


def test_infinities_are_left_out_of_the_range_with_a_warning() -> None:
    learned = infer_contract(pd.DataFrame({"a": [1.0, np.inf, 2.0, -np.inf]}), OUTPUT)
    assert learned.contract.features[0].observed == Observed(minimum=1.0, maximum=2.0)
    assert "2 infinite values" in learned.warnings[0]
    canonical_json(msgspec.to_builtins(learned.contract))


def test_a_column_of_infinities_has_no_range() -> None:
    learned = infer_contract(pd.DataFrame({"a": [np.inf, -np.inf]}), OUTPUT)
    assert learned.contract.features[0].observed == Observed()
    assert learned.contract.features[0].example is None


def test_every_problem_is_named_at_once() -> None:
    frame = pd.DataFrame(
        {
            "empty": [None, None],
            "nan": [np.nan, np.nan],
            "mixed": [1, "x"],
            "when": pd.to_timedelta([1, 2]),
            "complex": [1j, 2j],
            "nested": [[1], [2, 3]],
            "good": [1, 2],
            0: [1, 2],
            " ": [1, 2],
        }
    )
    with pytest.raises(TrainingDataError) as caught:
        inferred(frame)
    message, hint = caught.value.message, caught.value.hint
    assert "columns with no value at all: `empty` (object), `nan` (float64)" in message
    assert "columns with mixed types: `mixed` (object)" in message
    assert "`when` (timedelta64[" in message
    assert "`complex` (complex128)" in message
    assert "vectors of different shapes, (1,) and (2,) among them: `nested` (object)" in message
    assert "columns whose names are no strings: `0` (int64)" in message
    assert "columns without a readable name" in message
    assert "good" not in message
    assert hint is not None
    assert "X.to_numpy()" in hint


def test_columns_that_share_a_name_are_refused() -> None:
    with pytest.raises(TrainingDataError, match=r"share a name: `a` \(int64\), `a` \(int64\)"):
        inferred(pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"]))
    with pytest.raises(TrainingDataError, match="share a name"):
        infer_contract(np.eye(2), OUTPUT, feature_names=["a", "a"])


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (pd.DataFrame(), "no columns; it has no rows"),
        (pd.DataFrame({"a": []}), "it has no rows"),
        (pd.DataFrame(index=[0, 1]), "it has no columns"),
        (np.ones((0, 2)), "it has no rows"),
        (np.ones((2, 0)), "it has no columns"),
    ],
)
def test_an_empty_frame_is_refused(data: Any, fault: str) -> None:
    with pytest.raises(TrainingDataError, match=fault):
        inferred(data)


COLUMNS = st.sampled_from(
    [
        st.floats(allow_infinity=False, width=64),
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
        st.text(st.characters(codec="utf-8"), max_size=5),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_contract_accepts_the_rows_that_it_was_learned_from(data: st.DataObject) -> None:
    n_rows = data.draw(st.integers(1, 5))
    frame = {}
    for name in data.draw(st.lists(st.sampled_from("abcde"), min_size=1, unique=True)):
        cell = data.draw(COLUMNS) | st.none() if data.draw(st.booleans()) else data.draw(COLUMNS)
        column = data.draw(st.lists(cell, min_size=n_rows, max_size=n_rows))
        if any(value is not None and value == value for value in column):  # noqa: PLR0124
            frame[name] = pd.Series(column, dtype=object)
    if not frame:
        return
    contract = inferred(pd.DataFrame(frame))
    rows = batch_from(contract, pd.DataFrame(frame)).rows()
    for feature, column in zip(contract.features, zip(*rows, strict=True), strict=True):
        assert feature.nullable == (None in column)
        assert feature.example in column
    ColumnChecker(contract).check_rows(list(rows))


def test_other_types_are_learned_with_their_shape_zone_and_range() -> None:
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-01-31 10:00", None, "2026-02-01 10:00"]).tz_localize(
                "Etc/GMT-1"
            ),
            "price": [Decimal("1.50"), Decimal(2), None],
            "v": list(np.arange(6, dtype="f4").reshape(3, 2)),
            "l": [[1], [2], [3]],
        }
    )
    at, price, v, lists = inferred(frame).features
    assert (at.dtype, at.is_zoned, at.nullable) == (DType.DATETIME, True, True)
    assert (at.observed.minimum, at.observed.maximum) == (
        "2026-01-31T09:00:00Z",
        "2026-02-01T09:00:00Z",
    )
    assert (price.dtype, price.example, price.observed.maximum) == (DType.DECIMAL, "1.50", "2")
    assert (v.shape, v.element, v.holds_lists, v.example) == ((2,), "float32", False, [0.0, 1.0])
    assert (lists.shape, lists.element, lists.holds_lists) == ((1,), "int64", True)
    assert v.observed.maximum == 5.0


def test_text_of_any_length_stays_a_string_and_its_lengths_are_kept() -> None:
    words = ["ab", "straße", "x" * 5_000, *map(str, range(10_000, 12_000))]
    (text,) = inferred(pd.DataFrame({"t": words})).features
    assert text.dtype is DType.STRING
    assert text.observed.categories is None
    assert (text.observed.min_length, text.observed.max_length) == (2, 5_000)


def test_values_that_no_request_can_send_are_warned_of() -> None:
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime([1, 2_000], unit="ns"),
            "v": [np.array([np.nan]), np.array([1.0])],
            "price": [Decimal("Infinity"), Decimal(1)],
        }
    )
    warnings = infer_contract(frame, OUTPUT).warnings
    assert len(warnings) == 3
    assert all("has 1 values that no request can send" in warning for warning in warnings)


POOLS: tuple[tuple[Any, ...], ...] = (
    ("b", "a", "ab", "", None, float("nan"), pd.NA, np.str_("a")),
    (True, False, None, np.bool_(True)),
    (1, 2, -3, 2**53 + 1, None, np.int8(3)),
    (2**63, 1),
    (1.5, 0.0, -0.0, float("nan"), None, float("inf"), np.float32(1.5)),
    (1, 1.5, None),
    (True, 1, "1", 1.5, None),
    ("a", "\ud800"),
)
STORAGES = ("object", "str", "string", "category", "Int64", "UInt8", "Float32", "boolean", "int8")


def told_value_by_value(values: list[Any]) -> Any:
    """Say what a column teaches, one Python value after the other; `None` where it is refused."""
    present = [v for v in map(python_scalar, values) if v is not None and v is not pd.NA]
    kinds = {str if isinstance(v, str) else type(v) for v in present}
    dtype = {
        frozenset({bool}): DType.BOOLEAN,
        frozenset({int}): DType.INTEGER,
        frozenset({float}): DType.FLOAT,
        frozenset({int, float}): DType.FLOAT,
        frozenset({str}): DType.STRING,
    }.get(frozenset(kinds))
    if dtype is None or not all(map(is_usable, present)):
        return None
    missing_ratio = (len(values) - len(present)) / len(values)
    if dtype in (DType.FLOAT, DType.INTEGER):
        finite = sorted(v for v in present if abs(v) != float("inf"))
        ends = (float(finite[0]), float(finite[-1])) if finite else (None, None)
        example = finite[(len(finite) - 1) // 2] if finite else None
        return dtype, missing_ratio, ends, None, example
    counts = {value: present.count(value) for value in present}
    categories = tuple(sorted(counts, key=lambda value: (-counts[value], value)))
    return dtype, missing_ratio, (None, None), categories, categories[0]


def is_usable(value: Any) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not isinstance(value, str) or is_valid_unicode(value)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_column_teaches_what_its_values_do(data: st.DataObject) -> None:
    pool = data.draw(st.sampled_from(POOLS))
    values = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=8))
    storage = data.draw(st.sampled_from(STORAGES))
    try:
        series = pd.Series(values, dtype=storage)
    except (TypeError, ValueError, OverflowError, RuntimeWarning):
        assume(False)
    told = told_value_by_value(series.tolist() if storage != "object" else values)
    try:
        feature = only_feature(series)
    except TrainingDataError:
        assert told is None
        return
    observed = feature.observed
    ends = (observed.minimum, observed.maximum)
    found = (feature.dtype, observed.missing_ratio, ends, observed.categories, feature.example)
    assert found == told
