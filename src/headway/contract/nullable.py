"""Integers of which some are missing, as frames hold them that keep null apart from numbers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.core.batch import Column

_EXACT_BELOW = 2**53


@dataclasses.dataclass(frozen=True, slots=True)
class NullableIntegers:
    """A column of integers with its missing values beside it.

    Attributes:
        values: Kind `i` or `u`, shape (n_rows,); anything where it is missing.
        is_missing: Where the value is missing, shape (n_rows,).
    """

    values: NDArray[Any]
    is_missing: NDArray[np.bool]

    def __len__(self) -> int:
        return len(self.values)

    def column(self) -> Column:
        """Return the column as a batch holds it: floats with NaN, or a list where these are inexact."""
        present = self.values[~self.is_missing]
        is_exact = not len(present) or (
            int(present.max()) <= _EXACT_BELOW and int(present.min()) >= -_EXACT_BELOW
        )
        if is_exact:
            numbers = self.values.astype(np.float64)
            numbers[self.is_missing] = np.nan
            return numbers
        return self.tolist()

    def tolist(self) -> list[int | None]:
        """Return the value of each row, `None` for missing."""
        pairs = zip(self.values.tolist(), self.is_missing.tolist(), strict=True)
        return [None if missing else value for value, missing in pairs]
