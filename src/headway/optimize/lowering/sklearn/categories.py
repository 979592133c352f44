"""Categories as encoded numbers, and looking values up among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import LoweringError
from headway.optimize.lowering.columns import MAX_CODE, MAX_EXACT_INTEGER, Column, Values
from headway.runtimes.encoder import UNKNOWN_CODE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Vocabulary
    from headway.optimize.lowering.state import Columns, Lowering

# What stands for missing where missing is a category of its own. No code is below `UNKNOWN_CODE`, and
# no infinity reaches a step that knows categories of numbers.
_MISSING_CODE = UNKNOWN_CODE - 1
_MISSING_NUMBER = -np.inf
# Codes of a table start after the entries for missing and for unknown
_FIRST_CODE = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Lookup:
    """What one column's values stand for.

    Attributes:
        column: Holds codes or numbers.
        known: Its categories as `encoded_categories` gives them.
        answers: One for a value that is no category, then one for each category.
    """

    column: Column
    known: Values
    answers: Values

    def answer(self, values: Values) -> Values:
        """Return what each value of the column stands for."""
        answer = np.full(values.shape, self.answers[0])
        for category, found in zip(self.known, self.answers[1:], strict=True):
            answer[np.isnan(values) if np.isnan(category) else values == category] = found
        return answer

    def answering(self) -> Column:
        """Return the column as the numbers that its values stand for."""
        present = self.answers[~np.isnan(self.answers)]
        is_code = (np.abs(present) < MAX_CODE) & (present % 1 == 0)
        return dataclasses.replace(
            self.column,
            vocabulary=None,
            trace=lambda values: self.answer(self.column.trace(values)),
            is_computed=True,
            is_single=False,
            is_code_like=bool(is_code.all()),
            is_bounded=True,
        )


def encoded_categories(column: Column, categories: NDArray[Any]) -> Values:
    """Return the fitted categories of a column as it holds them: codes or numbers, NaN for missing.

    Raises:
        LoweringError: float64 does not hold one of them exactly, or no request can.
    """
    return np.array([_encoded(column, value) for value in categories.tolist()], dtype=np.float64)


def marked(column: Column) -> Column:
    """Return the column with a number of its own where a value is missing."""
    if column.fill is not None:
        return column
    return dataclasses.replace(column, fill=_marker(column))


def indicators(lowering: Lowering, pairs: Sequence[tuple[Column, float]]) -> str:
    """Return the matrix that is 1 where a column holds a value, else 0; shape (n_rows, n_pairs)."""
    columns = [marked(column) if np.isnan(value) else column for column, value in pairs]
    row = [_marker(column) if np.isnan(value) else value for column, value in pairs]
    is_equal = lowering.graph.add(
        "Equal", lowering.matrices.of(columns), lowering.graph.constant([row])
    )
    return lowering.graph.cast(is_equal, "float64")


def places(lowering: Lowering, lookups: Sequence[Lookup]) -> Columns:
    """Return for columns of numbers the place of each value among the categories.

    Returns:
        Columns of small integers: 0 for a value that is no category, 1 for the first, ...
    """
    pairs: list[tuple[Column, float]] = []
    weights = np.zeros((sum(len(lookup.known) for lookup in lookups), len(lookups)))
    for j, lookup in enumerate(lookups):
        column = marked(lookup.column) if np.isnan(lookup.known).any() else lookup.column
        n_known = len(lookup.known)
        weights[len(pairs) : len(pairs) + n_known, j] = np.arange(1, n_known + 1)
        pairs += [(column, value) for value in lookup.known.tolist()]
    tensor = lowering.graph.add(
        "MatMul", indicators(lowering, pairs), lowering.graph.constant(weights)
    )
    placed = [
        dataclasses.replace(lookup, answers=np.arange(len(lookup.known) + 1.0))
        for lookup in lookups
    ]
    return lowering.computed(tensor, [lookup.answering() for lookup in placed])


def looked_up(lowering: Lowering, lookups: Sequence[Lookup]) -> Columns:
    """Return what the values of each column stand for."""
    coded = [lookup for lookup in lookups if lookup.column.vocabulary is not None]
    numeric = [lookup for lookup in lookups if lookup.column.vocabulary is None]
    made = iter(_looked_up_codes(lowering, coded) if coded else ())
    computed = iter(_looked_up_numbers(lowering, numeric) if numeric else ())
    return tuple(next(computed if lookup.column.vocabulary is None else made) for lookup in lookups)


def _looked_up_codes(lowering: Lowering, lookups: Sequence[Lookup]) -> Columns:
    """Look codes up in one table, which covers what the vocabularies come to hold."""
    starts, table = lowering.graph.late_constant(), lowering.graph.late_constant()

    def fill_in() -> None:
        parts = [lookup.answer(_domain(lookup.column.vocabulary)) for lookup in lookups]
        ends = np.cumsum([len(part) for part in parts])
        lowering.graph.set_constant(table, np.concatenate(parts))
        lowering.graph.set_constant(starts, [_FIRST_CODE + np.array([0.0, *ends[:-1]])])

    lowering.at_end(fill_in)
    codes = lowering.matrices.of([marked(lookup.column) for lookup in lookups])
    place = lowering.graph.cast(lowering.graph.add("Add", codes, starts), "int64")
    tensor = lowering.graph.add("Gather", table, place)
    return lowering.computed(tensor, [lookup.answering() for lookup in lookups])


def _looked_up_numbers(lowering: Lowering, lookups: Sequence[Lookup]) -> Columns:
    ends = np.cumsum([len(lookup.answers) for lookup in lookups])
    starts = lowering.graph.constant([[0, *ends[:-1]]])
    table = lowering.graph.constant(np.concatenate([lookup.answers for lookup in lookups]))
    found = lowering.matrices.of(places(lowering, lookups))
    place = lowering.graph.cast(lowering.graph.add("Add", found, starts), "int64")
    tensor = lowering.graph.add("Gather", table, place)
    return lowering.computed(tensor, [lookup.answering() for lookup in lookups])


def _encoded(column: Column, value: Any) -> float:
    if value is None and column.misses_as_none:
        return np.nan
    if value is None:
        raise LoweringError("it knows `None` as a category, which a request does not tell from NaN")
    if isinstance(value, float) and np.isnan(value):
        return value
    if column.vocabulary is not None:
        return column.vocabulary.code(value)
    if not isinstance(value, bool | int | float):
        raise LoweringError(f"the category {value!r} is no number, in a column of numbers")
    if isinstance(value, int) and abs(value) >= MAX_EXACT_INTEGER:
        raise LoweringError(f"the category {value} has more digits than float64 holds")
    return float(value)


def _marker(column: Column) -> float:
    return _MISSING_NUMBER if column.vocabulary is None else _MISSING_CODE


def _domain(vocabulary: Vocabulary | None) -> Values:
    n_codes = 0 if vocabulary is None else len(vocabulary)
    return np.array([np.nan, UNKNOWN_CODE, *range(n_codes)])
