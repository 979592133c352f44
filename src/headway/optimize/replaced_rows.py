"""Real rows in which some values are replaced, made by column when they are asked for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.batch import FeatureBatch, scalars_of
from headway.core.dtypes import DType
from headway.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import Column
    from headway.runtimes.encoder import Encoder

KEPT = -1


@dataclasses.dataclass(frozen=True, slots=True)
class Swap:
    """What one feature is in every row.

    Attributes:
        places: Place of the value in `values`, `KEPT` where the real row's own stays, shape (n_rows,).
        values: Raw values, shape (n_values,).
    """

    places: NDArray[np.integer[Any]]
    values: NDArray[Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Replaced:
    """Which real row gets which values.

    Attributes:
        rows: Position of the real row, shape (n_rows,).
        swaps: By position of the feature; a feature that is not in it stays as it is.
    """

    rows: NDArray[np.intp]
    swaps: Mapping[int, Swap]


def stacked(parts: Sequence[Replaced]) -> Replaced:
    """Return the rows of all parts, each part's first rows first."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Replaced(np.empty(0, dtype=np.intp), {})
    sizes = [len(part.rows) for part in parts]
    # by the place of a row in its part, as a share of the part
    shares = np.concatenate([np.arange(size) / max(size, 1) for size in sizes])
    order = np.argsort(shares, kind="stable")
    rows = np.concatenate([part.rows for part in parts])
    swaps = {}
    for feature in sorted({feature for part in parts for feature in part.swaps}):
        swap = _stacked_swap([part.swaps.get(feature) for part in parts], sizes)
        swaps[feature] = Swap(swap.places[order], swap.values)
    return Replaced(rows[order], swaps)


def _stacked_swap(swaps: Sequence[Swap | None], sizes: Sequence[int]) -> Swap:
    places, values, n_values = [], [], 0
    for swap, size in zip(swaps, sizes, strict=True):
        if swap is None:
            places.append(np.full(size, KEPT))
            continue
        places.append(np.where(swap.places == KEPT, KEPT, swap.places + n_values))
        values.append(swap.values)
        n_values += len(swap.values)
    return Swap(np.concatenate(places), np.concatenate(values))


class ReplacedRows:
    """Rows of a contract, of which only positions are kept.

    Args:
        contract: Of the release.
        real: Real rows.
        replaced: Which of them get which values.
    """

    def __init__(self, contract: Contract, real: FeatureBatch, replaced: Replaced) -> None:
        self._names = contract.names
        self._real = [
            raw_values(column, is_float=feature.dtype is DType.FLOAT)
            for feature, column in zip(contract.features, real.columns(), strict=True)
        ]
        self._replaced = replaced
        self.n_rows = len(replaced.rows)

    def take(self, indices: Sequence[int]) -> FeatureBatch:
        """Return the rows at `indices`, by column: missing is NaN in floats and `None` elsewhere."""
        chosen = np.asarray(indices, dtype=np.intp)
        rows = self._replaced.rows[chosen]
        columns: list[Column] = []
        for j, real in enumerate(self._real):
            values = real[rows]
            swap = self._replaced.swaps.get(j)
            if swap is not None:
                places = swap.places[chosen]
                is_swapped = places != KEPT
                values[is_swapped] = swap.values[places[is_swapped]]
            columns.append(values if values.dtype.kind == "f" else values.tolist())
        return FeatureBatch(self._names, len(chosen), rows=None, columns=columns)


def raw_values(column: Column, *, is_float: bool) -> NDArray[Any]:
    """Return a column's values: floats as float64, anything else as objects; shape (n_rows,)."""
    values = scalars_of(column)
    if is_float:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return array_of(values)


def array_of(values: Sequence[Any]) -> NDArray[Any]:
    """Return an array of any objects, shape (n_values,)."""
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


def accepted_rows(batch: FeatureBatch, encoder: Encoder) -> FeatureBatch:
    """Return the rows that nothing refuses, which would hide what is replaced in them."""
    try:
        encoder.encode(batch)
    except InvalidInputError as error:
        refused = {violation.row for violation in error.violations}
        accepted = [i for i in range(batch.n_rows) if i not in refused]
        return batch.take(accepted) if accepted else batch
    return batch
