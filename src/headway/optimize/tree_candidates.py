"""Which values a feature is tried with at each test on it."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.tree_paths import Forest, Reach
    from headway.optimize.tree_pools import Pools

# As many as a set of categories can have, with the unknown and the missing
_MAX_CATEGORIES_PER_TEST = 260


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
    """

    test: NDArray[np.intp]
    place: NDArray[np.intp]
    rank: NDArray[np.intp]


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
        self._parts: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]] = []

    def all(self) -> Candidates:
        """Return what was found."""
        nothing = np.empty(0, dtype=np.intp)
        parts = self._parts or [(nothing, nothing, nothing)]
        return Candidates(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def ordered(self, feature: int, which: NDArray[np.intp]) -> None:
        """Try both sides of the cut, missing, and what lies next to the cut."""
        pool, slot = self._pools.of[feature], self._pools.slot_of[feature]
        low, high = self._reach.low[which, slot], self._reach.high[which, slot]
        cut = self._pools.cut[self._tests[which]]

        def tried(place: NDArray[np.integer], rank: Rank | None) -> None:
            is_inside = (low <= place) & (place < high)
            if rank is Rank.BESIDE:
                is_inside &= self._is_first[which]
            self._add(which[is_inside], place[is_inside], rank)

        numbers = pool.encoded[: pool.n_numbers]
        tried(cut - 1, None)
        tried(cut, None)
        if pool.is_number:
            with np.errstate(over="ignore"):
                single = numbers[np.maximum(cut - 1, 0)].astype(np.float32).astype(np.float64)
            for place in (cut - 2, cut + 1, np.searchsorted(numbers, single)):
                tried(place, Rank.BESIDE)
        missing = which[self._reach.may_miss[which, slot]]
        self._add(missing, np.full(len(missing), pool.n_numbers), Rank.MISSING)

    def listed(self, feature: int, which: NDArray[np.intp], random: np.random.Generator) -> None:
        """Try the nearest candidates of both sides, and missing."""
        if not len(which):
            return
        tests, allowed = self._tests[which], self._reach.choices[feature][which]
        # chance decides among candidates that are the same to the test
        order = random.permutation(allowed.shape[1])
        traced = self._pools.traced(tests)[:, order]
        is_left, is_number = self._pools.goes_left(tests)[:, order], ~np.isnan(traced)
        for is_side, sign in ((is_left, 1.0), (~is_left, -1.0)):
            on_side = is_side & is_number & allowed[:, order]
            nearest = order[np.where(on_side, sign * traced, -np.inf).argmax(axis=1)]
            exists = on_side.any(axis=1)
            self._add(which[exists], nearest[exists], None)
        missing = allowed[:, order] & ~is_number
        exists = missing.any(axis=1)
        self._add(which[exists], order[missing.argmax(axis=1)][exists], Rank.MISSING)

    def of_sets(self, feature: int, which: NDArray[np.intp], random: np.random.Generator) -> None:
        """Try every category that reaches a set."""
        allowed = self._reach.choices[feature][which] if len(which) else np.empty((0, 0))
        some = random.permutation(allowed.shape[1])[:_MAX_CATEGORIES_PER_TEST]
        test, place = np.nonzero(allowed[:, some])
        self._add(which[test], some[place], Rank.SIDE_OF_A_TEST)

    def _add(
        self, which: NDArray[np.intp], place: NDArray[np.integer], rank: Rank | None
    ) -> None:
        ranks = (
            np.where(self._is_first[which], Rank.SIDE_OF_A_THRESHOLD, Rank.SIDE_OF_A_TEST)
            if rank is None
            else np.full(len(which), rank)
        )
        self._parts.append((which, place.astype(np.intp), ranks.astype(np.intp)))
