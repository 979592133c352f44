from __future__ import annotations

import msgspec
import numpy as np
import pytest

from headway.errors import LoweringError
from headway.optimize.lowering.xgboost.document import TreeDocument, TreeParameters
from headway.optimize.lowering.xgboost.trees import greatest_codes, read_tree

TREE = TreeDocument(
    left_children=[1, -1, -1, -1],
    right_children=[2, -1, -1, -1],
    split_indices=[4, 0, 0, 0],
    split_conditions=[0.1, 1.0, 2.0, 9.0],
    default_left=[1, 0, 0, 0],
    split_type=[0, 0, 0, 0],
    categories=[],
    categories_nodes=[],
    categories_segments=[],
    categories_sizes=[],
    tree_param=TreeParameters(),
)
SET = msgspec.structs.replace(
    TREE,
    split_type=[1, 0, 0, 0],
    categories=[1, 3],
    categories_nodes=[0],
    categories_segments=[0],
    categories_sizes=[2],
)


def test_below_the_threshold_is_at_most_the_float32_before_it():
    tree = read_tree(TREE, 0, {})
    threshold = np.float32(0.1)
    before = np.nextafter(threshold, np.float32(-np.inf))
    sides = tree.goes_left(0, np.array([before, threshold, np.nan], dtype=np.float64))
    assert sides.tolist() == [True, False, True]


def test_what_pruning_left_behind_is_left_out():
    assert read_tree(TREE, 0, {}).value.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("missing_left", [True, False])
def test_members_go_right_and_missing_where_the_node_says(missing_left):
    document = msgspec.structs.replace(SET, default_left=[int(missing_left), 0, 0, 0])
    tree = read_tree(document, 0, {4: 6.0})
    is_member = tree.goes_left(0, np.array([1.0, 3.0, 0.0, 6.0]))
    assert is_member.tolist() == [True, True, False, not missing_left]
    assert tree.value[tree.left[0]] == 2.0
    assert greatest_codes([document]) == {4: 3.0}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (msgspec.structs.replace(TREE, tree_param=TreeParameters("2")), "leaves are vectors"),
        (msgspec.structs.replace(TREE, split_type=[1, 0, 0, 0]), "not those of its nodes"),
    ],
)
def test_what_is_not_known_is_refused(document, message):
    with pytest.raises(LoweringError, match=message):
        read_tree(document, 0, {})
