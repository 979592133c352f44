"""Functions of one column that are a polynomial on each of several intervals.

Invariant: the interval of a value is found by comparing it with the bounds themselves, in float64.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.optimize.lowering.own_values import on_own_values
from headway.optimize.lowering.trees import LEAF, Tree, add_tree_ensemble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering


@dataclasses.dataclass(frozen=True, slots=True)
class Pieces:
    """What is made of one column.

    Attributes:
        column: It looks at this one.
        bounds: Ascending, shape (n_bounds,). A value lies in the interval whose number is that of the
            bounds below it, a missing one in the last.
        bases: What is subtracted from a value first, shape (n_bounds + 1, n_made).
        coefficients: Of each power, the lowest first, shape (degree + 1, n_bounds + 1, n_made).
    """

    column: Column
    bounds: Values
    bases: Values
    coefficients: Values

    @property
    def n_made(self) -> int:
        """Return how many numbers are made of each value."""
        return int(self.bases.shape[1])

    def trace(self, position: int) -> Trace:
        """Return what computes one of the numbers from the values of the feature."""

        def evaluate(values: Values) -> Values:
            traced = self.column.trace(values)
            place = np.searchsorted(self.bounds, traced, side="left")
            apart = traced - self.bases[place, position]
            *lower, highest = (row[place, position] for row in self.coefficients)
            made: Values = highest
            with np.errstate(all="ignore"):
                for coefficient in reversed(lower):
                    made = made * apart + coefficient
            return made

        return evaluate


def evaluated(lowering: Lowering, pieces: Sequence[Pieces], **changes: Any) -> Columns:
    """Return what is made of each column, one column's numbers after the other's.

    Args:
        lowering: In the making.
        pieces: All of one degree, which make equally many numbers of a value.
        changes: What is to be said of the columns that are made.
    """
    said: dict[str, Any] = {"is_code_like": False} | changes
    graph, columns = lowering.graph, [piece.column for piece in pieces]
    values = lowering.matrices.of(columns)
    place = _places(lowering, pieces)
    last = graph.constant([2], "int64")
    apart = graph.add(
        "Sub",
        graph.add("Unsqueeze", values, last),
        graph.add("Gather", graph.constant(np.concatenate([p.bases for p in pieces])), place),
    )
    *lower, made = (
        graph.add("Gather", graph.constant(np.concatenate(rows)), place)
        for rows in zip(*(piece.coefficients for piece in pieces), strict=True)
    )
    for coefficient in reversed(lower):
        made = graph.add("Add", graph.add("Mul", made, apart), coefficient)
    n_columns = sum(piece.n_made for piece in pieces)
    tensor = graph.add("Reshape", made, graph.constant([-1, n_columns], "int64"))
    return lowering.computed(
        tensor,
        [
            dataclasses.replace(
                piece.column,
                trace=piece.trace(k),
                is_computed=True,
                **said,
            )
            for piece in pieces
            for k in range(piece.n_made)
        ],
    )


def _places(lowering: Lowering, pieces: Sequence[Pieces]) -> str:
    """Return where the interval of each value lies among those of all columns."""
    graph, bounds = lowering.graph, [piece.bounds for piece in pieces]
    trees, columns = on_own_values(
        lowering,
        [_search_tree(j, column_bounds) for j, column_bounds in enumerate(bounds)],
        tuple(piece.column for piece in pieces),
    )
    tensor, positions = lowering.matrices.holding(columns)
    found = add_tree_ensemble(graph, tensor, positions, trees, len(bounds))
    starts = np.cumsum([0, *(len(column_bounds) + 1 for column_bounds in bounds[:-1])])
    return graph.cast(graph.add("Add", found, graph.constant([starts])), "int64")


def _search_tree(position: int, bounds: Values) -> Tree:
    """Return the balanced tree that counts the bounds below a value."""
    n_nodes = 2 * len(bounds) + 1
    column = np.full(n_nodes, LEAF, dtype=np.intp)
    left: NDArray[np.intp] = np.zeros(n_nodes, dtype=np.intp)
    right: NDArray[np.intp] = np.zeros(n_nodes, dtype=np.intp)
    threshold, value = np.zeros(n_nodes), np.zeros(n_nodes)
    n_made, open_nodes = 1, [(0, 0, len(bounds))]
    while open_nodes:
        node, low, high = open_nodes.pop()
        if low == high:
            value[node] = low
            continue
        middle = (low + high) // 2
        column[node], threshold[node] = position, bounds[middle]
        left[node], right[node] = n_made, n_made + 1
        open_nodes += [(n_made, low, middle), (n_made + 1, middle + 1, high)]
        n_made += 2
    return Tree(
        position, column, threshold, left, right, np.zeros(n_nodes, dtype=np.bool_), {}, value
    )
