"""Turns feature values into the one float64 matrix that a lowered graph takes.

Invariant: a number stays the number it is, a boolean becomes 0 or 1, a string becomes its code in a
vocabulary, a string outside of the vocabulary becomes `UNKNOWN_CODE`, and missing becomes NaN.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.errors import InvalidInputError, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headway.core.batch import Column, FeatureBatch

UNKNOWN_CODE = -1.0
_NAN = math.nan
# Below this many rows one pass of plain Python over the rows is cheaper than one numpy call a column.
_ROW_PATH_MAX_ROWS = 16


class EncoderColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one feature becomes one column of the matrix.

    Attributes:
        feature: Name of the feature.
        vocabulary: For a string feature the known values, whose positions are their codes; `None`
            for a number or boolean.
        refuse_unknown: Raise for a string outside of the vocabulary instead of encoding it, because
            the native model raises there.
    """

    feature: str
    vocabulary: tuple[str, ...] | None = None
    refuse_unknown: bool = False


class Encoder:
    """Encodes batches for a lowered graph.

    Args:
        columns: One for each feature of the contract, in its order.
    """

    def __init__(self, columns: Sequence[EncoderColumn]) -> None:
        self.columns = tuple(columns)
        self._coders = [_coder(column) for column in self.columns]

    def encode(self, batch: FeatureBatch) -> NDArray[np.float64]:
        """Return the matrix of shape (n_rows, n_features).

        Raises:
            InvalidInputError: A value outside of the vocabulary of a column that refuses it.
        """
        if batch.is_by_row and batch.n_rows <= _ROW_PATH_MAX_ROWS:
            matrix = np.array(
                [
                    [code(value) for code, value in zip(self._coders, row, strict=True)]
                    for row in batch.rows()
                ],
                dtype=np.float64,
            ).reshape(batch.n_rows, len(self.columns))
        else:
            matrix = np.empty((batch.n_rows, len(self.columns)), dtype=np.float64)
            for j, values in enumerate(batch.columns()):
                matrix[:, j] = _encode_column(self._coders[j], values)
        self._refuse_unknown(matrix)
        return matrix

    def _refuse_unknown(self, matrix: NDArray[np.float64]) -> None:
        violations = [
            Violation(
                row=int(i),
                field=column.feature,
                rule="one_of",
                message="the model knows no such category",
                hint="allowed: " + ", ".join(f"`{v}`" for v in (column.vocabulary or ())[:20]),
            )
            for j, column in enumerate(self.columns)
            if column.refuse_unknown
            for i in np.flatnonzero(matrix[:, j] == UNKNOWN_CODE)
        ]
        if violations:
            raise InvalidInputError(violations)

    def to_json(self) -> bytes:
        """Return the encoder as JSON."""
        return msgspec.json.format(msgspec.json.encode(self.columns), indent=1)

    @classmethod
    def from_json(cls, data: bytes) -> Encoder:
        """Read what `to_json` wrote.

        Raises:
            msgspec.ValidationError: The document is not an encoder.
        """
        return cls(msgspec.json.decode(data, type=tuple[EncoderColumn, ...]))


def _coder(column: EncoderColumn) -> Callable[[Any], float]:
    if column.vocabulary is None:
        return _number
    codes = {value: float(code) for code, value in enumerate(column.vocabulary)}

    def code(value: Any) -> float:
        found = codes.get(value)
        if found is not None:
            return found
        # NaN is the only value that differs from itself
        return _NAN if value is None or value != value else UNKNOWN_CODE  # noqa: PLR0124

    return code


def _number(value: Any) -> float:
    return _NAN if value is None else value


def _encode_column(code: Callable[[Any], float], values: Column) -> Any:
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return values
    return [code(value) for value in values]
