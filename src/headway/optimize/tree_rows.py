"""Probe rows on the thresholds of trees.

For each node there are rows that reach it, whatever else they hold, and that lie on its threshold: the
last raw value that goes left, the first that goes right, one unit in the last place further to each
side, and the float32 rounding; or every category. So each test, each set and each leaf of the
ensemble decides some answer.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.optimize.lowering.columns import last_at_or_below
from headway.optimize.lowering.trees import LEAF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from headway.optimize.edge_rows import Replaced
    from headway.optimize.feature_values import FeatureValues
    from headway.optimize.lowering.columns import Column, Values
    from headway.optimize.lowering.trees import Tree

MAX_NODES = 50_000
_MAX_CATEGORIES_PER_NODE = 64
_FAR = (0.0, 1e30, -1e30)

Masks = dict[int, "NDArray[np.bool_]"]


@dataclasses.dataclass(frozen=True, slots=True)
class TreeRows:
    """What was made for one ensemble.

    Attributes:
        rows: Which real row gets which values.
        n_nodes: Nodes that were asked for.
        n_unreached: Nodes that no allowed row reaches.
    """

    rows: Replaced
    n_nodes: int
    n_unreached: int


def tree_rows(
    trees: Sequence[Tree],
    columns: Sequence[Column],
    features: Sequence[FeatureValues],
    n_real_rows: int,
    random: np.random.Generator,
) -> TreeRows:
    """Return rows on every test of the ensemble, at most `MAX_NODES` tests drawn by whole trees."""
    pools = _Pools(trees, columns, features)
    rows: Replaced = []
    n_nodes = n_reached = 0
    for i in random.permutation(len(trees)):
        if n_nodes >= MAX_NODES:
            break
        n_nodes += int((trees[i].column != LEAF).sum())
        for values in _rows_of_tree(trees[i], pools, random):
            n_reached += 1
            for replaced in values:
                rows.append((int(random.integers(n_real_rows)), replaced))
    order = random.permutation(len(rows)).tolist()
    return TreeRows([rows[i] for i in order], n_nodes, n_nodes - n_reached)


class _Pools:
    """Candidate values of every feature, and what each is in every column."""

    def __init__(
        self, trees: Sequence[Tree], columns: Sequence[Column], features: Sequence[FeatureValues]
    ) -> None:
        self._features = features
        self.feature_of = [column.feature for column in columns]
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
        self.traced = [column.trace(self.encoded[column.feature]) for column in columns]

    def raw(self, feature: int, encoded: float) -> Any:
        """Return a raw value of a feature."""
        return self._features[feature].decode(encoded)

    def near(self, column: int, threshold: float) -> list[int]:
        """Return the candidates next to a threshold, and its float32 rounding."""
        pool = self.encoded[self.feature_of[column]]
        boundary = self._boundaries[column][threshold]
        n_numbers = len(pool) - int(np.isnan(pool).sum())
        place = int(np.searchsorted(pool[:n_numbers], boundary, side="right")) - 1
        with np.errstate(over="ignore"):
            single = float(np.float32(boundary))
        rounded = int(np.searchsorted(pool[:n_numbers], single))
        near = {place - 1, place, place + 1, place + 2, rounded, *range(n_numbers, len(pool))}
        return sorted(i for i in near if 0 <= i < len(pool))

    def _numbers(self, feature: int) -> Values:
        boundaries = [
            boundary
            for column, found in enumerate(self._boundaries)
            if self.feature_of[column] == feature
            for boundary in found.values()
        ]
        numbers = self._features[feature].around(np.array([*boundaries, *_FAR]))
        missing = [np.nan] if self._features[feature].feature.nullable else []
        return np.array([*numbers, *missing])


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
    if pools.is_few[feature]:
        chosen = random.permutation(allowed)[:_MAX_CATEGORIES_PER_NODE].tolist()
    else:
        near = set(pools.near(column, float(tree.threshold[node])))
        chosen = [i for i in allowed.tolist() if i in near]
        chosen += _one_of_each_side(tree, node, allowed, pools.traced[column])
    return [others | {feature: pools.raw(feature, pools.encoded[feature][i])} for i in chosen]


def _one_of_each_side(
    tree: Tree, node: int, allowed: NDArray[np.intp], traced: Values
) -> list[int]:
    """Return one candidate that goes left and one that goes right, where there are such."""
    goes_left = tree.goes_left(node, traced[allowed])
    sides = [allowed[goes_left], allowed[~goes_left]]
    return [int(side[len(side) // 2]) for side in sides if len(side)]


def _middle(mask: NDArray[np.bool_]) -> int:
    places = np.flatnonzero(mask)
    return int(places[len(places) // 2])
