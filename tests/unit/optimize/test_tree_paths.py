from __future__ import annotations

import numpy as np

from headway.optimize.forest import joined
from headway.optimize.tree_paths import Reach
from headway.optimize.tree_pools import Pools
from unit.optimize.planted import NUMBER, WORD, WORDS, column, deep, split


def reach(trees, columns, features, tests):
    forest = joined(trees)
    pools = Pools(forest, columns, features, {})
    return pools, Reach(forest, pools, np.array(tests))


def test_at_a_root_everything_may_be_anything():
    pools, found = reach([split(5.0)], [column(0)], [NUMBER], [0])
    assert (found.low[0, 0], found.high[0, 0]) == (0, pools.of[0].n_numbers)
    assert found.may_miss[0, 0]
    assert found.is_possible().tolist() == [True]


def test_below_a_test_its_feature_is_what_goes_that_way():
    columns = [column(0), column(1, vocabulary=WORDS)]
    pools, found = reach([deep(members=(1.0,))], columns, [NUMBER, WORD], [1, 2, 3, 4])
    numbers = pools.of[0].encoded
    for i in range(3):
        assert numbers[found.high[i, 0] - 1] == 5.0
        assert not found.may_miss[i, 0]
    assert numbers[found.low[3, 0]] > 5.0
    assert found.may_miss[3, 0]
    assert [row.sum() for row in found.choices[1]] == [4, 1, 3, 4]


def test_missing_is_followed_on_its_own_side():
    _, found = reach([deep(2.0, second_column=0, missing_left=True)], [column(0)], [NUMBER], [1, 2, 3, 4])  # fmt: skip
    assert found.may_miss[:, 0].tolist() == [True, False, True, False]


def test_a_test_that_no_value_reaches_is_not_possible():
    _, found = reach([deep(9.0, second_column=0)], [column(0)], [NUMBER], [0, 1, 2, 3])
    assert found.is_possible().tolist() == [True, True, True, False]
