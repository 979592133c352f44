"""Brings symbolic columns together into the matrices that operators take.

Invariant: a column is copied only where an operator needs it beside others; columns that already lie
together, in order, cost nothing.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from headway.runtimes.onnx import GRAPH_INPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.optimize.graph import GraphBuilder
    from headway.optimize.lowering.columns import Column

Place = tuple[str, int]


class Matrices:
    """The float64 matrices of one graph.

    Args:
        graph: Gets the operators.
        n_features: Columns of the graph's input.
    """

    def __init__(self, graph: GraphBuilder, n_features: int) -> None:
        self._graph = graph
        self._widths = {GRAPH_INPUT: n_features}
        self._fills = np.full((1, n_features), np.nan)
        self._fill_row: str | None = None
        self._filled = ""

    def declare(self, tensor: str, width: int) -> None:
        """Say how many columns a tensor has."""
        self._widths[tensor] = width

    def width(self, tensor: str) -> int:
        """Return how many columns a tensor has."""
        return self._widths[tensor]

    def of(self, columns: Sequence[Column]) -> str:
        """Return the matrix of exactly these columns, shape (n_rows, n_columns)."""
        return self._gather([self._place(column) for column in columns])

    def holding(self, columns: Sequence[Column]) -> tuple[str, list[int]]:
        """Return a matrix that holds these columns among others, and their positions in it."""
        places = [self._place(column) for column in columns]
        tensors = list(dict.fromkeys(tensor for tensor, _ in places))
        if len(tensors) == 1:
            return tensors[0], [position for _, position in places]
        starts = dict(
            zip(tensors, itertools.accumulate((self._widths[t] for t in tensors), initial=0))  # noqa: B905 - the total is left over
        )
        whole = self._graph.add("Concat", *tensors, axis=1)
        return whole, [starts[tensor] + position for tensor, position in places]

    def finish(self) -> None:
        """Give the constants that were not known before."""
        if self._fill_row is not None:
            self._graph.set_constant(self._fill_row, self._fills)

    def _place(self, column: Column) -> Place:
        """Return where a column lies once its missing values are filled."""
        if column.fill is None:
            return column.tensor, column.position
        if column.tensor == GRAPH_INPUT and self._claim(column.position, column.fill):
            return self._filled_features(), column.position
        values = self._gather([(column.tensor, column.position)])
        filled = self._graph.add(
            "Where", self._graph.add("IsNaN", values), self._graph.constant([[column.fill]]), values
        )
        self.declare(filled, 1)
        return filled, 0

    def _claim(self, position: int, fill: float) -> bool:
        """Whether the one filled copy of the features fills this feature with this value."""
        if np.isnan(self._fills[0, position]):
            self._fills[0, position] = fill
        return bool(self._fills[0, position] == fill)

    def _filled_features(self) -> str:
        if self._fill_row is None:
            self._fill_row = self._graph.late_constant()
            missing = self._graph.add("IsNaN", GRAPH_INPUT)
            self._filled = self._graph.add("Where", missing, self._fill_row, GRAPH_INPUT)
            self.declare(self._filled, self._widths[GRAPH_INPUT])
        return self._filled

    def _gather(self, places: Sequence[Place]) -> str:
        runs = [
            (tensor, [position for _, position in run])
            for tensor, run in itertools.groupby(places, key=lambda place: place[0])
        ]
        parts = [self._part(tensor, positions) for tensor, positions in runs]
        if len(parts) == 1:
            return parts[0]
        whole = self._graph.add("Concat", *parts, axis=1)
        self.declare(whole, len(places))
        return whole

    def _part(self, tensor: str, positions: list[int]) -> str:
        if positions == list(range(self._widths[tensor])):
            return tensor
        part = self._graph.add("Gather", tensor, self._graph.constant(positions, "int64"), axis=1)
        self.declare(part, len(positions))
        return part
