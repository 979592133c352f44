"""The trees of a LightGBM booster as arrays of nodes.

Source: LightGBM `include/LightGBM/tree.h` (`NumericalDecision`, `CategoricalDecision`), and
`src/c_api.cpp`, which gives a tree 0 for every number that is not further from 0 than `NEAR_ZERO`.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import LoweringError
from headway.optimize.lowering.trees import LEAF, Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Values
    from headway.optimize.lowering.lightgbm.document import Document, Fields

# `kZeroThreshold`, a float32
NEAR_ZERO = float(np.float32(1e-35))
_CATEGORICAL = 1
_DEFAULT_LEFT = 2
_MISSING_SHIFT = 2
_WORD_BITS = 32


class Missing(enum.IntEnum):
    """What a split takes for missing."""

    NONE = 0
    ZERO = 1
    NAN = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Splits:
    """How the columns of a booster are split.

    Attributes:
        greatest_code: By column of categories, the greatest that some set holds.
        zero_as_missing: Columns in which 0 is missing.
    """

    greatest_code: dict[int, float]
    zero_as_missing: frozenset[int]


def read_trees(document: Document) -> tuple[tuple[Tree, ...], Splits]:
    """Return the trees and how their columns are split.

    Raises:
        LoweringError: Some node is none that is covered.
    """
    read = [_Nodes(fields) for fields in document.trees]
    kinds: dict[int, set[Missing | None]] = {}
    greatest: dict[int, float] = {}
    for nodes in read:
        for column, missing in nodes.kinds():
            kinds.setdefault(column, set()).add(missing)
        for node, members in nodes.members.items():
            column = int(nodes.column[node])
            greatest[column] = max(greatest.get(column, 0.0), *members, 0.0)
    for column, found in kinds.items():
        if len(found) > 1 and found & {None, Missing.ZERO}:
            raise LoweringError(f"its splits of column {column} differ in what they take it for")
    zeros = frozenset(column for column, found in kinds.items() if Missing.ZERO in found)
    trees = tuple(nodes.tree(i % document.n_scores) for i, nodes in enumerate(read))
    return trees, Splits(greatest, zeros)


class _Nodes:
    """The nodes of one tree: its splits, then its leaves."""

    def __init__(self, fields: Fields) -> None:
        if fields.get("is_linear", "0") != "0":
            raise LoweringError("its trees have linear models for leaves (`linear_tree`)")
        self.value = _numbers(fields, "leaf_value")
        n_splits = len(self.value) - 1
        self.column = _integers(fields, "split_feature", n_splits)
        self.decision = _integers(fields, "decision_type", n_splits)
        self.threshold = _numbers(fields, "threshold", n_splits)
        self._left = _integers(fields, "left_child", n_splits)
        self._right = _integers(fields, "right_child", n_splits)
        self.members = {
            node: self._set(fields, node)
            for node in np.flatnonzero(self.decision & _CATEGORICAL).tolist()
        }

    def kinds(self) -> set[tuple[int, Missing | None]]:
        """Return which columns are split by number, with what is missing in them, or by category."""
        return {
            (column, None if is_set else Missing(missing))
            for column, is_set, missing in zip(
                self.column.tolist(),
                (self.decision & _CATEGORICAL).tolist(),
                (self.decision >> _MISSING_SHIFT).tolist(),
                strict=True,
            )
        }

    def tree(self, target: int) -> Tree:
        """Return the tree."""
        n_splits, n_leaves = len(self.column), len(self.value)
        missing = self.decision >> _MISSING_SHIFT
        # where NaN is not missing it is 0
        missing_left = np.where(
            missing == Missing.NONE, self.threshold >= 0.0, (self.decision & _DEFAULT_LEFT) != 0
        )
        padding = np.zeros(n_leaves)
        return Tree(
            target=target,
            column=np.append(self.column, np.full(n_leaves, LEAF)).astype(np.intp),
            threshold=np.append(_beside_zero(self.threshold), padding),
            left=self._places(self._left, n_splits),
            right=self._places(self._right, n_splits),
            missing_left=np.append(missing_left, padding).astype(np.bool_),
            members=self.members,
            value=np.append(np.zeros(n_splits), self.value),
        )

    def _places(self, children: NDArray[np.intp], n_splits: int) -> NDArray[np.intp]:
        """Return where children lie among the nodes; the complement of a leaf's place is told."""
        places = np.where(children < 0, n_splits + ~children, children)
        return np.append(places, np.full(n_splits + 1, LEAF)).astype(np.intp)

    def _set(self, fields: Fields, node: int) -> tuple[float, ...]:
        bounds, words = _integers(fields, "cat_boundaries"), _integers(fields, "cat_threshold")
        at = int(self.threshold[node])
        own = words[bounds[at] : bounds[at + 1]]
        return tuple(
            float(i * _WORD_BITS + bit)
            for i, word in enumerate(own.tolist())
            for bit in range(_WORD_BITS)
            if word >> bit & 1
        )


def _beside_zero(thresholds: Values) -> Values:
    """Return thresholds that send the numbers near 0 where 0 goes."""
    moved = np.where((thresholds >= 0) & (thresholds < NEAR_ZERO), NEAR_ZERO, thresholds)
    below = (thresholds >= -NEAR_ZERO) & (thresholds < 0)
    return np.where(below, np.nextafter(-NEAR_ZERO, -np.inf), moved)


def _numbers(fields: Fields, name: str, n: int | None = None) -> Values:
    return np.array(_words(fields, name, n), dtype=np.float64)


def _integers(fields: Fields, name: str, n: int | None = None) -> NDArray[np.intp]:
    return np.array(_words(fields, name, n), dtype=np.intp)


def _words(fields: Fields, name: str, n: int | None) -> Any:
    words = fields[name].split() if n != 0 else []
    if n is not None and len(words) != n:
        raise LoweringError(f"a tree has {len(words)} values of `{name}` for {n} splits")
    return words
