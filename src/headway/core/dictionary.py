"""`DictionaryColumn`: a column that holds each of its values once.

Invariant: what is asked of a column of a million strings is asked of its distinct strings only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray


class DictionaryColumn:
    """One column of a batch, as positions in a list of values.

    Args:
        codes: For each row the position of its value, -1 for missing; signed integers, shape (n_rows,).
        values: Distinct scalars, none of them missing. There may be some that no row has.

    Examples:
        >>> column = DictionaryColumn.of(["car", None, "tv", "car"])
        >>> column.values, column.codes.tolist(), column.tolist()
        (['car', 'tv'], [0, -1, 1, 0], ['car', None, 'tv', 'car'])
    """

    __slots__ = ("_has_missing", "_is_compact", "codes", "values")

    def __init__(self, codes: NDArray[Any], values: Sequence[Any]) -> None:
        self.codes = codes
        self.values = values
        self._is_compact = False
        self._has_missing: bool | None = None

    @classmethod
    def of(cls, values: Sequence[Any]) -> Self:
        """Return a column of values of one type, `None` for missing, in the order of their coming."""
        distinct = dict.fromkeys(values)
        distinct.pop(None, None)
        positions: dict[Any, int] = {value: i for i, value in enumerate(distinct)}
        positions[None] = -1
        codes = np.fromiter(map(positions.__getitem__, values), dtype=np.int32, count=len(values))
        return cls(codes, list(distinct))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Any:
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    @override
    def __repr__(self) -> str:
        return f"DictionaryColumn(n_rows={len(self)}, n_values={len(self.values)})"

    @property
    def is_missing(self) -> NDArray[np.bool]:
        """Where the value is missing, shape (n_rows,)."""
        missing: NDArray[np.bool] = self.codes < 0
        return missing

    @property
    def has_missing(self) -> bool:
        """Whether the value of any row is missing."""
        if self._has_missing is None:
            self._has_missing = bool(self.is_missing.any())
        return self._has_missing

    def tolist(self) -> list[Any]:
        """Return the value of each row, `None` for missing."""
        values: list[Any] = self.looked_up([*self.values, None], object).tolist()
        return values

    def looked_up(self, table: Iterable[Any], dtype: Any) -> NDArray[Any]:
        """Return for each row what stands in a table for its value, shape (n_rows,).

        Args:
            table: One entry for each of `values`, and a last one for missing.
            dtype: Of the entries.
        """
        # by -1 numpy takes the last one
        entries = np.fromiter(table, dtype=dtype, count=len(self.values) + 1)
        found: NDArray[Any] = entries[self.codes]
        return found

    def mapped(self, function: Callable[[Any], float]) -> NDArray[np.float64]:
        """Return the number that a function makes of each row's value, `None` for missing.

        The function is called once for each value that a row has, and for no other.
        """
        column = self.compact()
        table = [function(value) for value in column.values]
        table.append(function(None) if column.has_missing else np.nan)
        return column.looked_up(table, np.float64)

    def compact(self) -> DictionaryColumn:
        """Return the column without values that no row has."""
        if self._is_compact:
            return self
        # a place for missing comes first: one pass, and no row has to be left out
        counts = np.bincount(self.codes.astype(np.intp) + 1, minlength=len(self.values) + 1)
        used = np.flatnonzero(counts[1:])
        column = self
        if len(used) < len(self.values):
            renamed = np.full(len(self.values) + 1, -1, dtype=np.int32)
            renamed[used] = np.arange(len(used), dtype=np.int32)
            values = [self.values[i] for i in used.tolist()]
            column = DictionaryColumn(renamed[self.codes], values)
        column._is_compact, column._has_missing = True, bool(counts[0])
        return column

    def renamed(self, values: Sequence[Any]) -> DictionaryColumn:
        """Return the column with another value in the place of each of its own."""
        column = DictionaryColumn(self.codes, values)
        column._is_compact, column._has_missing = self._is_compact, self._has_missing
        return column

    def take(self, rows: NDArray[np.intp]) -> DictionaryColumn:
        """Return the rows at these positions, in that order."""
        column = DictionaryColumn(self.codes[rows], self.values)
        return column.compact() if len(self.values) > len(rows) else column
