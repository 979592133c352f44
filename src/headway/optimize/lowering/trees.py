"""Decision trees as every library's are: arrays of nodes, and their `TreeEnsemble` operator.

Invariant: thresholds, members and leaves stay the values that the native model holds, in its precision.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

import numpy as np

from headway.optimize.graph import ML_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.optimize.graph import ElementType, GraphBuilder
    from headway.optimize.lowering.columns import Values

LEAF = -1
# ONNX Runtime keeps a set of fewer values than this, all of them in [0, 31), as bits of one number
_BITS = 31
_SUM = 1


class _Mode(enum.IntEnum):
    """`nodes_modes` of `TreeEnsemble`."""

    AT_MOST = 0
    BELOW = 1
    MEMBER = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Tree:
    """One tree. Node 0 is its root; a node whose `column` is `LEAF` answers its `value`.

    A node with members sends a value that is one of them to `left`, every other value and missing
    to `right`. A node without sends a value of at most `threshold` to `left`.

    Attributes:
        target: Which score the tree adds to.
        column: Position of the column that a node looks at, shape (n_nodes,).
        threshold: Shape (n_nodes,).
        left: Next node, shape (n_nodes,).
        right: Next node, shape (n_nodes,).
        missing_left: Whether missing goes to `left`, at a node without members, shape (n_nodes,).
        members: By node, the float64 values of its set.
        value: Shape (n_nodes,).
    """

    target: int
    column: NDArray[np.intp]
    threshold: Values
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    missing_left: NDArray[np.bool_]
    members: dict[int, tuple[float, ...]]
    value: Values

    def goes_left(self, node: int, values: Values) -> NDArray[np.bool_]:
        """Return for each value whether it goes to the left child of `node`."""
        if node in self.members:
            is_member: NDArray[np.bool_] = np.isin(values, self.members[node])
            return is_member
        is_left: NDArray[np.bool_] = values <= self.threshold[node]
        if self.missing_left[node]:
            is_left |= np.isnan(values)
        return is_left


def needs_codes(members: Sequence[float]) -> bool:
    """Whether ONNX Runtime tests this set by turning values into 32-bit integers.

    It gives a fraction or a missing value another value's answer there, so that no column that can
    hold either may meet such a set.
    """
    low, high = min(members, default=0.0), max(members, default=0.0)
    return len(members) >= _BITS or low < 0 or high >= _BITS


def add_tree_ensemble(
    graph: GraphBuilder,
    tensor: str,
    positions: Sequence[int],
    trees: Sequence[Tree],
    n_targets: int,
    element_type: ElementType = "float64",
) -> str:
    """Add the sum of all trees, shape (n_rows, n_targets), added in the order of the trees.

    Args:
        graph: Gets the operator.
        tensor: Matrix that the trees read.
        positions: Where in `tensor` each column of the trees lies.
        trees: At least one.
        n_targets: Number of scores.
        element_type: Of the matrix, of thresholds and leaves, and of the sum.
    """
    layout = _Layout(np.asarray(positions, dtype=np.int64))
    for tree in trees:
        layout.place(tree)
    return graph.add(
        "TreeEnsemble",
        tensor,
        domain=ML_DOMAIN,
        n_targets=n_targets,
        aggregate_function=_SUM,
        post_transform=0,
        **layout.attributes(element_type),
    )


class _Layout:
    """Gathers the nodes and leaves of all trees into the operator's attributes."""

    def __init__(self, positions: NDArray[np.int64]) -> None:
        self._positions = positions
        self._n_nodes = self._n_leaves = 0
        self._roots: list[int] = []
        self._parts: dict[str, list[NDArray[np.generic]]] = {}
        self._members: list[float] = []

    def place(self, tree: Tree) -> None:
        """Append one tree."""
        is_leaf = tree.column == LEAF
        # where each node lies in its own list, that of the leaves or that of the splits
        place = np.where(is_leaf, np.cumsum(is_leaf) + self._n_leaves, np.cumsum(~is_leaf) + self._n_nodes) - 1  # fmt: skip
        self._roots.append(self._n_nodes)
        splits = np.flatnonzero(~is_leaf)
        if len(splits) == 0:
            self._place_stump(int(place[0]))
        else:
            modes, bounds = self._tests(tree, splits)
            self._extend(
                nodes_featureids=self._positions[tree.column[splits]],
                nodes_modes=modes,
                nodes_splits=bounds,
                nodes_missing_value_tracks_true=tree.missing_left[splits],
                nodes_truenodeids=place[tree.left[splits]],
                nodes_trueleafs=is_leaf[tree.left[splits]],
                nodes_falsenodeids=place[tree.right[splits]],
                nodes_falseleafs=is_leaf[tree.right[splits]],
            )
        self._extend(
            leaf_targetids=np.full(is_leaf.sum(), tree.target), leaf_weights=tree.value[is_leaf]
        )
        self._n_nodes += max(len(splits), 1)
        self._n_leaves += int(is_leaf.sum())

    def _tests(self, tree: Tree, splits: NDArray[np.intp]) -> tuple[NDArray[np.uint8], Values]:
        modes = np.full(len(splits), _Mode.AT_MOST, dtype=np.uint8)
        bounds = tree.threshold[splits].copy()
        for i in np.flatnonzero(np.isin(splits, list(tree.members))).tolist():
            members = tree.members[int(splits[i])]
            if members:
                modes[i], bounds[i] = _Mode.MEMBER, 0.0
                self._members += [*members, np.nan]
            else:  # nothing is in an empty set, as nothing is below -inf
                modes[i], bounds[i] = _Mode.BELOW, -np.inf
        return modes, bounds

    def _place_stump(self, leaf: int) -> None:
        """Append the form that a tree without a split has: both branches are its leaf."""
        self._extend(
            nodes_featureids=[0],
            nodes_modes=np.array([_Mode.AT_MOST], dtype=np.uint8),
            nodes_splits=[0.0],
            nodes_missing_value_tracks_true=[0],
            nodes_truenodeids=[leaf],
            nodes_trueleafs=[1],
            nodes_falsenodeids=[leaf],
            nodes_falseleafs=[1],
        )

    def _extend(self, **parts: object) -> None:
        for name, part in parts.items():
            self._parts.setdefault(name, []).append(np.asarray(part))

    def attributes(self, element_type: ElementType) -> dict[str, object]:
        """Return the operator's attributes: tensors for numbers and modes, lists of integers else."""
        numbers = np.dtype(element_type)
        tensors = {
            "nodes_splits": numbers,
            "leaf_weights": numbers,
            "nodes_modes": np.dtype(np.uint8),
        }
        made: dict[str, object] = {"tree_roots": self._roots}
        for name, parts in self._parts.items():
            whole = np.concatenate(parts)
            made[name] = (
                whole.astype(tensors[name]) if name in tensors else whole.astype(np.int64).tolist()
            )
        if self._members:
            made["membership_values"] = np.array(self._members, dtype=numbers)
        return made
