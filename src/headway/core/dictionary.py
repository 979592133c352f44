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

    __slots__ = ("codes", "values")

    def __init__(self, codes: NDArray[Any], values: Sequence[Any]) -> None:
        self.codes = codes
        self.values = values

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
        table.append(function(None) if column.is_missing.any() else np.nan)
        return column.looked_up(table, np.float64)

    def compact(self) -> DictionaryColumn:
        """Return the column without values that no row has."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))
        used = np.flatnonzero(counts)
        if len(used) == len(self.values):
            return self
        renamed = np.full(len(self.values) + 1, -1, dtype=np.int32)
        renamed[used] = np.arange(len(used), dtype=np.int32)
        return DictionaryColumn(renamed[self.codes], [self.values[i] for i in used.tolist()])

    def take(self, rows: NDArray[np.intp]) -> DictionaryColumn:
        """Return the rows at these positions, in that order."""
        column = DictionaryColumn(self.codes[rows], self.values)
        return column.compact() if len(self.values) > len(rows) else column
