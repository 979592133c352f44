from __future__ import annotations

import numpy as np

from headway.optimize.forest import joined
from headway.optimize.tree_candidates import NOWHERE, Rank, candidates
from headway.optimize.tree_paths import Reach
from headway.optimize.tree_pools import Pools
from unit.optimize.planted import NUMBER, WORD, WORDS, column, deep, split


def found(trees, columns, features, is_first=None):
    """Return for each test the values by rank, and the node that each goes on to."""
    forest = joined(trees)
    pools, tests = Pools(forest, columns, features, {}), forest.tests
    first = np.ones(len(tests), dtype=bool) if is_first is None else np.array(is_first)
    reach = Reach(forest, pools, tests)
    made = candidates(forest, pools, reach, tests, first, np.random.default_rng(0))
    feature = pools.feature_of[forest.column[tests[made.test]]]
    raw = [pools.of[f].raw[place] for f, place in zip(feature, made.place, strict=True)]
    return [
        (test, Rank(rank), value, child)
        for test, rank, value, child in zip(made.test, made.rank, raw, made.child, strict=True)
    ]


def values(rows, test, rank):
    return {value for at, kind, value, _ in rows if (at, kind) == (test, rank)}


def test_both_sides_of_a_threshold_come_first_then_missing_and_what_lies_beside():
    rows = found([split(0.1)], [column(0)], [NUMBER])
    above, below = np.nextafter(0.1, 1), np.nextafter(0.1, -1)
    assert values(rows, 0, Rank.SIDE_OF_A_THRESHOLD) == {0.1, above}
    assert {below, float(np.float32(0.1))} <= values(rows, 0, Rank.BESIDE)
    assert [np.isnan(value) for value in values(rows, 0, Rank.MISSING)] == [True]


def test_a_threshold_that_is_known_from_another_test_comes_later_and_without_what_lies_beside():
    rows = found([split(0.1), split(0.1)], [column(0)], [NUMBER], [True, False])
    assert len(values(rows, 1, Rank.SIDE_OF_A_TEST)) == 2
    assert not values(rows, 1, Rank.BESIDE)


def test_each_side_says_which_node_comes_next():
    rows = found([split(0.1)], [column(0)], [NUMBER])
    sides = {value: child for _, rank, value, child in rows if rank is Rank.SIDE_OF_A_THRESHOLD}
    assert sides == {0.1: 1, np.nextafter(0.1, 1): 2}
    assert {child for *_, rank, _, child in rows if rank is Rank.MISSING} == {NOWHERE}


def test_missing_is_left_to_the_row_of_the_test_above_where_that_tests_another_feature():
    two = found([deep(2.0)], [column(0), column(1)], [NUMBER, NUMBER])
    assert not values(two, 1, Rank.MISSING)
    same = found([deep(2.0, second_column=0, missing_left=True)], [column(0)], [NUMBER])
    assert values(same, 1, Rank.MISSING)


def test_every_category_that_reaches_a_set_is_tried():
    columns = [column(0), column(1, vocabulary=WORDS)]
    rows = found([deep(members=(1.0,))], columns, [NUMBER, WORD])
    assert values(rows, 1, Rank.SIDE_OF_A_TEST) == {"a", "b", "c", WORD.unknown}


def test_the_nearest_on_both_sides_are_tried_where_a_feature_is_listed():
    rows = found([split(1.5)], [column(0, np.square)], [NUMBER])
    sides = values(rows, 0, Rank.SIDE_OF_A_THRESHOLD)
    assert {bool(value**2 <= 1.5) for value in sides} == {True, False}
    assert max(abs(value**2 - 1.5) for value in sides) < 1e-6
    assert values(rows, 0, Rank.MISSING)
