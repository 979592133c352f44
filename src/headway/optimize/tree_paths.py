"""What a row may hold where it reaches some tests of an ensemble.

A feature is *ordered* where every test on it cuts its ascending candidates in two: then what it may be
is a range. It is *listed* anywhere else: then it is a choice of its candidates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.optimize.forest import ROOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.forest import Forest
    from headway.optimize.tree_pools import Pools


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
