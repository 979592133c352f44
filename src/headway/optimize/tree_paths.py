"""The tests of an ensemble, numbered through, and what a row may hold where it reaches some of them.

A feature is *ordered* where every test on it cuts its ascending candidates in two: then what it may be
is a range. It is *listed* anywhere else: then it is a choice of its candidates.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.optimize.lowering.trees import LEAF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Values
    from headway.optimize.lowering.trees import Tree
    from headway.optimize.tree_pools import Pools

ROOT = -1


@dataclasses.dataclass(frozen=True, slots=True)
class Forest:
    """All nodes of all trees.

    Attributes:
        column: Position of the column that a node looks at, or `LEAF`, shape (n_nodes,).
        threshold: Shape (n_nodes,).
        missing_left: Shape (n_nodes,).
        left: Next node, shape (n_nodes,).
        right: Next node, shape (n_nodes,).
        parent: `ROOT` for the first node of a tree, shape (n_nodes,).
        is_left: Whether a node is its parent's left child, shape (n_nodes,).
        members: By node, the float64 values of its set.
    """

    column: NDArray[np.intp]
    threshold: Values
    missing_left: NDArray[np.bool_]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    parent: NDArray[np.intp]
    is_left: NDArray[np.bool_]
    members: dict[int, tuple[float, ...]]

    @property
    def tests(self) -> NDArray[np.intp]:
        """Return the nodes that are no leaves."""
        return np.flatnonzero(self.column != LEAF)


def joined(trees: Sequence[Tree]) -> Forest:
    """Number the nodes of all trees through."""
    starts = np.cumsum([0, *(len(tree.column) for tree in trees)]).tolist()
    parent = np.full(starts[-1], ROOT, dtype=np.intp)
    is_left = np.zeros(starts[-1], dtype=np.bool_)
    members: dict[int, tuple[float, ...]] = {}
    for start, tree in zip(starts, trees, strict=False):
        tests = np.flatnonzero(tree.column != LEAF)
        parent[start + tree.left[tests]] = parent[start + tree.right[tests]] = start + tests
        is_left[start + tree.left[tests]] = True
        members |= {start + node: values for node, values in tree.members.items()}
    return Forest(
        column=np.concatenate([tree.column for tree in trees]),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        missing_left=np.concatenate([tree.missing_left for tree in trees]).astype(np.bool_),
        left=np.concatenate([start + tree.left for start, tree in zip(starts, trees, strict=False)]),
        right=np.concatenate([start + tree.right for start, tree in zip(starts, trees, strict=False)]),
        parent=parent,
        is_left=is_left,
        members=members,
    )


class Reach:
    """What every feature may be in a row that reaches some tests, one after another.

    Args:
        forest: The ensemble.
        pools: Candidates of its features.
        tests: Nodes of the forest, shape (n_tests,).

    Attributes:
        low: First candidate of each ordered feature, shape (n_tests, n_ordered).
        high: The one after the last, shape (n_tests, n_ordered).
        may_miss: Whether it may be missing, shape (n_tests, n_ordered).
        choices: By listed feature, which of its candidates it may be, shape (n_tests, n_candidates).
    """

    def __init__(self, forest: Forest, pools: Pools, tests: NDArray[np.intp]) -> None:
        self._forest = forest
        self._pools = pools
        n_tests = len(tests)
        ordered = [pools.of[feature] for feature in pools.ordered]
        sizes = np.array([pool.n_numbers for pool in ordered], dtype=np.int32)
        misses = np.array([pool.may_miss for pool in ordered], dtype=np.bool_)
        self.low = np.zeros((n_tests, len(ordered)), dtype=np.int32)
        self.high = np.tile(sizes, (n_tests, 1))
        self.may_miss = np.tile(misses, (n_tests, 1))
        self.choices = {
            feature: np.ones((n_tests, len(pools.of[feature].encoded)), dtype=np.bool_)
            for feature in pools.listed
        }
        self._walk(tests)

    def is_possible(self) -> NDArray[np.bool_]:
        """Return for each test whether some row reaches it, shape (n_tests,)."""
        possible = np.all((self.low < self.high) | self.may_miss, axis=1)
        for choice in self.choices.values():
            possible &= choice.any(axis=1)
        return np.asarray(possible)

    def _walk(self, tests: NDArray[np.intp]) -> None:
        """Go from each test up to its root, and narrow by what is tested on the way."""
        which, node = np.arange(len(tests)), tests
        while True:
            above = self._forest.parent[node]
            is_inside = above != ROOT
            if not is_inside.any():
                return
            which, above = which[is_inside], above[is_inside]
            self._narrow(which, above, self._forest.is_left[node[is_inside]])
            node = above

    def _narrow(
        self, which: NDArray[np.intp], tests: NDArray[np.intp], is_left: NDArray[np.bool_]
    ) -> None:
        pools = self._pools
        feature = pools.feature_of[self._forest.column[tests]]
        slot = pools.slot_of[feature]
        at = slot >= 0
        own, place, cut = which[at], slot[at], pools.cut[tests[at]]
        left = is_left[at]
        self.high[own, place] = np.where(left, np.minimum(self.high[own, place], cut), self.high[own, place])  # fmt: skip
        self.low[own, place] = np.where(left, self.low[own, place], np.maximum(self.low[own, place], cut))  # fmt: skip
        self.may_miss[own, place] &= pools.missing_goes_left[tests[at]] == left
        for listed, choice in self.choices.items():
            at = feature == listed
            if at.any():
                choice[which[at]] &= pools.goes_left(tests[at]) == is_left[at, np.newaxis]
