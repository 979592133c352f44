from __future__ import annotations

import numpy as np

from headway.optimize.forest import ROOT, joined
from headway.optimize.lowering.trees import LEAF, Tree


def tree(offset=0.0):
    return Tree(
        target=0,
        column=np.array([0, 1, LEAF, LEAF, LEAF]),
        threshold=np.array([5.0, 2.0, 0.0, 0.0, 0.0]) + offset,
        left=np.array([1, 2, 0, 0, 0]),
        right=np.array([4, 3, 0, 0, 0]),
        missing_left=np.array([1, 0, 0, 0, 0], dtype=np.uint8),
        members={1: (2.0,)},
        value=np.arange(5.0),
    )


def test_nodes_of_all_trees_are_numbered_through():
    forest = joined([tree(), tree(10.0)])
    assert forest.tests.tolist() == [0, 1, 5, 6]
    assert forest.threshold[[0, 5]].tolist() == [5.0, 15.0]
    assert (forest.left[6], forest.right[6]) == (7, 8)
    assert forest.members == {1: (2.0,), 6: (2.0,)}
    assert forest.missing_left.dtype == np.bool_


def test_every_node_knows_the_one_above_it_and_on_which_side_it_is():
    forest = joined([tree(), tree()])
    assert forest.parent.tolist() == [ROOT, 0, 1, 1, 0, ROOT, 5, 6, 6, 5]
    assert np.flatnonzero(forest.is_left).tolist() == [1, 2, 6, 7]
