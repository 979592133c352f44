"""Chooses golden rows from the training frame, and records what the native model answers for them.

Invariant: the same frame gives the same rows, and every one of them keeps the contract.
"""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.bundle.golden import MAX_GOLDEN_ROWS, GoldenRows
from headway.core.dictionary import DictionaryColumn
from headway.releases.answers import answers_of, plain_answers
from headway.releases.rows import accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import Column, FeatureBatch
    from headway.runtimes.port import Runtime

# Shares of the rows; what they leave is spread over the classes
_EXTREME_RATIO = 0.25
_MISSING_RATIO = 0.125
_CATEGORY_RATIO = 0.2
_CATEGORIES = (bool, int, float, str)
_ORDERED = (Decimal, dt.date, dt.time)


def golden_rows(
    contract: Contract, batch: FeatureBatch, labels: Sequence[Any] | None, runtime: Runtime
) -> tuple[GoldenRows, NDArray[np.intp]]:
    """Record at most `MAX_GOLDEN_ROWS` rows with the answers of every method that the model has.

    Args:
        contract: Rows that it refuses are left out.
        batch: The training rows.
        labels: The class of each row, or `None`.
        runtime: The native model.

    Returns:
        The golden rows, and their positions in `batch`.

    Raises:
        PredictionError: The model raised.
    """
    positions = np.array(choose_rows(batch.columns(), batch.n_rows, labels), dtype=np.intp)
    kept, chosen = accepted(contract, batch.take(positions.tolist()))
    return record(contract, chosen, runtime), positions[kept]


def record(contract: Contract, rows: FeatureBatch, runtime: Runtime) -> GoldenRows:
    """Record rows with the answers of every method that the model has.

    Raises:
        PredictionError: The model raised.
    """
    outputs = {
        str(method): plain_answers(answers_of(runtime.predict(rows, method), method))
        for method in (contract.output.methods if rows.n_rows else ())
    }
    return GoldenRows(names=contract.names, rows=tuple(rows.rows()), outputs=outputs)


def choose_rows(
    columns: Sequence[Column],
    n_rows: int,
    labels: Sequence[Any] | None,
    most: int = MAX_GOLDEN_ROWS,
) -> list[int]:
    """Return positions of rows that show much of the frame, ascending.

    Least and greatest numbers, missing values and rare categories come first; the rest is taken
    evenly from each class.
    """
    if n_rows <= most:
        return list(range(n_rows))
    telling = {
        *itertools.islice(_extremes(columns), int(most * _EXTREME_RATIO)),
        *itertools.islice(_missing(columns), int(most * _MISSING_RATIO)),
        *itertools.islice(_categories(columns), int(most * _CATEGORY_RATIO)),
    }
    return sorted(telling.union(_spread(n_rows, labels, most - len(telling))))


def _extremes(columns: Sequence[Column]) -> Iterator[int]:
    for column in columns:
        if isinstance(column, list):
            ordered = [(value, i) for i, value in enumerate(column) if isinstance(value, _ORDERED)]
            if ordered:
                yield min(ordered)[1]
                yield max(ordered)[1]
        elif isinstance(column, np.ndarray) and column.dtype.kind in "fiubM":
            flat, width = column.ravel(), column[:1].size
            finite = np.flatnonzero(np.isfinite(flat))
            if len(finite):
                yield int(finite[np.argmin(flat[finite])]) // width
                yield int(finite[np.argmax(flat[finite])]) // width


def _missing(columns: Sequence[Column]) -> Iterator[int]:
    for column in columns:
        if isinstance(column, list):
            yield from itertools.islice((i for i, v in enumerate(column) if v is None), 1)
        elif isinstance(column, DictionaryColumn):
            yield from np.flatnonzero(column.is_missing)[:1].tolist()
        elif column.ndim == 1 and column.dtype.kind in "fM":
            # NaN and NaT are the only values that differ from themselves
            yield from np.flatnonzero(column != column)[:1].tolist()  # noqa: PLR0124


def _categories(columns: Sequence[Column]) -> Iterator[int]:
    for column in columns:
        if isinstance(column, list):
            first: dict[Any, int] = {}
            for i, value in enumerate(column):
                if value is None or isinstance(value, _CATEGORIES):
                    first.setdefault(value, i)
            yield from first.values()
        elif isinstance(column, DictionaryColumn):
            yield from _first_rows(column)


def _first_rows(column: DictionaryColumn) -> list[int]:
    """Return for each value, and for missing, the first row that has it, ascending."""
    n_rows = len(column)
    first = np.full(len(column.values) + 1, n_rows)
    # of several rows with one code numpy keeps the last that it writes
    first[column.codes[::-1]] = np.arange(n_rows)[::-1]
    found: list[int] = np.sort(first[first < n_rows]).tolist()
    return found


def _spread(n_rows: int, labels: Sequence[Any] | None, most: int) -> Iterator[int]:
    """Yield at most `most` rows, as many of each class, each class evenly over the frame."""
    everything = [np.arange(n_rows)]
    by_class = everything if labels is None else _rows_by_class(labels)
    if len(by_class) > most:  # numbers to be predicted, not classes
        by_class = everything
    share = most // len(by_class)
    for rows in by_class:
        steps = np.linspace(0, len(rows) - 1, num=min(share, len(rows)))
        yield from rows[steps.astype(np.intp)].tolist()


def _rows_by_class(labels: Sequence[Any]) -> list[NDArray[np.intp]]:
    codes = DictionaryColumn.of(labels).codes
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
