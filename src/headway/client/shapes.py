"""Gives answers the type that the rows had.

Invariant: there is one answer for each row, in the order of the rows, under the index of the rows.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Shape(Protocol):
    """What answers become."""

    def restore(self, values: Any, columns: Sequence[Any], name: str) -> Any:
        """Return answers in this shape.

        Args:
            values: One answer, or one for each row; an answer is a scalar or a list.
            columns: Names for the columns where each answer is a list; empty for numbers.
            name: Name of the column where each answer is a scalar.
        """


class PlainShape:
    """Answers stay as they came: for one row, for lists, for a dict of columns."""

    def restore(self, values: Any, columns: Sequence[Any], name: str) -> Any:  # noqa: ARG002
        return values


@dataclasses.dataclass(frozen=True, slots=True)
class ArrayShape:
    """An array of the library that the rows came from.

    Attributes:
        rows: The array.
    """

    rows: Any

    def restore(self, values: Any, columns: Sequence[Any], name: str) -> Any:  # noqa: ARG002
        return self.rows.__array_namespace__().asarray(values)


@dataclasses.dataclass(frozen=True, slots=True)
class PandasShape:
    """A Series, or a DataFrame where each answer is a list, with the index of the rows.

    Attributes:
        index: Of the rows.
    """

    index: Any

    def restore(self, values: Any, columns: Sequence[Any], name: str) -> Any:
        pandas = sys.modules["pandas"]
        if _is_table(values):
            return pandas.DataFrame(values, index=self.index, columns=list(columns) or None)
        return pandas.Series(values, index=self.index, name=name, dtype=_pandas_dtype(values))


class PolarsShape:
    """A Series, or a DataFrame where each answer is a list."""

    def restore(self, values: Any, columns: Sequence[Any], name: str) -> Any:
        polars = sys.modules["polars"]
        if _is_table(values):
            return polars.DataFrame(_by_column(values, columns), strict=False)
        return polars.Series(name, values, strict=False)


@dataclasses.dataclass(frozen=True, slots=True)
class ArrowShape:
    """A ChunkedArray, or a Table where each answer is a list; an Array and a RecordBatch for a batch.

    Attributes:
        is_batch: Whether the rows were a RecordBatch.
    """

    is_batch: bool

    def restore(self, values: Any, columns: Sequence[Any], name: str) -> Any:  # noqa: ARG002
        pyarrow = sys.modules["pyarrow"]
        if _is_table(values):
            kind = pyarrow.RecordBatch if self.is_batch else pyarrow.Table
            return kind.from_pydict(_by_column(values, columns))
        array = pyarrow.array(values)
        return array if self.is_batch else pyarrow.chunked_array([array])


def _is_table(values: Any) -> bool:
    return bool(values) and isinstance(values[0], list)


def _pandas_dtype(values: Any) -> str | None:
    return None if values else "object"


def _by_column(values: list[list[Any]], columns: Sequence[Any]) -> dict[str, list[Any]]:
    names = columns or range(len(values[0]))
    return {str(name): [row[position] for row in values] for position, name in enumerate(names)}
