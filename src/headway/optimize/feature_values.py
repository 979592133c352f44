"""Which values a feature can have, and what each is to the graph: the ground that probe rows are made on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.bounds import type_range
from headway.core.batch import FeatureBatch
from headway.core.dtypes import INT64_MAX, DType
from headway.errors import InvalidInputError
from headway.optimize.replaced_rows import array_of
from headway.runtimes.encoder import UNKNOWN_CODE, Encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.model import Feature, Scalar
    from headway.optimize.lowering.columns import Values
    from headway.runtimes.encoder import EncoderColumn

_UNKNOWN_WORD = "no such category"


class FeatureValues:
    """The values of one feature, raw and encoded.

    Args:
        feature: Of the contract.
        column: How it is encoded.
    """

    def __init__(self, feature: Feature, column: EncoderColumn) -> None:
        self.feature = feature
        self.vocabulary = column.vocabulary
        self.terms = tuple(term for text in column.texts for term in text.vocabulary)
        self._unknown_is_missing = column.unknown_is_missing
        self.unknown = _unknown_value(feature, column.vocabulary)
        self._encoder = Encoder([column])

    def decode(self, encoded: float) -> Scalar | None:
        """Return a raw value that is encoded so."""
        if np.isnan(encoded):
            return None if self.feature.nullable else self.unknown
        if self.vocabulary is not None:
            return self.unknown if encoded == UNKNOWN_CODE else self.vocabulary[int(encoded)]
        if self.feature.dtype is DType.FLOAT:
            return float(encoded)
        return bool(encoded) if self.feature.dtype is DType.BOOLEAN else int(encoded)

    def decoded(self, encoded: Values) -> NDArray[Any]:
        """Return raw values that are encoded so: floats as floats, anything else as objects."""
        if self.vocabulary is None and self.feature.dtype is DType.FLOAT:
            return encoded
        return array_of([self.decode(value) for value in encoded.tolist()])

    def accepted(self, raw: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which values the encoder takes; what it refuses, the native model refuses too."""
        is_accepted = np.ones(len(raw), dtype=np.bool_)
        values = raw if raw.dtype.kind == "f" else raw.tolist()
        try:
            self._encoder.encode(FeatureBatch.from_columns((self.feature.name,), [values]))
        except InvalidInputError as error:
            is_accepted[[violation.row for violation in error.violations]] = False
        return is_accepted

    def few(self) -> list[float] | None:
        """Return every encoded value of a feature of few values, missing last; `None` for numbers."""
        missing = [np.nan] if self.feature.nullable else []
        if self.vocabulary is not None:
            others = missing if self.unknown is None else [UNKNOWN_CODE, *missing]
            if self._unknown_is_missing:
                others = [np.nan] if others else []
            return [*map(float, range(len(self.vocabulary))), *others]
        return [0.0, 1.0, *missing] if self.feature.dtype is DType.BOOLEAN else None

    def around(self, numbers: Values) -> Values:
        """Return the numbers and their neighbours that this feature can be, ascending."""
        if self.feature.dtype is DType.INTEGER:
            low, high = self.integer_range()
            whole = np.floor(np.clip(numbers, low, high))
            # float64 rounds the greatest integer of 64 bits up
            near: Values = np.unique(np.concatenate([whole - 1, whole, whole + 1]))
            is_held = (near >= low) & (near <= high) & (near < INT64_MAX)
            return np.compress(is_held, near)
        with np.errstate(over="ignore"):
            single = numbers.astype(np.float32).astype(np.float64)
            below, above = np.nextafter(numbers, -np.inf), np.nextafter(numbers, np.inf)
        near = np.unique(np.concatenate([numbers, below, above, single]))
        return np.compress(np.isfinite(near), near)

    def integer_range(self) -> tuple[int, int]:
        """Return the least and the greatest integer that the training frame's column can hold."""
        least, greatest = type_range(DType.INTEGER, self.feature.storage)
        return int(least), int(greatest)


def _unknown_value(feature: Feature, vocabulary: tuple[Scalar, ...] | None) -> Scalar | None:
    """Return a value of the feature's type that is none of its vocabulary."""
    if vocabulary is None or feature.dtype is DType.BOOLEAN:
        return None
    if feature.dtype is DType.STRING:
        word = _UNKNOWN_WORD
        while word in vocabulary:
            word += "!"
        return word
    greatest = max((float(value) for value in vocabulary), default=0.0) + 1
    return int(greatest) if feature.dtype is DType.INTEGER else greatest
