"""The matrices of terms that a graph takes beside its features.

Invariant: the encoder makes a matrix only where some output of the graph needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headway.errors import LoweringError
from headway.optimize.lowering.columns import mixed_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from headway.optimize.graph import GraphBuilder
    from headway.optimize.lowering.columns import Column
    from headway.optimize.lowering.matrices import Matrices
    from headway.runtimes.texts import TextColumns

# A row of so many numbers takes 160 kB on its way through the graph
MAX_TERMS = 20_000


class Texts:
    """The texts of one graph.

    Args:
        graph: Gets the inputs.
        matrices: Is told their widths.
    """

    def __init__(self, graph: GraphBuilder, matrices: Matrices) -> None:
        self._graph = graph
        self._matrices = matrices
        self._made: dict[str, tuple[int, TextColumns]] = {}

    def add(self, feature: int, columns: TextColumns) -> tuple[Column, ...]:
        """Return one column for each term.

        Args:
            feature: Position of the feature of texts.
            columns: Says how its texts are read; its tensor is named here.

        Raises:
            LoweringError: There are too many terms.
        """
        n_terms = len(columns.vocabulary)
        self._check_size(n_terms)
        tensor = self._graph.input(f"texts_{len(self._made)}", n_terms)
        self._made[tensor] = (feature, msgspec.structs.replace(columns, tensor=tensor))
        self._matrices.declare(tensor, n_terms)
        return tuple(mixed_columns(tensor, n_terms, is_bounded=True, never_misses=True))

    def whole(self, columns: Sequence[Column]) -> tuple[int, TextColumns] | None:
        """Return whose columns these are, where they are all those of one text, in order."""
        tensor = columns[0].tensor if columns else ""
        if tensor not in self._made:
            return None
        n_terms = len(self._made[tensor][1].vocabulary)
        places = [(column.tensor, column.position) for column in columns]
        return self._made[tensor] if places == [(tensor, j) for j in range(n_terms)] else None

    def of_features(self, needed: Collection[str]) -> dict[int, tuple[TextColumns, ...]]:
        """Return by position of the feature what the graph needs of its texts.

        Args:
            needed: Names of the inputs that the graph needs.

        Raises:
            LoweringError: There are too many terms in all.
        """
        found: dict[int, tuple[TextColumns, ...]] = {}
        for tensor, (feature, columns) in self._made.items():
            if tensor in needed:
                found[feature] = (*found.get(feature, ()), columns)
        self._check_size(sum(len(text.vocabulary) for texts in found.values() for text in texts))
        return found

    def _check_size(self, n_terms: int) -> None:
        if n_terms > MAX_TERMS:
            raise LoweringError(
                f"its vocabulary has {n_terms:,} terms, of at most {MAX_TERMS:,} covered",
                hint=f"fit with `max_features={MAX_TERMS}`",
            )
