"""Which values a feature is tried with at each test on it."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

import numpy as np

from headway.optimize.forest import ROOT
from headway.optimize.lowering.columns import rounded_to_float32

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.forest import Forest
    from headway.optimize.tree_paths import Reach
    from headway.optimize.tree_pools import Pools

# As many as a set of categories can have, with the unknown and the missing
_MAX_CATEGORIES_PER_TEST = 260
NOWHERE = -1


class Rank(enum.IntEnum):
    """How much a row proves beside the others: those that prove less come later."""

    SIDE_OF_A_THRESHOLD = 0
    SIDE_OF_A_TEST = 1
    MISSING = 2
    BESIDE = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Candidates:
    """Values to try.

    Attributes:
        test: Position among the tests, shape (n_candidates,).
        place: In the pool of the feature that is tested, shape (n_candidates,).
        rank: `Rank` of each, shape (n_candidates,).
        child: The node that it goes on to, `NOWHERE` where that is not known, shape (n_candidates,).
    """

    test: NDArray[np.intp]
    place: NDArray[np.intp]
    rank: NDArray[np.intp]
    child: NDArray[np.intp]


def candidates(
    forest: Forest,
    pools: Pools,
    reach: Reach,
    tests: NDArray[np.intp],
    is_first: NDArray[np.bool_],
    random: np.random.Generator,
) -> Candidates:
    """Return what to try at tests that some row reaches.

    Args:
        forest: The ensemble.
        pools: Candidates of its features.
        reach: What the features may be at these tests.
        tests: Nodes of the forest, shape (n_tests,).
        is_first: Whether a test is the first of its threshold, shape (n_tests,).
        random: Draws among equals.
    """
    found = _Found(forest, pools, reach, tests, is_first)
    feature_of_test = pools.feature_of[forest.column[tests]]
    is_set = np.isin(tests, list(forest.members))
    is_possible = reach.is_possible()
    for feature in pools.of:
        is_own = is_possible & (feature_of_test == feature)
        if feature in pools.ordered:
            found.ordered(feature, np.flatnonzero(is_own))
        else:
            found.listed(feature, np.flatnonzero(is_own & ~is_set), random)
            found.of_sets(feature, np.flatnonzero(is_own & is_set), random)
    return found.all()


class _Found:
    def __init__(
        self,
        forest: Forest,
        pools: Pools,
        reach: Reach,
        tests: NDArray[np.intp],
        is_first: NDArray[np.bool_],
    ) -> None:
        self._forest = forest
        self._pools = pools
        self._reach = reach
        self._tests = tests
        self._is_first = is_first
        self._parts: list[tuple[NDArray[np.intp], ...]] = []
        above = forest.parent[tests]
        # a row that is made for the test above has this one's feature missing, where it may be
        self._is_missing_tried = (
            (above != ROOT)
            & (pools.feature_of[forest.column[above]] != pools.feature_of[forest.column[tests]])
            & ~np.isin(above, list(forest.members))
        )

    def all(self) -> Candidates:
        """Return what was found."""
        nothing = np.empty(0, dtype=np.intp)
        parts = self._parts or [(nothing,) * 4]
        return Candidates(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def ordered(self, feature: int, which: NDArray[np.intp]) -> None:
        """Try both sides of the cut, missing, and what lies next to the cut."""
        pool, slot = self._pools.of[feature], self._pools.slot_of[feature]
        low, high = self._reach.low[which, slot], self._reach.high[which, slot]
        cut = self._pools.cut[self._tests[which]]

        def is_inside(place: NDArray[np.integer]) -> NDArray[np.bool_]:
            return np.asarray((low <= place) & (place < high))

        for place, child in ((cut - 1, self._forest.left), (cut, self._forest.right)):
            exists = is_inside(place)
            self._add_sides(which[exists], place[exists], child)
        if pool.is_number:
            numbers = pool.encoded[: pool.n_numbers]
            single = rounded_to_float32(numbers[np.maximum(cut - 1, 0)])
            for near in (cut - 2, cut + 1, np.searchsorted(numbers, single)):
                exists = is_inside(near) & self._is_first[which]
                self._add(which[exists], near[exists], Rank.BESIDE)
        self._add_missing(
            which, self._reach.may_miss[which, slot], np.full(len(which), pool.n_numbers)
        )

    def listed(self, feature: int, which: NDArray[np.intp], random: np.random.Generator) -> None:
        """Try the nearest candidates of both sides, and missing."""
        if not len(which):
            return
        tests, allowed = self._tests[which], self._reach.choices[feature][which]
        # chance decides among candidates that are the same to the test
        order = random.permutation(allowed.shape[1])
        traced = self._pools.traced(tests)[:, order]
        is_left, is_number = self._pools.goes_left(tests)[:, order], ~np.isnan(traced)
        sides = ((is_left, 1.0, self._forest.left), (~is_left, -1.0, self._forest.right))
        for is_side, sign, child in sides:
            on_side = is_side & is_number & allowed[:, order]
            nearest = order[np.where(on_side, sign * traced, -np.inf).argmax(axis=1)]
            exists = on_side.any(axis=1)
            self._add_sides(which[exists], nearest[exists], child)
        missing = allowed[:, order] & ~is_number
        self._add_missing(which, np.any(missing, axis=1), order[missing.argmax(axis=1)])

    def of_sets(self, feature: int, which: NDArray[np.intp], random: np.random.Generator) -> None:
        """Try every category that reaches a set."""
        allowed = self._reach.choices[feature][which] if len(which) else np.empty((0, 0))
        some = random.permutation(allowed.shape[1])[:_MAX_CATEGORIES_PER_TEST]
        test, place = np.nonzero(allowed[:, some])
        self._add(which[test], some[place], Rank.SIDE_OF_A_TEST)

    def _add_sides(
        self, which: NDArray[np.intp], place: NDArray[np.integer], child: NDArray[np.intp]
    ) -> None:
        is_first = self._is_first[which]
        ranks = np.where(is_first, Rank.SIDE_OF_A_THRESHOLD, Rank.SIDE_OF_A_TEST)
        self._parts.append(
            (which, place.astype(np.intp), ranks.astype(np.intp), child[self._tests[which]])
        )

    def _add_missing(
        self, which: NDArray[np.intp], exists: NDArray[np.bool_], place: NDArray[np.integer]
    ) -> None:
        is_new = exists & ~self._is_missing_tried[which]
        self._add(which[is_new], place[is_new], Rank.MISSING)

    def _add(self, which: NDArray[np.intp], place: NDArray[np.integer], rank: Rank) -> None:
        ranks, nowhere = np.full(len(which), rank), np.full(len(which), NOWHERE)
        self._parts.append((which, place.astype(np.intp), ranks.astype(np.intp), nowhere))
