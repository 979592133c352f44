"""Probe rows on the thresholds of trees.

For each node there are rows that reach it, whatever else they hold, and that lie on its threshold: the
last raw value that goes left, the first that goes right, one unit in the last place further to each
side, and the float32 rounding; or every category. So each test, each set and each leaf of the
ensemble decides some answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.optimize.lowering.columns import last_at_or_below
from headway.optimize.lowering.trees import LEAF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from headway.optimize.edge_rows import Replaced
    from headway.optimize.feature_values import FeatureValues
    from headway.optimize.lowering.columns import Column, Values
    from headway.optimize.lowering.form import Landmarks
    from headway.optimize.lowering.trees import Tree

MAX_NODES = 50_000
# As many as a set of categories can have, with the unknown and the missing
_MAX_CATEGORIES_PER_NODE = 260
_FAR = (0.0, 1e30, -1e30)

Masks = dict[int, "NDArray[np.bool_]"]


def tree_rows(
    landmarks: Landmarks,
    features: Sequence[FeatureValues],
    n_real_rows: int,
    random: np.random.Generator,
) -> Replaced:
    """Return which real row gets which values, in random order.

    Args:
        landmarks: The ensembles; of those with more than `MAX_NODES` tests, whole trees are drawn.
        features: Of the contract.
        n_real_rows: Number of real rows.
        random: Draws trees, real rows and the order.
    """
    rows: Replaced = []
    for trees, columns in landmarks.ensembles:
        pools = _Pools(trees, columns, features, landmarks.numbers)
        for tree in _drawn(trees, random):
            for values in _rows_of_tree(tree, pools, random):
                drawn = random.integers(n_real_rows, size=len(values)).tolist()
                rows += zip(drawn, values, strict=True)
    return [rows[i] for i in random.permutation(len(rows)).tolist()]


def _drawn(trees: Sequence[Tree], random: np.random.Generator) -> Iterator[Tree]:
    n_nodes = 0
    for i in random.permutation(len(trees)):
        if n_nodes >= MAX_NODES:
            break
        n_nodes += int((trees[i].column != LEAF).sum())
        yield trees[i]


class _Pools:
    """Candidate values of every feature, and what each is in every column."""

    def __init__(
        self,
        trees: Sequence[Tree],
        columns: Sequence[Column],
        features: Sequence[FeatureValues],
        landmarks: Mapping[int, Sequence[float]],
    ) -> None:
        self._features = features
        self._landmarks = landmarks
        self.feature_of = [column.only_feature for column in columns]
        self._boundaries = _boundaries(trees, columns)
        self.encoded: dict[int, Values] = {}
        self.is_few: dict[int, bool] = {}
        for feature in set(self.feature_of):
            few = features[feature].few()
            self.is_few[feature] = few is not None
            pool = np.array(few) if few is not None else self._numbers(feature)
            self.encoded[feature] = np.array(
                [value for value in pool if features[feature].is_accepted(self.raw(feature, value))]
            )
        self.traced = [column.trace(self.encoded[column.only_feature]) for column in columns]

    def raw(self, feature: int, encoded: float) -> Any:
        """Return a raw value of a feature."""
        return self._features[feature].decode(encoded)

    def near(self, column: int, threshold: float) -> set[int]:
        """Return the raw candidates next to a threshold, and its float32 rounding."""
        if self.is_few[self.feature_of[column]]:
            return set()
        pool = self.encoded[self.feature_of[column]]
        numbers = pool[: len(pool) - int(np.isnan(pool).sum())]
        boundary = self._boundaries[column][threshold]
        with np.errstate(over="ignore"):
            single = float(np.float32(boundary))
        place = int(np.searchsorted(numbers, boundary, side="right"))
        return {place - 2, place - 1, place, place + 1, int(np.searchsorted(numbers, single))}

    def _numbers(self, feature: int) -> Values:
        boundaries = [
            boundary
            for column, found in enumerate(self._boundaries)
            if self.feature_of[column] == feature
            for boundary in found.values()
        ]
        landmarks = self._landmarks.get(feature, ())
        values = self._features[feature]
        numbers = values.around(np.array([*boundaries, *landmarks, *_FAR]))
        return np.array([*numbers, *([np.nan] if values.feature.nullable else [])])


def _boundaries(trees: Sequence[Tree], columns: Sequence[Column]) -> list[dict[float, float]]:
    """Return by column, for each threshold, the last raw number that goes left."""
    found: list[dict[float, float]] = []
    for j, column in enumerate(columns):
        used = [tree.threshold[tree.column == j] for tree in trees]
        thresholds = np.unique(np.concatenate(used)) if used else np.empty(0)
        last = last_at_or_below(column.trace, thresholds)
        found.append(dict(zip(thresholds.tolist(), last.tolist(), strict=True)))
    return found


def _rows_of_tree(
    tree: Tree, pools: _Pools, random: np.random.Generator
) -> Iterator[list[dict[int, Any]]]:
    """Yield for each node that can be reached the values of its rows."""
    waiting: list[tuple[int, Masks]] = [(0, {})]
    while waiting:
        node, masks = waiting.pop()
        column = int(tree.column[node])
        if column == LEAF:
            continue
        feature = pools.feature_of[column]
        mask = masks.get(feature)
        if mask is None:
            mask = np.ones(len(pools.encoded[feature]), dtype=np.bool_)
        goes_left = tree.goes_left(node, pools.traced[column])
        yield _rows_of_node(tree, node, masks | {feature: mask}, pools, random)
        for child, side in ((tree.left[node], mask & goes_left), (tree.right[node], mask & ~goes_left)):  # fmt: skip
            if side.any():
                waiting.append((int(child), masks | {feature: side}))


def _rows_of_node(
    tree: Tree, node: int, masks: Masks, pools: _Pools, random: np.random.Generator
) -> list[dict[int, Any]]:
    column = int(tree.column[node])
    feature = pools.feature_of[column]
    others = {
        other: pools.raw(other, pools.encoded[other][_middle(mask)])
        for other, mask in masks.items()
        if other != feature
    }
    allowed = np.flatnonzero(masks[feature])
    if node in tree.members:
        chosen = random.permutation(allowed)[:_MAX_CATEGORIES_PER_NODE].tolist()
    else:
        near = pools.near(column, float(tree.threshold[node]))
        beside = _beside(tree, node, allowed, pools.traced[column])
        chosen = sorted(near.intersection(allowed.tolist()) | beside)
    return [others | {feature: pools.raw(feature, pools.encoded[feature][i])} for i in chosen]


def _beside(tree: Tree, node: int, allowed: NDArray[np.intp], traced: Values) -> set[int]:
    """Return the candidates nearest to the threshold in the column itself, and missing."""
    values = traced[allowed]
    goes_left, is_missing = tree.goes_left(node, values), np.isnan(values)
    left, right = allowed[goes_left & ~is_missing], allowed[~goes_left & ~is_missing]
    beside = set(allowed[is_missing].tolist()[:1])
    if len(left):
        beside.add(int(left[np.argmax(traced[left])]))
    if len(right):
        beside.add(int(right[np.argmin(traced[right])]))
    return beside


def _middle(mask: NDArray[np.bool_]) -> int:
    places = np.flatnonzero(mask)
    return int(places[len(places) // 2])
