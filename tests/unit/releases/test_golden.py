from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.bundle.golden import MAX_GOLDEN_ROWS
from headway.contract.infer import infer_contract
from headway.contract.model import Constraints, Contract, Output
from headway.core.batch import FeatureBatch
from headway.core.dictionary import DictionaryColumn
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.releases.golden import choose_rows, golden_rows

OUTPUT = Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), ("n", "y"))


class Thresholds:
    """Says `y` above 0.5 in the first feature."""

    form, flavor = "native", "sklearn"

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        first = np.array([0.0 if row[0] is None else row[0] for row in batch.rows()])
        values = np.where(first > 0.5, "y", "n")
        return Prediction(values, probabilities=np.column_stack([1 - first, first]))


def frame_of(columns: list[Any]) -> tuple[Contract, FeatureBatch]:
    names = tuple(f"x{i}" for i in range(len(columns)))
    contract = infer_contract(np.column_stack(columns), OUTPUT).contract
    return contract, FeatureBatch.from_columns(names, columns)


@given(
    n_rows=st.integers(0, 700),
    n_classes=st.integers(1, 300),
    most=st.integers(1, 300),
    seed=st.integers(0, 99),
)
def test_chosen_rows_are_distinct_ascending_in_range_and_few_enough(
    n_rows: int, n_classes: int, most: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    columns = [random.normal(size=n_rows), random.choice(["a", "b", "c"], n_rows).tolist()]
    labels = random.integers(0, n_classes, n_rows).tolist()
    chosen = choose_rows(columns, n_rows, labels, most)
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= most
    assert all(0 <= i < n_rows for i in chosen)
    assert chosen == choose_rows(columns, n_rows, labels, most)
    if n_rows <= most:
        assert chosen == list(range(n_rows))


def test_telling_rows_are_among_the_chosen() -> None:
    n_rows = 10_000
    numbers = np.linspace(-1, 1, n_rows)
    numbers[7_001], numbers[3_333], numbers[5_555] = 1e6, -1e6, np.nan
    words = ["often"] * n_rows
    words[8_123], words[9_321] = "rare", None
    flags = np.zeros(n_rows, dtype=bool)
    flags[6_789] = True
    chosen = choose_rows([numbers, words, flags], n_rows, None)
    assert {7_001, 3_333, 5_555, 8_123, 9_321, 6_789} <= set(chosen)
    assert len(chosen) <= MAX_GOLDEN_ROWS


def test_each_class_has_its_share_from_the_whole_frame() -> None:
    n_rows = 9_000
    labels = ["common"] * n_rows
    labels[::300] = ["seldom"] * 30
    chosen = choose_rows([np.zeros(n_rows)], n_rows, labels)
    assert sum(labels[i] == "seldom" for i in chosen) == 30
    assert max(chosen) > 8_900
    assert max(np.diff(chosen)) < 400


def test_numbers_to_be_predicted_are_no_classes() -> None:
    n_rows = 5_000
    chosen = choose_rows([np.zeros(n_rows)], n_rows, list(range(n_rows)))
    assert len(chosen) > 200
    assert max(np.diff(chosen)) < 50


def test_infinite_numbers_are_no_extremes() -> None:
    numbers = np.full(1_000, 5.0)
    numbers[3], numbers[400], numbers[900] = np.inf, 9.0, -np.inf
    assert 400 in choose_rows([numbers], 1_000, None, 8)


def test_every_method_is_recorded_as_the_runtime_answers() -> None:
    contract, batch = frame_of([np.linspace(0, 1, 20)])
    golden, positions = golden_rows(contract, batch, None, Thresholds())
    assert golden.names == ("x0",)
    assert golden.rows == tuple(batch.rows())
    assert positions.tolist() == list(range(20))
    assert golden.outputs["predict"] == ["n"] * 10 + ["y"] * 10
    assert np.shape(golden.outputs["predict_proba"]) == (20, 2)
    assert golden.outputs["predict_proba"][19] == [0.0, 1.0]


def test_rows_that_no_request_can_send_are_left_out() -> None:
    column = np.linspace(0, 1, 10)
    column[4] = np.inf
    contract, batch = frame_of([column])
    golden, positions = golden_rows(contract, batch, None, Thresholds())
    assert positions.tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert len(golden.outputs["predict"]) == len(golden.rows) == 9


def test_a_contract_that_refuses_everything_gives_no_rows() -> None:
    contract, batch = frame_of([np.linspace(0, 1, 10)])
    feature = contract.features[0]
    strict = msgspec.structs.replace(
        contract, features=(msgspec.structs.replace(feature, constraints=Constraints(ge=2)),)
    )
    golden, positions = golden_rows(strict, batch, None, Thresholds())
    assert golden.rows == ()
    assert golden.outputs == {}
    assert positions.tolist() == []


@pytest.mark.parametrize("n_rows", [255, 256, 257, 5_000])
def test_never_more_than_the_most(n_rows: int) -> None:
    contract, batch = frame_of([np.linspace(0, 1, n_rows), np.arange(n_rows, dtype=float)])
    golden, _ = golden_rows(contract, batch, ["n", "y"] * (n_rows // 2) + ["n"] * (n_rows % 2), Thresholds())  # fmt: skip
    assert min(n_rows, 200) <= len(golden.rows) <= MAX_GOLDEN_ROWS


def test_the_ends_of_other_types_are_telling_and_their_values_are_no_categories() -> None:
    n_rows = 2_000
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=(i * 7) % n_rows) for i in range(n_rows)]
    days[700], days[900] = dt.date(1900, 1, 1), dt.date(2100, 1, 1)
    prices: list[Any] = [Decimal(i % 50) for i in range(n_rows)]
    prices[1_100], prices[1_300], prices[1_301] = Decimal(-1), Decimal(99), None
    times = np.arange(n_rows).astype("M8[ns]")
    times[1_500], times[1_700], times[1_701] = (
        np.datetime64(-5, "ns"),
        np.datetime64(9**9, "ns"),
        "NaT",
    )
    vectors = [np.ones(2)] * n_rows
    chosen = choose_rows([days, prices, times, vectors], n_rows, None, most=64)
    assert {700, 900, 1_100, 1_300, 1_301, 1_500, 1_700, 1_701} <= set(chosen)
    assert len(chosen) > 50


@given(
    values=st.lists(st.none() | st.sampled_from(["a", "b", "c"]), max_size=40),
    most=st.integers(1, 12),
)
def test_a_dictionary_column_shows_the_rows_that_its_list_shows(
    values: list[str | None], most: int
) -> None:
    n_rows = len(values)
    by_list = choose_rows([values], n_rows, None, most)
    assert choose_rows([DictionaryColumn.of(values)], n_rows, None, most) == by_list
