"""Candidate values of every feature that an ensemble of trees looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.optimize.lowering.columns import last_at_or_below

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from headway.optimize.feature_values import FeatureValues
    from headway.optimize.forest import Forest
    from headway.optimize.lowering.columns import Column, Values

_FAR = 1e30
_LISTED = -1


class Pool:
    """Candidates of one feature: numbers in ascending order, or every value of few; missing last.

    Args:
        values: Of the feature.
        boundaries: The last number before some test turns.

    Attributes:
        encoded: Shape (n_candidates,).
        raw: What each is in a row, shape (n_candidates,).
        n_numbers: How many are not missing.
        may_miss: Whether the last one is missing.
        is_number: Whether the feature is a number of any size.
    """

    def __init__(self, values: FeatureValues, boundaries: Values) -> None:
        few = values.few()
        self.is_number = few is None
        if few is None:
            missing = [np.nan] if values.feature.nullable else []
            near = values.around(np.array([*boundaries, 0.0, _FAR, -_FAR]))
            candidates = np.array([*near, *missing])
        else:
            candidates = np.array(few, dtype=np.float64)
        raw = values.decoded(candidates)
        is_accepted = values.accepted(raw)
        self.encoded: Values = candidates[is_accepted]
        self.raw: NDArray[np.generic] = raw[is_accepted]
        self.n_numbers = len(self.encoded) - int(np.isnan(self.encoded).sum())
        self.may_miss = self.n_numbers < len(self.encoded)
        numbers = self.encoded[: self.n_numbers]
        # what is far off may drown what a tree adds in what another step does
        self.near = tuple(np.searchsorted(numbers, [-_FAR / 2, _FAR / 2]).tolist())


class Pools:
    """The candidates of all features, and where each test of the ensemble cuts them.

    Args:
        forest: The ensemble.
        columns: What its nodes look at.
        features: Of the contract.
        landmarks: By feature, numbers that some step compares with.

    Attributes:
        of: By position of the feature, its candidates.
        ordered: Features of which every test takes the lower numbers to its left.
        listed: The others.
        feature_of: By column, shape (n_columns,).
        slot_of: Position among `ordered`, negative for listed, shape (n_features,).
        cut: How many candidates go left at a test of an ordered feature, shape (n_nodes,).
        missing_goes_left: At a test of an ordered feature, shape (n_nodes,).
    """

    def __init__(
        self,
        forest: Forest,
        columns: Sequence[Column],
        features: Sequence[FeatureValues],
        landmarks: Mapping[int, Sequence[float]],
    ) -> None:
        self._forest = forest
        self.feature_of = np.array([column.only_feature for column in columns], dtype=np.intp)
        tests = forest.tests
        used = np.unique(forest.column[tests]).tolist()
        last = {c: self._last_left(tests[forest.column[tests] == c], columns[c]) for c in used}
        self.of: dict[int, Pool] = {}
        for feature in sorted({columns[c].only_feature for c in used}):
            boundaries = [last[c] for c in used if columns[c].only_feature == feature]
            known = np.array(landmarks.get(feature, ()), dtype=np.float64)
            self.of[feature] = Pool(features[feature], np.unique(np.concatenate([*boundaries, known])))  # fmt: skip
        self._traced = {c: columns[c].trace(self.of[columns[c].only_feature].encoded) for c in used}
        self._sets = {columns[int(forest.column[node])].only_feature for node in forest.members}
        self.ordered = [feature for feature in self.of if self._is_ordered(feature)]
        self.listed = [feature for feature in self.of if feature not in self.ordered]
        self.slot_of = np.full(len(features), _LISTED, dtype=np.intp)
        self.slot_of[self.ordered] = np.arange(len(self.ordered))
        self.cut = np.zeros(len(forest.column), dtype=np.int32)
        self.missing_goes_left = np.zeros(len(forest.column), dtype=np.bool_)
        for c in used:
            self._cut(c, tests[forest.column[tests] == c])

    def _last_left(self, tests: NDArray[np.intp], column: Column) -> Values:
        return last_at_or_below(column.trace, np.unique(self._forest.threshold[tests]))

    def _is_ordered(self, feature: int) -> bool:
        pool = self.of[feature]
        if feature in self._sets or not pool.n_numbers:
            return False
        return all(
            bool((np.diff(traced[: pool.n_numbers]) >= 0).all())
            for c, traced in self._traced.items()
            if self.feature_of[c] == feature
        )

    def _cut(self, c: int, tests: NDArray[np.intp]) -> None:
        pool, traced = self.of[int(self.feature_of[c])], self._traced[c]
        thresholds = self._forest.threshold[tests]
        self.cut[tests] = np.searchsorted(traced[: pool.n_numbers], thresholds, side="right")
        if pool.may_miss:
            missing = traced[-1]
            self.missing_goes_left[tests] = (
                self._forest.missing_left[tests] if np.isnan(missing) else missing <= thresholds
            )

    def goes_left(self, tests: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which candidates go left at tests of one listed feature, shape (n_tests, n_candidates)."""
        column, members = self._forest.column, self._forest.members
        traced = self.traced(tests)
        left: NDArray[np.bool_] = traced <= self._forest.threshold[tests, np.newaxis]
        left |= np.isnan(traced) & self._forest.missing_left[tests, np.newaxis]
        for i, node in enumerate(tests.tolist()):
            if node in members:
                left[i] = np.isin(self._traced[int(column[node])], members[node])
        return left

    def traced(self, tests: NDArray[np.intp]) -> Values:
        """Return what each candidate is in the column of each test, shape (n_tests, n_candidates)."""
        used, which = np.unique(self._forest.column[tests], return_inverse=True)
        return np.stack([self._traced[c] for c in used.tolist()])[which]
