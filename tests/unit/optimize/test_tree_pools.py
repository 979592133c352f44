from __future__ import annotations

import numpy as np

from headway.contract.model import Feature
from headway.core.dtypes import DType
from headway.optimize.feature_values import FeatureValues
from headway.optimize.forest import joined
from headway.optimize.tree_pools import Pool, Pools
from headway.runtimes.encoder import EncoderColumn
from unit.optimize.planted import COUNT, NUMBER, WORD, WORDS, column, deep, split


def pools(trees, columns, features, numbers=None):
    return Pools(joined(trees), columns, features, numbers or {})


def test_candidates_of_a_number_are_ascending_with_missing_last():
    pool = Pool(NUMBER, np.array([0.1, 3.0]))
    numbers = pool.encoded[: pool.n_numbers]
    assert {0.1, np.nextafter(0.1, -1), np.nextafter(0.1, 1), float(np.float32(0.1)), 3.0} <= set(numbers)  # fmt: skip
    assert (np.diff(numbers) > 0).all()
    assert pool.may_miss
    assert np.isnan(pool.encoded[-1])
    assert pool.n_numbers == len(pool.encoded) - 1


def test_what_is_far_off_is_no_near_candidate():
    pool = Pool(NUMBER, np.array([0.1]))
    first, end = pool.near
    assert np.abs(pool.encoded[first:end]).max() < 1
    assert np.abs(pool.encoded[: pool.n_numbers]).max() >= 1e30


def test_candidates_that_are_refused_are_left_out():
    bounded = FeatureValues(
        Feature("n", DType.FLOAT, True, "float64"),
        EncoderColumn("n", maximum=1.0, refuse_missing=True),
    )
    pool = Pool(bounded, np.array([0.5, 2.0]))
    assert pool.encoded.max() <= 1.0
    assert not pool.may_miss


def test_a_column_that_rises_with_its_feature_is_ordered_and_cut_in_two():
    made = pools([split(2.5), split(7.5)], [column(0)], [COUNT])
    assert (made.ordered, made.listed) == ([0], [])
    numbers = made.of[0].encoded
    for node, threshold in ((0, 2.5), (3, 7.5)):
        cut = made.cut[node]
        assert numbers[cut - 1] <= threshold < numbers[cut]


def test_missing_goes_where_its_column_or_the_node_says():
    filled = column(0, lambda values: np.where(np.isnan(values), 9.0, values))
    made = pools([split(5.0, missing_left=True), split(10.0)], [filled], [NUMBER])
    assert made.missing_goes_left[[0, 3]].tolist() == [False, True]
    made = pools([split(5.0, missing_left=True), split(10.0)], [column(0)], [NUMBER])
    assert made.missing_goes_left[[0, 3]].tolist() == [True, False]


def test_a_column_that_falls_or_a_set_makes_a_feature_listed():
    assert pools([split(5.0)], [column(0, np.square)], [NUMBER], {0: (-2.0,)}).listed == [0]
    assert pools([split(0.0, members=(1.0,))], [column(0, vocabulary=WORDS)], [WORD]).listed == [0]


def test_candidates_of_a_listed_feature_go_where_the_test_sends_them():
    made = pools([deep(members=(1.0,)), split(0.5, at=1)], [column(0), column(1, vocabulary=WORDS)], [NUMBER, WORD])  # fmt: skip
    assert made.of[1].raw.tolist() == ["a", "b", "c", WORD.unknown]
    assert made.goes_left(np.array([1, 5])).tolist() == [
        [False, True, False, False],
        [True, False, False, True],
    ]
    assert made.traced(np.array([1])).tolist() == [[0.0, 1.0, 2.0, -1.0]]
