"""Lowers clusterings by means. Source: scikit-learn `cluster/_kmeans.py`, `_bisect_k_means.py`.

A row has the label of the first of its nearest centres, and the distances from all of them as columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans

from headway.optimize.lowering.answers import NumberAnswers
from headway.optimize.lowering.sklearn.affine import finite_matrix, float64_array
from headway.optimize.lowering.sklearn.distances import distances, surrogate_distances
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.optimize.lowering.state import (
        Columns,
        LowerEstimator,
        Lowering,
        LowerTransformer,
    )

# What these do ends with `fit`
_FITTED = ("n_clusters", "init", "n_init", "max_iter", "tol", "verbose", "random_state", "copy_x", "algorithm", "batch_size", "compute_labels", "max_no_improvement", "init_size", "reassignment_ratio", "bisecting_strategy")  # fmt: skip
_PARAMETERS = dict.fromkeys(_FITTED, anything)


def answer_means(lowering: Lowering, step: Any, columns: Columns) -> NumberAnswers:
    """Lower the label of the nearest centre."""
    check_parameters(step, _PARAMETERS)
    matrix = finite_matrix(lowering, columns)
    far = surrogate_distances(lowering, matrix, float64_array(step.cluster_centers_))
    label = lowering.graph.add("ArgMin", far, axis=1, keepdims=0)
    return NumberAnswers(label, element_type="int64")


def lower_means(lowering: Lowering, step: Any, columns: Columns) -> Columns:
    """Lower the distances from the centres."""
    check_parameters(step, _PARAMETERS)
    centres = float64_array(step.cluster_centers_)
    matrix = finite_matrix(lowering, columns)
    return lowering.mixed(distances(lowering, matrix, centres), len(centres))


def answer_bisecting(lowering: Lowering, step: BisectingKMeans, columns: Columns) -> NumberAnswers:
    """Lower the walk down a tree, on whose every node the nearer of two centres is chosen.

    Every node is asked at once. The leaf that a row comes to is the one whose whole way agrees.
    """
    check_parameters(step, _PARAMETERS)
    graph, matrix = lowering.graph, finite_matrix(lowering, columns)
    root = step._bisecting_tree  # noqa: SLF001 - it alone knows the splits
    if root.left is None:
        return answer_means(lowering, step, columns)
    nodes = list(_inner_nodes(root))
    offset = getattr(step, "_X_mean", 0.0)
    far = [
        surrogate_distances(
            lowering,
            matrix,
            float64_array([getattr(node, side).center for node in nodes]) + offset,
        )
        for side in ("left", "right")
    ]
    is_right = graph.cast(graph.add("Less", far[1], far[0]), "float64")
    weights, base = _ways(root, {id(node): place for place, node in enumerate(nodes)})
    agreed = graph.add("Gemm", is_right, graph.constant(weights), graph.constant(base))
    return NumberAnswers(graph.add("ArgMax", agreed, axis=1, keepdims=0), element_type="int64")


def _inner_nodes(node: Any) -> Iterator[Any]:
    if node.left is not None:
        yield node
        yield from _inner_nodes(node.left)
        yield from _inner_nodes(node.right)


def _ways(root: Any, places: dict[int, int]) -> tuple[Any, Any]:
    """Return weights of the decisions, and what is added, so that the leaf come to has 0 and others less.

    Returns:
        Shapes (n_nodes, n_leaves) and (1, n_leaves), leaves in the order of their labels.
    """
    weights, base = np.zeros((len(places), len(places) + 1)), np.zeros((1, len(places) + 1))

    def walk(node: Any, way: tuple[tuple[int, bool], ...]) -> None:
        if node.left is not None:
            place = places[id(node)]
            walk(node.left, (*way, (place, False)))
            walk(node.right, (*way, (place, True)))
            return
        for place, is_right in way:
            weights[place, node.label] = 1.0 if is_right else -1.0
            base[0, node.label] -= 1.0 if is_right else 0.0

    walk(root, ())
    return weights, base


TRANSFORMERS: dict[type, LowerTransformer] = {
    KMeans: lower_means,
    MiniBatchKMeans: lower_means,
    BisectingKMeans: lower_means,
}
ESTIMATORS: dict[type, LowerEstimator] = {
    KMeans: answer_means,
    MiniBatchKMeans: answer_means,
    BisectingKMeans: answer_bisecting,
}
