"""`Forest`: the nodes of all trees of an ensemble, numbered through."""

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
        left=np.concatenate(
            [start + tree.left for start, tree in zip(starts, trees, strict=False)]
        ),
        right=np.concatenate(
            [start + tree.right for start, tree in zip(starts, trees, strict=False)]
        ),
        parent=parent,
        is_left=is_left,
        members=members,
    )
