"""Distances of rows from a few points. Source: scikit-learn `euclidean_distances` and `ArgKmin`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.state import Lowering


def row_sums(lowering: Lowering, tensor: str, width: int) -> str:
    """Return the sum of each row, shape (n_rows, 1).

    A product with ones adds from left to right, as numpy adds up to eight numbers. `ReduceSum` adds
    in an order of its own, which shows where two sums cancel.

    Args:
        lowering: In the making.
        tensor: Shape (n_rows, width), or with more axes before the last.
        width: Numbers in a row.
    """
    graph = lowering.graph
    return graph.add("MatMul", tensor, graph.constant(np.ones((width, 1))))


def distances(lowering: Lowering, matrix: str, points: NDArray[Any]) -> str:
    """Return the distance of each row from each point, shape (n_rows, n_points).

    Args:
        lowering: In the making.
        matrix: Shape (n_rows, n_columns).
        points: Shape (n_points, n_columns).
    """
    graph = lowering.graph
    squared = graph.add("Max", _squared(lowering, matrix, points), graph.constant([[0.0]]))
    return graph.add("Sqrt", squared)


def nearest(lowering: Lowering, matrix: str, points: NDArray[Any]) -> str:
    """Return the position of the first of the nearest points, shape (n_rows,).

    What is no number, or below 0 by rounding, counts as 0.
    """
    graph = lowering.graph
    squared, zero = _squared(lowering, matrix, points), graph.constant([[0.0]])
    far = graph.add("Where", graph.add("Greater", squared, zero), squared, zero)
    return graph.add("ArgMin", far, axis=1, keepdims=0)


def surrogate_distances(lowering: Lowering, matrix: str, points: NDArray[Any]) -> str:
    """Return numbers that are ordered as the distances are: squared, without the row's own norm."""
    graph = lowering.graph
    return graph.add(
        "Gemm",
        matrix,
        graph.constant(points.T),
        graph.constant(_squared_norms(points)),
        alpha=-2.0,
    )


def _squared(lowering: Lowering, matrix: str, points: NDArray[Any]) -> str:
    graph = lowering.graph
    products = graph.add("MatMul", matrix, graph.constant(-2.0 * points.T))
    norms = row_sums(lowering, graph.add("Mul", matrix, matrix), points.shape[1])
    lifted = graph.add("Add", products, norms)
    return graph.add("Add", lifted, graph.constant(_squared_norms(points)))


def _squared_norms(points: NDArray[Any]) -> NDArray[np.float64]:
    norms: NDArray[np.float64] = np.einsum("ij,ij->i", points, points)[np.newaxis]
    return norms
