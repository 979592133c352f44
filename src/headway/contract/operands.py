"""Operands of row rules: constants, values of features, and what is computed of others.

Each gives its value for one row, and for columns. What is missing in a column is `None`, or NaN in an
array of floats.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from headway.contract import truth
from headway.contract.temporal import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kind = Literal[
    "number",
    "string",
    "boolean",
    "date",
    "time",
    "time with offset",
    "date-time",
    "date-time with offset",
]
# What is compared as whole days or microseconds; nothing is computed of it
TEMPORAL: frozenset[Kind] = frozenset(
    {"date", "time", "time with offset", "date-time", "date-time with offset"}
)


class Part(NamedTuple):
    """One part of an expression.

    Attributes:
        kind: What it gives; a truth of `headway.contract.truth` for a boolean.
        of_row: Gives it for one row.
        of_columns: Gives it for columns, as `Masked` values or an array of truths.
    """

    kind: Kind
    of_row: Callable[[Sequence[Any]], Any]
    of_columns: Callable[[Sequence[Any]], Any]


def constant(kind: Kind, value: Any) -> Part:
    """Return a part that is the same for every row."""
    if kind == "boolean":
        code = np.int8(value)
        return Part(kind, lambda _: int(value), lambda _: code)
    if kind in TEMPORAL:
        value = counted(value)
    values = np.float64(value) if kind == "number" else value
    masked = truth.Masked(values, np.bool(False))
    return Part(kind, lambda _: value, lambda _: masked)


def feature_values(kind: Kind, position: int) -> Part:
    """Return the values of the feature at a position of the contract."""
    of_row, of_columns = _READERS.get(kind, (_counted, _counted_column))
    return Part(
        kind, lambda row: of_row(row[position]), lambda columns: of_columns(columns[position])
    )


def negated(part: Part) -> Part:
    """Return the opposite of a truth."""
    table = np.array(truth.NOT, dtype=np.int8)
    return Part(
        "boolean",
        lambda row: truth.NOT[part.of_row(row)],
        lambda columns: table[part.of_columns(columns)],
    )


def applied(kind: Kind, operation: truth.Operation, parts: Sequence[Part]) -> Part:
    """Return what an operation gives for the values of other parts."""
    scalar, vector = operation
    if len(parts) == 2:  # noqa: PLR2004 - the usual case, without a list for each row
        (_, left, left_columns), (_, right, right_columns) = parts
        return Part(
            kind,
            lambda row: scalar(left(row), right(row)),
            lambda columns: vector(left_columns(columns), right_columns(columns)),
        )
    return Part(
        kind,
        lambda row: scalar(*[part.of_row(row) for part in parts]),
        lambda columns: vector(*[part.of_columns(columns) for part in parts]),
    )


def joined(table: tuple[tuple[int, ...], ...], parts: Sequence[Part]) -> Part:
    """Return the conjunction or the disjunction of truths, by its table."""
    array = np.array(table, dtype=np.int8)

    def of_row(row: Sequence[Any]) -> int:
        found = parts[0].of_row(row)
        for part in parts[1:]:
            found = table[found][part.of_row(row)]
        return int(found)

    def of_columns(columns: Sequence[Any]) -> Any:
        found = parts[0].of_columns(columns)
        for part in parts[1:]:
            found = array[found, part.of_columns(columns)]
        return found

    return Part("boolean", of_row, of_columns)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    # a decimal may be beyond float64
    return number if math.isfinite(number) else math.nan


def _number_column(column: Any) -> truth.Masked:
    if isinstance(column, np.ndarray):
        values = column.astype(np.float64)
        return truth.Masked(values, np.isnan(values))
    values = np.array([np.nan if v is None else _number(v) for v in column], dtype=np.float64)
    return truth.Masked(values, np.array([v is None for v in column], dtype=bool))


def _counted(value: Any) -> int | None:
    return None if value is None else counted(value)


def _counted_column(column: Any) -> truth.Masked:
    if isinstance(column, np.ndarray):
        is_missing = np.isnat(column)
        microseconds = column.astype("datetime64[us]").astype(np.int64)
        return truth.Masked(np.where(is_missing, 0, microseconds), is_missing)
    values = np.array([0 if v is None else counted(v) for v in column], dtype=np.int64)
    return truth.Masked(values, np.array([v is None for v in column], dtype=bool))


def _string(value: Any) -> Any:
    return value


def _string_column(column: Any) -> truth.Masked:
    # of objects, which compare as Python's strings do
    values = np.empty(len(column), dtype=object)
    values[:] = list(column)
    return truth.Masked(values, np.array([value is None for value in column], dtype=bool))


def _boolean(value: Any) -> int:
    return truth.MISSING if value is None else int(value)


def _boolean_column(column: Any) -> Any:
    return np.array([_boolean(value) for value in list(column)], dtype=np.int8)


_READERS: dict[Kind, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "number": (_number, _number_column),
    "string": (_string, _string_column),
    "boolean": (_boolean, _boolean_column),
}
