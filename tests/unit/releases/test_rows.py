from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

from headway.contract.infer import infer_contract
from headway.contract.model import Constraints, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Task
from headway.errors import TrainingDataError
from headway.releases.rows import accepted, as_array, labelled_rows

FRAME = pd.DataFrame({"a": [1.0, 2.0, None], "s": ["x", "y", "z"]}, index=[10, 20, 30])
OUTPUT = Output(Task.OTHER)


@pytest.mark.parametrize(
    "labels",
    [
        ["n", "y", "n"],
        ("n", "y", "n"),
        np.array(["n", "y", "n"]),
        pd.Series(["n", "y", "n"], index=[5, 6, 7]),
        pd.DataFrame({"label": ["n", "y", "n"]}),
        np.array([["n"], ["y"], ["n"]]),
        pd.Categorical(["n", "y", "n"]),
    ],
)
def test_labels_of_any_kind_become_one_array(labels: Any) -> None:
    rows = labelled_rows(FRAME, labels)
    assert rows.classes() == ["n", "y", "n"]
    assert rows.n_rows == 3


@pytest.mark.parametrize("labels", [[1, 2], [1, 2, 3, 4], [], 7, "n"])
def test_another_number_of_labels_is_refused_with_both_numbers(labels: Any) -> None:
    with pytest.raises(TrainingDataError, match="the evaluation X has 3 rows and the evaluation y"):
        labelled_rows(FRAME, labels, what="evaluation ")


def test_x_that_has_no_rows_at_all_is_refused() -> None:
    with pytest.raises(TrainingDataError, match="the X is a `int`"):
        labelled_rows(3, [1])


def test_rows_without_labels_and_with_several_have_no_classes() -> None:
    assert labelled_rows(FRAME, None).classes() is None
    assert labelled_rows(FRAME, np.zeros((3, 2))).classes() is None


@pytest.mark.parametrize("data", [FRAME, FRAME[["a"]].to_numpy()])
def test_parts_and_picks_keep_rows_and_labels_together(data: Any) -> None:
    rows = labelled_rows(data, [7, 8, 9])
    tail = rows.part(1, None)
    assert (tail.n_rows, tail.classes()) == (2, [8, 9])
    picked = rows.take(np.array([2, 0]))
    assert (picked.n_rows, picked.classes()) == (2, [9, 7])
    assert type(picked.data) is type(data)
    assert picked.batch(["a"] if isinstance(data, np.ndarray) else None).n_rows == 2


def test_a_frame_of_numbers_becomes_the_array_that_it_is() -> None:
    rows = as_array(labelled_rows(pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}), None))
    assert isinstance(rows.data, np.ndarray)
    assert rows.names == ("a", "b")
    assert rows.batch().names == ("a", "b")
    assert rows.part(0, 1).batch().rows() == [(1.0, 0.5)]


def test_anything_else_stays_as_it_is() -> None:
    frame, array = labelled_rows(FRAME, None), labelled_rows(np.zeros((2, 2)), None)
    assert as_array(frame) is frame
    assert as_array(array) is array


def test_a_contract_accepts_the_rows_that_it_was_learned_from() -> None:
    contract = infer_contract(FRAME, OUTPUT).contract
    positions, batch = accepted(contract, labelled_rows(FRAME, None).batch())
    assert positions.tolist() == [0, 1, 2]
    assert batch.rows() == [(1.0, "x"), (2.0, "y"), (None, "z")]


def test_columns_in_another_order_are_put_in_order() -> None:
    contract = infer_contract(FRAME, OUTPUT).contract
    _, batch = accepted(contract, labelled_rows(FRAME[["s", "a"]], None).batch())
    assert batch.names == ("a", "s")
    assert batch.rows()[0] == (1.0, "x")


def test_rows_that_are_refused_are_left_out_and_the_others_keep_their_place() -> None:
    contract = infer_contract(FRAME, OUTPUT).contract
    strict = msgspec.structs.replace(contract.features[0], constraints=Constraints(ge=2.0))
    contract = msgspec.structs.replace(contract, features=(strict, contract.features[1]))
    other = pd.DataFrame({"s": ["x", "y", None, "z"], "a": [2.5, 1.0, 3.0, np.inf]})
    positions, batch = accepted(contract, labelled_rows(other, None).batch())
    assert positions.tolist() == [0]
    assert batch.rows() == [(2.5, "x")]


@pytest.mark.parametrize("names", [("a",), ("a", "t"), ("a", "s", "t")])
def test_other_columns_are_refused(names: tuple[str, ...]) -> None:
    contract = infer_contract(FRAME, OUTPUT).contract
    batch = FeatureBatch.from_columns(names, [[1.0] for _ in names])
    with pytest.raises(TrainingDataError, match="the model takes"):
        accepted(contract, batch)


def test_a_sparse_matrix_is_refused_with_the_way_out() -> None:
    with pytest.raises(TrainingDataError, match="sparse matrix") as caught:
        labelled_rows(scipy.sparse.csr_array(np.eye(3)), [0, 1, 2])
    assert "toarray" in str(caught.value.hint)


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_one_refused_row_leaves_the_other_date_times_what_they_are(unit: str) -> None:
    instants = pd.to_datetime(["2026-01-31", None, "2026-02-01"]).as_unit(unit)
    frame = pd.DataFrame(
        {
            "local": instants,
            "at": instants.tz_localize("UTC"),
            "v": [np.ones(2), None, np.zeros(2)],
            "n": [1, 2, 3],
        }
    )
    contract = infer_contract(frame, OUTPUT).contract
    _, whole = accepted(contract, labelled_rows(frame, None).batch())
    limited = msgspec.structs.replace(contract.features[3], constraints=Constraints(ge=2))
    features = (*contract.features[:3], limited)
    contract = msgspec.structs.replace(contract, features=features)
    positions, batch = accepted(contract, labelled_rows(frame, None).batch())
    assert positions.tolist() == [1, 2]
    assert list(batch.rows()) == list(whole.rows())[1:]


@pytest.mark.parametrize(
    "data",
    [FRAME, pl.from_pandas(FRAME), pa.Table.from_pandas(FRAME), pa.Table.from_pandas(FRAME).to_batches()[0]],
    ids=lambda data: type(data).__module__,
)  # fmt: skip
def test_rows_of_every_frame_are_cut_and_taken(data: Any) -> None:
    rows = labelled_rows(data, [1, 2, 3])
    assert rows.n_rows == 3
    for some, expected in (
        (rows.part(1, None), [(2.0, "y"), (None, "z")]),
        (rows.part(0, 1), [(1.0, "x")]),
        (rows.take(np.array([2, 0])), [(None, "z"), (1.0, "x")]),
        (rows.take(np.array([], dtype=np.intp)), []),
    ):
        batch = some.batch()
        selected = [batch.names.index(name) for name in ("a", "s")]
        assert [tuple(row[i] for i in selected) for row in batch.rows()] == expected
        assert some.labels is not None
        assert len(some.labels) == len(expected)


@pytest.mark.parametrize("convert", [pl.from_pandas, pa.Table.from_pandas])
def test_a_frame_of_numbers_of_every_library_becomes_an_array(convert: Any) -> None:
    numbers = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    rows = as_array(labelled_rows(convert(numbers), None))
    assert isinstance(rows.data, np.ndarray)
    assert rows.names == ("a", "b")
    assert rows.data.tolist() == numbers.to_numpy().tolist()
    mixed = labelled_rows(convert(FRAME.reset_index(drop=True)), None)
    assert as_array(mixed) is mixed


@pytest.mark.parametrize(
    ("data", "hint"), [(pl.LazyFrame({"a": [1]}), "collect"), ([[1.0]], "to_pandas")]
)
def test_what_is_no_frame_says_how_it_becomes_one(data: Any, hint: str) -> None:
    with pytest.raises(TrainingDataError) as caught:
        labelled_rows(data, None)
    assert hint in str(caught.value.hint)
