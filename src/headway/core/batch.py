"""`FeatureBatch`: checked feature values of n rows, the one thing that a runtime takes.

Invariant: a batch holds values that the contract allows, in the contract's order of features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from typing_extensions import override

from headway.core.dictionary import DictionaryColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# a list of values with None for missing, a numpy array with one value a row, or a DictionaryColumn
Column = Any


class FeatureBatch:
    """Feature values of `n_rows` rows, kept by row or by column, whichever they came in.

    One row that came as JSON is cheapest as a tuple, ten thousand that came as a frame are cheapest
    as arrays, so both are kept as they came and the other view is made on demand.

    A value is a `float`, `int`, `bool` or `str`, a `Decimal`, `date`, `time` or `datetime` (an
    instant is in UTC), nested lists for a tensor, or `None` for missing. An integer feature may hold
    an integral `float` (JSON `5.0`). In a float64 array NaN means missing too, and NaT in a
    datetime64 array. An array of tensors has the shape (n_rows, *shape).

    Args are given to `from_rows` and `from_columns`.

    Examples:
        >>> batch = FeatureBatch.from_rows(("age", "purpose"), [(41, "car"), (None, "tv")])
        >>> batch.n_rows, batch.columns()[1]
        (2, ['car', 'tv'])
    """

    __slots__ = ("_columns", "_rows", "n_rows", "names")

    def __init__(
        self,
        names: tuple[str, ...],
        n_rows: int,
        rows: Sequence[tuple[Any, ...]] | None,
        columns: Sequence[Column] | None,
    ) -> None:
        self.names = names
        self.n_rows = n_rows
        self._rows = rows
        self._columns = columns

    @classmethod
    def from_rows(cls, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> Self:
        """Keep rows, each a tuple in the order of `names`."""
        return cls(names, len(rows), rows, None)

    @classmethod
    def from_columns(cls, names: tuple[str, ...], columns: Sequence[Column]) -> Self:
        """Keep columns in the order of `names`, all of one length."""
        return cls(names, len(columns[0]) if columns else 0, rows=None, columns=columns)

    @classmethod
    def joined(cls, batches: Sequence[FeatureBatch]) -> Self:
        """Return the rows of several batches of the same features, in their order.

        Examples:
            >>> one = FeatureBatch.from_rows(("age",), [(41,)])
            >>> FeatureBatch.joined([one, FeatureBatch.from_columns(("age",), [[20, None]])]).rows()
            [(41,), (20,), (None,)]
        """
        return cls.from_rows(batches[0].names, [row for batch in batches for row in batch.rows()])

    def rows(self) -> Sequence[tuple[Any, ...]]:
        """Return the rows as tuples of Python's own values, missing as `None`."""
        if self._rows is None:
            self._rows = list(zip(*map(scalars_of, self._columns or ()), strict=True))
        return self._rows

    def columns(self) -> Sequence[Column]:
        """Return one list, array or dictionary column per feature, each of length `n_rows`."""
        if self._columns is None:
            self._columns = [list(column) for column in zip(*(self._rows or ()), strict=True)] or [
                [] for _ in self.names
            ]
        return self._columns

    @property
    def is_by_row(self) -> bool:
        """Whether rows are at hand without a conversion."""
        return self._rows is not None

    def take(self, indices: Sequence[int] | NDArray[np.intp]) -> FeatureBatch:
        """Return the rows at `indices`, in that order."""
        if self._rows is not None:
            return FeatureBatch.from_rows(self.names, [self._rows[i] for i in indices])
        positions = np.asarray(indices, dtype=np.intp)
        columns = [_taken(column, positions) for column in self.columns()]
        return FeatureBatch(self.names, len(indices), rows=None, columns=columns)

    def __len__(self) -> int:
        return self.n_rows

    @override
    def __repr__(self) -> str:
        return f"FeatureBatch(n_rows={self.n_rows}, n_features={len(self.names)})"


def _taken(column: Column, positions: NDArray[np.intp]) -> Column:
    if isinstance(column, np.ndarray):
        return column[positions]
    if isinstance(column, DictionaryColumn):
        return column.take(positions)
    return [column[i] for i in positions.tolist()]


def scalars_of(column: Column) -> list[Any]:
    """Return the values of a column as Python scalars, missing as `None`."""
    if not isinstance(column, np.ndarray):
        return list(column)
    if column.dtype.kind == "M" and np.datetime_data(column.dtype)[0] == "ns":
        # `tolist` turns nanoseconds into plain integers; a date-time of Python's loses some
        return [None if np.isnat(value) else value for value in column]
    values: list[Any] = column.tolist()
    if column.ndim == 1 and column.dtype.kind in "fO":
        # NaN is the only value that differs from itself
        return [None if value is None or value != value else value for value in values]  # noqa: PLR0124
    return values
