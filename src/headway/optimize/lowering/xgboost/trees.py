"""The trees of an XGBoost booster as arrays of nodes.

Source: XGBoost `include/xgboost/tree_model.h`, `src/common/categorical.h` (`Decision`) and
`src/predictor/cpu_predictor.cc`: a float32 below its float32 threshold goes left, and so does a
category that is not in the set. Leaves are added in float32 in the order of the trees, to a sum that
starts from the base score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.errors import LoweringError
from headway.optimize.lowering.trees import LEAF, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.optimize.lowering.xgboost.document import TreeDocument

_NO_CHILD = -1
_FLOAT32 = np.float32


def read_tree(document: TreeDocument, target: int, missing_codes: Mapping[int, float]) -> Tree:
    """Return one tree.

    Args:
        document: Of the tree.
        target: The score that it adds to.
        missing_codes: By column of categories, the code that stands for missing.

    Raises:
        LoweringError: Its leaves are vectors, or it is not whole.
    """
    if document.tree_param.size_leaf_vector not in {"0", "1"}:
        raise LoweringError("its leaves are vectors (`multi_strategy='multi_output_tree'`)")
    left = np.array(document.left_children, dtype=np.intp)
    right = np.array(document.right_children, dtype=np.intp)
    conditions = np.array(document.split_conditions, dtype=_FLOAT32)
    is_leaf = left == _NO_CHILD
    default_left = np.array(document.default_left, dtype=np.bool_)
    members = {}
    for node, codes in category_sets(document).items():
        column = document.split_indices[node]
        if default_left[node]:
            members[node] = codes
        else:
            members[node] = (*codes, missing_codes[column])
        left[node], right[node] = right[node], left[node]
        default_left[node] = False
    # below t is at most the number before t
    before = np.nextafter(conditions, _FLOAT32(-np.inf))
    return _reachable(
        Tree(
            target=target,
            column=np.where(is_leaf, LEAF, document.split_indices).astype(np.intp),
            threshold=before.astype(np.float64),
            left=left,
            right=right,
            missing_left=default_left,
            members=members,
            value=np.where(is_leaf, conditions, _FLOAT32(0)).astype(np.float64),
        )
    )


def category_sets(document: TreeDocument) -> dict[int, tuple[float, ...]]:
    """Return the sets of the nodes that ask for categories."""
    segments = zip(
        document.categories_nodes,
        document.categories_segments,
        document.categories_sizes,
        strict=True,
    )
    sets = {
        node: tuple(float(code) for code in document.categories[start : start + size])
        for node, start, size in segments
    }
    if sets.keys() != {node for node, kind in enumerate(document.split_type) if kind}:
        raise LoweringError("its sets of categories are not those of its nodes")
    return sets


def greatest_codes(documents: Sequence[TreeDocument]) -> dict[int, float]:
    """Return by column the greatest category that some set holds."""
    greatest: dict[int, float] = {}
    for document in documents:
        for node, codes in category_sets(document).items():
            column = document.split_indices[node]
            greatest[column] = max(greatest.get(column, 0.0), *codes, 0.0)
    return greatest


def _reachable(tree: Tree) -> Tree:
    """Leave out what pruning left behind."""
    reached, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        reached.append(node)
        if tree.column[node] != LEAF:
            waiting += [int(tree.right[node]), int(tree.left[node])]
    if len(reached) == len(tree.column):
        return tree
    kept = np.array(sorted(reached))
    place = np.full(len(tree.column), LEAF, dtype=np.intp)
    place[kept] = np.arange(len(kept))
    return Tree(
        target=tree.target,
        column=tree.column[kept],
        threshold=tree.threshold[kept],
        left=place[tree.left[kept]],
        right=place[tree.right[kept]],
        missing_left=tree.missing_left[kept],
        members={
            int(place[node]): codes for node, codes in tree.members.items() if place[node] >= 0
        },
        value=tree.value[kept],
    )
