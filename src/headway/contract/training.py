"""What a training frame looks like to the code that learns a contract from it: neutral columns.

Invariant: nothing here knows which library the frame came from.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingColumn:
    """One column of a training frame.

    Attributes:
        name: As the frame has it, so not always a string.
        values: A one-dimensional array of kind `f`, `i`, `u`, `b` or `M`, or a list of values with
            `None` for missing. In an array of kind `f` NaN means missing, in one of kind `M` NaT.
        storage: dtype as the library prints it.
        categories: Categories of a `category` column in their order, else `None`.
        is_ordered: Whether these categories have an order.
        holds_none: Whether an `object` column held `None` itself, and not only NaN.
    """

    name: Hashable
    values: NDArray[Any] | list[Any]
    storage: str
    categories: tuple[Any, ...] | None = None
    holds_none: bool = False
    is_ordered: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingFrame:
    """All columns of a training frame, each of `n_rows` values.

    Attributes:
        columns: In the frame's order.
        n_rows: Number of rows.
        layout: Whether it came as a `frame` with names of its own, or as an `array`.
    """

    columns: tuple[TrainingColumn, ...]
    n_rows: int
    layout: Literal["frame", "array"]
