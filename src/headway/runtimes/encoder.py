"""Turns feature values into the float64 matrices that a lowered graph takes.

The first holds one column for each feature; there is another for each way in which texts are read.

Invariant: a number stays the number it is, a boolean becomes 0 or 1, a string becomes its code in a
vocabulary, a string outside of the vocabulary becomes `UNKNOWN_CODE`, and missing becomes NaN. A
value that the native model raises on is refused here, so that the graph itself never has to.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.contract.model import Scalar
from headway.core.batch import scalars_of
from headway.core.dictionary import DictionaryColumn
from headway.errors import InvalidInputError, Violation
from headway.runtimes.texts import TextColumns, TextEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from headway.core.batch import Column, FeatureBatch

UNKNOWN_CODE = -1.0
_NAN = math.nan
# Below this many rows one pass of plain Python over the rows is cheaper than one numpy call a column.
_ROW_PATH_MAX_ROWS = 16
_MAX_LISTED = 20


class EncoderColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one feature becomes one column of the matrix, and what the native model refuses in it.

    Attributes:
        feature: Name of the feature.
        vocabulary: For a string or categorical feature the known values, whose positions are their
            codes; `None` for a number or boolean.
        unknown_is_missing: Encode a value outside of the vocabulary as missing, as a categorical
            column of the training frame does.
        refuse_unknown: Raise for a value outside of the vocabulary.
        refuse_missing: Raise for a missing value.
        one_of: Encoded values, all others of which are refused; `None` refuses none.
        minimum: Least number that is not refused.
        maximum: Greatest number that is not refused.
        texts: For a feature of texts, the matrices that are made of its terms.
    """

    feature: str
    vocabulary: tuple[Scalar, ...] | None = None
    unknown_is_missing: bool = False
    refuse_unknown: bool = False
    refuse_missing: bool = False
    one_of: tuple[float, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    texts: tuple[TextColumns, ...] = ()


class Encoder:
    """Encodes batches for a lowered graph.

    Args:
        columns: One for each feature of the contract, in its order.

    Attributes:
        n_terms: Columns of the matrices of terms, all together.
    """

    def __init__(self, columns: Sequence[EncoderColumn]) -> None:
        self.columns = tuple(columns)
        self._coders = [_coder(column) for column in self.columns]
        # numpy itself turns numbers and booleans into float64, and None into NaN
        self._needed = [(j, code) for j, code in enumerate(self._coders) if code is not None]
        self._text_encoders = [
            (j, TextEncoder(text)) for j, column in enumerate(self.columns) for text in column.texts
        ]
        self.n_terms = sum(encoder.width for _, encoder in self._text_encoders)

    def encode(self, batch: FeatureBatch) -> NDArray[np.float64]:
        """Return the matrix of shape (n_rows, n_features).

        Raises:
            InvalidInputError: Values that the native model refuses; all of them at once.
        """
        try:
            if batch.is_by_row and batch.n_rows <= _ROW_PATH_MAX_ROWS:
                return self._encode_rows(batch.rows())
            return self._encode_columns(batch)
        except _RefusedError:
            raise InvalidInputError(list(self._violations(batch))) from None

    @property
    def is_linear(self) -> bool:
        """Whether reading texts takes time that grows with their length, and no faster."""
        return all(text.is_linear for column in self.columns for text in column.texts)

    def texts(self, batch: FeatureBatch) -> list[tuple[TextEncoder, list[str]]]:
        """Return what reads texts, each with the texts of all rows, which `encode` has accepted."""
        if not self._text_encoders:
            return []
        columns = batch.columns()
        return [(encoder, scalars_of(columns[j])) for j, encoder in self._text_encoders]

    def _encode_rows(self, rows: Sequence[tuple[Any, ...]]) -> NDArray[np.float64]:
        encoded = []
        for row in rows:
            values = list(row)
            for j, code in self._needed:
                values[j] = code(values[j])
            encoded.append(values)
        return np.array(encoded, dtype=np.float64).reshape(len(rows), len(self.columns))

    def _encode_columns(self, batch: FeatureBatch) -> NDArray[np.float64]:
        n_rows = batch.n_rows
        matrix = np.empty((n_rows, len(self.columns)), dtype=np.float64)
        columns: Iterable[Any] = (
            zip(*batch.rows(), strict=True) if batch.is_by_row and n_rows else batch.columns()
        )
        for j, (column, code, values) in enumerate(
            zip(self.columns, self._coders, columns, strict=True)
        ):
            if column.vocabulary is not None and code is not None:
                matrix[:, j] = _codes(values, code)
                continue
            matrix[:, j] = _numbers(values)
            if code is not None and not _are_accepted(column, matrix[:, j]):
                raise _RefusedError("one_of")
        return matrix

    def _violations(self, batch: FeatureBatch) -> Iterable[Violation]:
        for i, row in enumerate(batch.rows()):
            for column, code, value in zip(self.columns, self._coders, row, strict=True):
                try:
                    if code is not None:
                        code(value)
                except _RefusedError as refused:
                    yield _violation(i, column, refused.rule)

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


class _RefusedError(Exception):
    """A value that the native model refuses."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class _Codes(dict[Any, float]):
    """Codes of one column, by value; missing and unknown values among them."""

    def __init__(self, column: EncoderColumn, vocabulary: Sequence[Scalar]) -> None:
        super().__init__({value: float(code) for code, value in enumerate(vocabulary)})
        self._column = column
        self._refused = set()
        if column.one_of is not None:
            allowed = frozenset(column.one_of)
            self._refused = {value for value, code in self.items() if code not in allowed}
        for value in self._refused:
            del self[value]
        if not column.refuse_missing:
            self[None] = _NAN

    def __missing__(self, value: Any) -> float:
        # NaN is the only value that differs from itself
        is_missing = value is None or value != value  # noqa: PLR0124
        is_refused = value in self._refused
        if is_missing or (self._column.unknown_is_missing and not is_refused):
            if self._column.refuse_missing:
                raise _RefusedError("null")
            return _NAN
        if is_refused or self._column.refuse_unknown:
            raise _RefusedError("one_of")
        return UNKNOWN_CODE


def _codes(values: Column, code: Callable[[Any], float]) -> NDArray[np.float64]:
    if isinstance(values, DictionaryColumn):
        return values.mapped(code)
    scalars = values.tolist() if isinstance(values, np.ndarray) else values
    return np.fromiter(map(code, scalars), dtype=np.float64, count=len(scalars))


def _numbers(values: Column) -> NDArray[Any]:
    if isinstance(values, DictionaryColumn):
        return values.mapped(_number)
    if isinstance(values, np.ndarray):
        return values
    # twice as fast as to let numpy look for a type that holds all values
    return np.fromiter(values, dtype=np.float64, count=len(values))


def _number(value: Any) -> float:
    return _NAN if value is None else float(value)


def _coder(column: EncoderColumn) -> Callable[[Any], float] | None:
    """Return what encodes one value, or `None` where numpy does."""
    if column.vocabulary is not None:
        return _Codes(column, column.vocabulary).__getitem__
    return None if column == EncoderColumn(column.feature) else _number_coder(column)


def _number_coder(column: EncoderColumn) -> Callable[[Any], float]:
    low, high, allowed = _limits(column)

    def code(value: Any) -> float:
        if value is not None and low <= value <= high and (allowed is None or value in allowed):
            return value  # type: ignore[no-any-return]
        # NaN is the only value that differs from itself
        if value is None or value != value:  # noqa: PLR0124
            if column.refuse_missing:
                raise _RefusedError("null")
            return _NAN
        if low <= value <= high:
            raise _RefusedError("one_of")
        raise _RefusedError("ge" if value < low else "le")

    return code


def _are_accepted(column: EncoderColumn, values: NDArray[np.float64]) -> bool:
    """Whether nothing is refused in a column of numbers."""
    low, high, allowed = _limits(column)
    accepted = (values >= low) & (values <= high)
    if allowed is not None:
        accepted &= np.isin(values, list(allowed))
    if not column.refuse_missing:
        accepted |= np.isnan(values)
    return bool(accepted.all())


def _limits(column: EncoderColumn) -> tuple[float, float, frozenset[float] | None]:
    return (
        -math.inf if column.minimum is None else column.minimum,
        math.inf if column.maximum is None else column.maximum,
        None if column.one_of is None else frozenset(column.one_of),
    )


def _violation(row: int, column: EncoderColumn, rule: str) -> Violation:
    if rule == "null":
        return Violation(row, column.feature, rule, "the model takes no missing value here")
    if rule == "one_of":
        return Violation(
            row, column.feature, rule, "the model knows no such category", _hint(column)
        )
    bound = column.minimum if rule == "ge" else column.maximum
    return Violation(row, column.feature, rule, f"the model takes no number beyond {bound:g} here")


def _hint(column: EncoderColumn) -> str:
    known: Sequence[Any] = column.vocabulary or column.one_of or ()
    if column.vocabulary is not None and column.one_of is not None:
        known = [column.vocabulary[int(code)] for code in column.one_of]
    return "allowed: " + ", ".join(f"`{value}`" for value in known[:_MAX_LISTED])
