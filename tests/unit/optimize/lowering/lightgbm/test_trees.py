from __future__ import annotations

import numpy as np
import pytest

from headway.errors import LoweringError
from headway.optimize.lowering.lightgbm.document import Document
from headway.optimize.lowering.lightgbm.trees import NEAR_ZERO, read_trees

SPLIT = {
    "split_feature": "1",
    "threshold": "0.5",
    "decision_type": "2",
    "left_child": "-1",
    "right_child": "-2",
    "leaf_value": "1 2",
}


def read(*changes):
    trees = tuple(SPLIT | change for change in changes)
    return read_trees(Document(("binary",), 2, 1, False, trees))


@pytest.mark.parametrize(
    ("decision", "threshold", "missing_left"),
    [(0, 0.5, True), (2, -0.5, False), (8, -0.5, False), (10, 0.5, True), (6, 0.5, True)],
)
def test_missing_goes_as_the_split_says_or_where_zero_goes(decision, threshold, missing_left):
    (tree,), splits = read({"decision_type": str(decision), "threshold": str(threshold)})
    assert bool(tree.missing_left[0]) is missing_left
    assert splits.zero_as_missing == ({1} if decision == 6 else set())


@pytest.mark.parametrize("threshold", [0.0, 1e-36, -1e-36, -NEAR_ZERO, NEAR_ZERO, 1e-34])
def test_numbers_near_zero_go_where_zero_goes(threshold):
    (tree,), _ = read({"threshold": repr(threshold)})
    near = np.array([-NEAR_ZERO, -1e-36, 0.0, 1e-36, NEAR_ZERO])
    assert (tree.goes_left(0, near) == (threshold >= 0)).all()


def test_sets_are_read_from_their_words():
    (tree,), splits = read(
        {
            "decision_type": "1",
            "threshold": "1",
            "cat_boundaries": "0 1 3",
            "cat_threshold": "1 5 2",
        }
    )
    assert tree.members == {0: (0.0, 2.0, 33.0)}
    assert splits.greatest_code == {1: 33.0}


def test_a_tree_of_one_leaf_has_no_splits():
    (tree,), _ = read({"leaf_value": "3"})
    assert tree.value.tolist() == [3.0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([{"is_linear": "1"}], "linear_tree"),
        ([{"threshold": "1 2"}], "2 values of `threshold` for 1 splits"),
        ([{"decision_type": "6"}, {"decision_type": "10"}], "differ in what they take it for"),
    ],
)
def test_what_is_not_known_is_refused(changes, message):
    with pytest.raises(LoweringError, match=message):
        read(*changes)
