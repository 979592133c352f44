"""Probe rows on the thresholds of trees.

For each test there are rows that reach it, whatever else they hold, and that lie on its threshold: the
last raw value that goes left, the first that goes right, and missing; or every category of a set. Then
come one unit in the last place further to each side, and the float32 rounding. So each test, each set
and each leaf of the ensemble decides some answer. What else the row holds lies on thresholds too, or
stays as it is in a real row.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.optimize.forest import joined
from headway.optimize.lowering.trees import LEAF
from headway.optimize.replaced_rows import KEPT, Replaced, Swap, stacked
from headway.optimize.tree_candidates import NOWHERE, candidates
from headway.optimize.tree_paths import Reach
from headway.optimize.tree_pools import Pools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from headway.optimize.feature_values import FeatureValues
    from headway.optimize.forest import Forest
    from headway.optimize.lowering.columns import Column
    from headway.optimize.lowering.form import Landmarks
    from headway.optimize.lowering.trees import Tree

MAX_TESTS = 50_000
MAX_ROWS = 50_000
# What one block of tests takes in memory, in candidates and features
_MAX_CELLS = 2**24
_SHARE_MISSING = 0.05
_N_TRIES = 4


@dataclasses.dataclass(frozen=True, slots=True)
class TreeRows:
    """Rows on the thresholds of trees.

    Attributes:
        replaced: Which real row gets which values.
        n_tests: Tests of all trees.
        n_tried: Those that rows were made for, or that no row reaches.
    """

    replaced: Replaced
    n_tests: int
    n_tried: int


def tree_rows(
    landmarks: Landmarks,
    features: Sequence[FeatureValues],
    n_real_rows: int,
    random: np.random.Generator,
) -> TreeRows:
    """Return which real row gets which values, in the order of how much they prove.

    Args:
        landmarks: The ensembles; of those with more than `MAX_TESTS` tests some are drawn, one of each
            threshold first.
        features: Of the contract.
        n_real_rows: Number of real rows.
        random: Draws tests, values and real rows.
    """
    groups = _grouped(landmarks)
    made: list[Replaced] = []
    n_tests = n_tried = 0
    for trees, columns in groups:
        forest = joined(trees)
        n_tests += len(forest.tests)
        drawn, is_first = _drawn(forest, MAX_TESTS // len(groups), random)
        n_tried += len(drawn)
        pools = Pools(forest, columns, features, landmarks.numbers)
        n_rows = MAX_ROWS // len(groups)
        for start, end in _blocks(len(drawn), pools):
            share = -(-n_rows * (end - start) // len(drawn))
            block = _Block(forest, pools, drawn[start:end], is_first[start:end], random)
            made.append(block.rows(share, n_real_rows))
    return TreeRows(stacked(made), n_tests, n_tried)


def _grouped(landmarks: Landmarks) -> list[tuple[list[Tree], tuple[Column, ...]]]:
    """Return the ensembles that have tests, those of the same columns as one."""
    groups: list[tuple[list[Tree], tuple[Column, ...]]] = []
    for trees, columns in landmarks.ensembles:
        split = [tree for tree in trees if (tree.column != LEAF).any()]
        known = next((group for group, same in groups if same == columns), None)
        if known is not None:
            known += split
        elif split:
            groups.append((split, columns))
    return groups


def _drawn(
    forest: Forest, most: int, random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Draw tests, one of each threshold first, and say which are the first of theirs."""
    tests = random.permutation(forest.tests)
    thresholds = forest.threshold[tests]
    is_set = np.isin(tests, list(forest.members))
    thresholds[is_set] = tests[is_set]
    keys = np.column_stack([forest.column[tests], is_set, thresholds])
    is_first = np.zeros(len(tests), dtype=np.bool_)
    is_first[np.unique(keys, axis=0, return_index=True)[1]] = True
    order = np.argsort(~is_first, kind="stable")[:most]
    order = random.permutation(order)
    return tests[order], is_first[order]


def _blocks(n_tests: int, pools: Pools) -> Iterator[tuple[int, int]]:
    n_cells = 3 * len(pools.ordered) + sum(len(pools.of[feature].encoded) for feature in pools.listed)  # fmt: skip
    size = max(1, _MAX_CELLS // max(1, n_cells))
    for start in range(0, n_tests, size):
        yield start, min(start + size, n_tests)


class _Block:
    """The rows for some tests."""

    def __init__(
        self,
        forest: Forest,
        pools: Pools,
        tests: NDArray[np.intp],
        is_first: NDArray[np.bool_],
        random: np.random.Generator,
    ) -> None:
        self._forest = forest
        self._pools = pools
        self._random = random
        reach = Reach(forest, pools, tests)
        self._reach = reach
        self._own = pools.feature_of[forest.column[tests]]
        self._found = candidates(forest, pools, reach, tests, is_first, random)

    def rows(self, most: int, n_real_rows: int) -> Replaced:
        """Return at most so many rows, those that prove most first."""
        found, pools = self._found, self._pools
        ranks = found.rank + self._random.random(len(found.rank))
        chosen = np.argsort(ranks)[:most]
        which, place = found.test[chosen], found.place[chosen]
        own = self._own[which]
        next_one = self._tested_next(found.child[chosen])
        is_kept = self._random.random(len(which)) < 0.5  # noqa: PLR2004 - as many rows either way
        swaps = {}
        for feature, pool in pools.of.items():
            drawn, is_free = self._others(feature, which)
            drawn[is_free & is_kept] = KEPT
            is_next = (next_one == feature) & self._may_miss(feature, which)
            drawn[is_next] = pool.n_numbers
            is_own = own == feature
            drawn[is_own] = place[is_own]
            swaps[feature] = Swap(drawn, pool.raw)
        return Replaced(self._random.integers(n_real_rows, size=len(which)), swaps)

    def _tested_next(self, child: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the feature that the node after the test looks at, negative where it is a leaf."""
        column = np.where(child == NOWHERE, LEAF, self._forest.column[child])
        return np.where(column == LEAF, LEAF, self._pools.feature_of[column])

    def _may_miss(self, feature: int, which: NDArray[np.intp]) -> NDArray[np.bool_]:
        slot = self._pools.slot_of[feature]
        if slot < 0:
            choices = self._reach.choices[feature][which]
            return choices[:, -1] & self._pools.of[feature].may_miss
        return np.asarray(self._reach.may_miss[which, slot])

    def _others(
        self, feature: int, which: NDArray[np.intp]
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Draw what a feature is where another one is tested, and say where it may be anything."""
        slot = self._pools.slot_of[feature]
        if slot < 0:
            return self._listed(self._reach.choices[feature], which)
        pool = self._pools.of[feature]
        low, high = self._reach.low[which, slot], self._reach.high[which, slot]
        may_miss = self._reach.may_miss[which, slot]
        is_free = (low == 0) & (high == pool.n_numbers) & (may_miss == pool.may_miss)
        first, end = np.maximum(low, pool.near[0]), np.minimum(high, pool.near[1])
        is_near = first < end
        low, high = np.where(is_near, first, low), np.where(is_near, end, high)
        drawn = low + (self._random.random(len(which)) * (high - low)).astype(np.int32)
        is_missing = may_miss & (self._random.random(len(which)) < _SHARE_MISSING)
        drawn[is_missing | (low >= high)] = pool.n_numbers
        return drawn, is_free

    def _listed(
        self, choices: NDArray[np.bool_], which: NDArray[np.intp]
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        # the first that may be, where chance finds none
        drawn = choices.argmax(axis=1)[which].astype(np.int32)
        for _ in range(_N_TRIES):
            tried = self._random.integers(choices.shape[1], size=len(which))
            drawn = np.where(choices[which, tried], tried, drawn).astype(np.int32)
        return drawn, np.all(choices[which], axis=1)
