from __future__ import annotations

import dataclasses

import numpy as np

from headway.contract.model import Feature
from headway.core.dtypes import DType
from headway.optimize.feature_values import FeatureValues
from headway.optimize.lowering.columns import Vocabulary
from headway.optimize.lowering.form import Landmarks
from headway.optimize.lowering.trees import LEAF, Tree
from headway.optimize.replaced_rows import KEPT
from headway.optimize.tree_rows import tree_rows
from headway.runtimes.encoder import EncoderColumn
from unit.optimize.planted import COUNT, NUMBER, WORD, column, split


def tried(trees, columns, features, numbers=None):
    landmarks = Landmarks(((tuple(trees), tuple(columns)),), numbers or {})
    replaced = tree_rows(landmarks, features, 5, np.random.default_rng(0)).replaced
    return [
        {
            feature: plain(swap.values[swap.places[i]])
            for feature, swap in replaced.swaps.items()
            if swap.places[i] != KEPT
        }
        for i in range(len(replaced.rows))
    ]


def plain(value):
    missing = isinstance(value, float) and np.isnan(value)
    return None if missing else value.item() if isinstance(value, np.generic) else value


def test_a_threshold_is_tried_at_itself_beside_it_and_at_its_float32_rounding():
    values = {row[0] for row in tried([split(0.1)], [column(0)], [NUMBER])}
    ulps = {0.1, np.nextafter(0.1, -1), np.nextafter(0.1, 1), float(np.float32(0.1))}
    assert ulps <= values
    assert None in values


def test_a_threshold_behind_a_scaler_is_tried_in_raw_units_on_both_sides_of_it():
    def scaled(values):
        return (values - 3.7) / 0.36

    values = [row[0] for row in tried([split(1.25)], [column(0, scaled)], [NUMBER])]
    numbers = np.array(sorted(value for value in values if value is not None))
    goes_left = scaled(numbers) <= 1.25
    last, first = numbers[goes_left].max(), numbers[~goes_left].min()
    assert np.nextafter(last, np.inf) == first


def test_an_integer_is_tried_by_integers_on_both_sides():
    values = {row[0] for row in tried([split(2.5)], [column(0)], [COUNT])}
    assert {2, 3} <= values
    assert all(isinstance(value, int) for value in values)


def test_a_set_is_tried_by_every_category_and_by_the_unknown():
    words = column(0, vocabulary=Vocabulary(("a", "b", "c")))
    values = {row[0] for row in tried([split(0.0, members=(1.0,))], [words], [WORD])}
    assert values == {"a", "b", "c", WORD.unknown}


def test_an_indicator_is_tried_by_a_category_of_each_side():
    def is_b(values):
        return (values == 1.0).astype(float)

    values = {row[0] for row in tried([split(0.5)], [column(0, is_b)], [WORD])}
    assert "b" in values
    assert values - {"b"}


def test_a_deep_test_is_reached_whatever_the_row_holds():
    deep = Tree(
        target=0,
        column=np.array([0, 1, LEAF, LEAF, LEAF]),
        threshold=np.array([5.0, 0.0, 0.0, 0.0, 0.0]),
        left=np.array([1, 2, 0, 0, 0]),
        right=np.array([4, 3, 0, 0, 0]),
        missing_left=np.zeros(5, dtype=bool),
        members={1: (2.0,)},
        value=np.arange(5.0),
    )
    columns = [column(0), column(1, vocabulary=Vocabulary(("a", "b", "c")))]
    rows = tried([deep], columns, [NUMBER, WORD])
    of_the_set = [row for row in rows if 1 in row]
    assert {row[1] for row in of_the_set} == {"a", "b", "c", WORD.unknown}
    on_the_left = [row for row in of_the_set if row.get(0) is not None and row[0] <= 5.0]
    assert {row[1] for row in on_the_left} == {"a", "b", "c", WORD.unknown}


def test_a_test_that_no_value_reaches_gives_no_row():
    unreached = Tree(
        target=0,
        column=np.array([0, 0, LEAF, LEAF, LEAF]),
        threshold=np.array([1.0, 9.0, 0.0, 0.0, 0.0]),
        left=np.array([1, 2, 0, 0, 0]),
        right=np.array([4, 3, 0, 0, 0]),
        missing_left=np.zeros(5, dtype=bool),
        members={},
        value=np.arange(5.0),
    )
    values = {row[0] for row in tried([unreached], [column(0)], [NUMBER])}
    assert 1.0 in values
    assert 9.0 not in values


def test_what_the_native_model_refuses_is_not_put_into_a_row():
    strict = FeatureValues(
        Feature("w", DType.STRING, False, "str"),
        EncoderColumn("w", vocabulary=("a", "b"), refuse_unknown=True),
    )
    words = column(0, vocabulary=Vocabulary(("a", "b")))
    values = {row[0] for row in tried([split(0.0, members=(1.0,))], [words], [strict])}
    assert values == {"a", "b"}


def test_known_numbers_are_candidates_where_a_trace_is_no_line():
    def place(values):
        return np.select([values == 10.0, values == 70.0], [1.0, 2.0], 0.0)

    values = {
        row[0] for row in tried([split(1.5)], [column(0, place)], [NUMBER], {0: (10.0, 70.0)})
    }
    assert {10.0, 70.0} <= values


def test_the_same_seed_gives_the_same_rows():
    landmarks = Landmarks((((split(0.5), split(2.0)), (column(0),)),))
    first, again = (
        tree_rows(landmarks, [NUMBER], 5, np.random.default_rng(3)).replaced for _ in range(2)
    )
    np.testing.assert_array_equal(first.rows, again.rows)
    np.testing.assert_array_equal(first.swaps[0].places, again.swaps[0].places)
    assert set(first.rows.tolist()) <= set(range(5))


def test_what_is_not_tested_lies_on_thresholds_too_or_stays_as_it_is():
    trees = [split(float(number)) for number in range(20)]
    trees += [split(float(number), at=1) for number in range(20)]
    rows = tried(trees, [column(0), column(1)], [NUMBER, NUMBER])
    assert {0 in row and 1 in row for row in rows} == {True, False}
    numbers = np.array([v for row in rows for v in row.values() if v is not None])
    assert (np.abs(numbers - np.round(numbers)) <= np.spacing(20)).all()


def test_trees_of_which_there_are_too_many_are_tried_by_some_of_their_tests(monkeypatch):
    monkeypatch.setattr("headway.optimize.tree_rows.MAX_TESTS", 6)
    landmarks = Landmarks(((tuple(split(float(i % 3)) for i in range(20)), (column(0),)),))
    made = tree_rows(landmarks, [COUNT], 5, np.random.default_rng(0))
    assert (made.n_tests, made.n_tried) == (20, 6)
    tried_ones = set(made.replaced.swaps[0].values[made.replaced.swaps[0].places])
    assert {0, 1, 2, 3} <= tried_ones  # each threshold once, before any a second time


def test_two_ensembles_share_the_rows_and_one_of_the_same_columns_is_one():
    first, second = (column(0),), (column(1, np.square),)
    ensembles = (((split(0.5),), first), ((split(2.0, at=0),), second), ((split(3.5),), first))
    made = tree_rows(Landmarks(ensembles), [NUMBER, NUMBER], 5, np.random.default_rng(0))
    assert made.n_tests == made.n_tried == 3
    assert set(made.replaced.swaps) == {0, 1}
    tried_ones = made.replaced.swaps[0]
    assert {0.5, 3.5} <= set(tried_ones.values[tried_ones.places[tried_ones.places != KEPT]])


def test_a_stump_without_a_test_gives_no_row():
    leaf = dataclasses.replace(
        split(0.0),
        column=np.array([LEAF]),
        threshold=np.zeros(1),
        left=np.zeros(1, dtype=int),
        right=np.zeros(1, dtype=int),
        missing_left=np.zeros(1, dtype=bool),
        value=np.ones(1),
    )
    assert tried([leaf], [column(0)], [NUMBER]) == []
