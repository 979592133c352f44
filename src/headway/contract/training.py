"""What a training frame looks like to the code that learns a contract from it: neutral columns.

Invariant: nothing here knows which library the frame came from.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

from headway.contract.nullable import NullableIntegers
from headway.core.dictionary import DictionaryColumn

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from headway.contract.model import FrameLibrary
    from headway.core.batch import Column

    TrainingValues = NDArray[Any] | list[Any] | DictionaryColumn | NullableIntegers


OF_STRINGS = frozenset({str, type(None)})


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingColumn:
    """One column of a training frame.

    Attributes:
        name: As the frame has it, so not always a string.
        values: An array of kind `f`, `i`, `u`, `b` or `M` with one value for each row, where NaN and
            NaT mean missing; an array of one tensor for each row; a dictionary column; integers with their missing values beside them; or a
            list of values with `None` for missing.
        storage: dtype as pandas or numpy print it; numbers of other libraries have numpy's words.
        categories: Categories of a `category` column in their order, else `None`.
        is_ordered: Whether these categories have an order.
        holds_none: Whether missing values are `None`, or null, and not NaN.
    """

    name: Hashable
    values: TrainingValues
    storage: str
    categories: tuple[Any, ...] | None = None
    holds_none: bool = False
    is_ordered: bool = False

    def batch_column(self) -> Column:
        """Return the values as a batch holds them."""
        values = self.values
        return values.column() if isinstance(values, NullableIntegers) else values


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingFrame:
    """All columns of a training frame, each of `n_rows` values.

    Attributes:
        columns: In the frame's order.
        n_rows: Number of rows.
        layout: Whether it came as a `frame` with names of its own, as an `array`, or as several
            `tensors` by name.
        library: Whose frame it is, where it is one.
    """

    columns: tuple[TrainingColumn, ...]
    n_rows: int
    layout: Literal["frame", "array", "tensors"]
    library: FrameLibrary = "pandas"


def listed_values(values: list[Any]) -> list[Any] | DictionaryColumn:
    """Return a list of nothing but strings and `None` as a dictionary column, any other as it is."""
    if set(map(type, values)) <= OF_STRINGS:
        return DictionaryColumn.of(values)
    return values
