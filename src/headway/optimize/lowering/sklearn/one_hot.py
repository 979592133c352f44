"""Lowers one-hot encoders. Source: scikit-learn `OneHotEncoder.transform`.

Each feature has slots: one for each frequent category, then one for the infrequent ones, without the
dropped slot. A value that is no category has no slot, or the infrequent one where it was told so.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.preprocessing import OneHotEncoder

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.categories import encoded_categories, indicators
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_float64,
    is_switch,
    one_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Column, Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_TO_INFREQUENT = ("infrequent_if_exist", "warn")
PARAMETERS = {
    "categories": anything,
    "drop": anything,
    "sparse_output": is_switch,
    "dtype": is_float64,
    "handle_unknown": one_of("error", "ignore", *_TO_INFREQUENT),
    "min_frequency": anything,
    "max_categories": anything,
    "feature_name_combiner": anything,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """One column of the result.

    Attributes:
        column: The column that it tells about.
        values: Encoded values; NaN for missing.
        is_complement: Whether it is 1 for all values but these, else for these.
    """

    column: Column
    values: tuple[float, ...]
    is_complement: bool = False


def lower_one_hot_encoder(lowering: Lowering, step: OneHotEncoder, columns: Columns) -> Columns:
    """Make one column of 0 and 1 for each slot."""
    check_parameters(step, PARAMETERS)
    if step.handle_unknown == "error" and any(column.is_single for column in columns):
        raise LoweringError(
            "it refuses unknown float32 numbers", hint="fit on float64 columns, or ignore them"
        )
    slots: list[Slot] = []
    for j, (column, categories) in enumerate(zip(columns, step.categories_, strict=True)):
        known = encoded_categories(column, categories)
        # an array of objects is not searched for infinities
        if categories.dtype.kind != "O":
            lowering.refusals.require_finite_or_missing([column])
        if step.handle_unknown == "error":
            lowering.refusals.require_one_of(column, known)
        lowering.compares_with(column, known)
        slots += _slots(column, known, step, j)
    if not slots:
        return ()
    return lowering.computed(_tensor(lowering, slots), [_column(slot, step) for slot in slots])


def _slots(column: Column, known: Values, step: OneHotEncoder, j: int) -> list[Slot]:
    is_infrequent = np.zeros(len(known), dtype=np.bool_)
    is_infrequent[infrequent_places(step, j)] = True
    slots = [Slot(column, (value,)) for value in known[~is_infrequent].tolist()]
    if is_infrequent.any():
        if step.handle_unknown in _TO_INFREQUENT:
            frequent = tuple(known[~is_infrequent].tolist())
            slots.append(Slot(column, frequent, is_complement=True))
        else:
            slots.append(Slot(column, tuple(known[is_infrequent].tolist())))
    dropped = None if step.drop_idx_ is None else step.drop_idx_[j]
    if dropped is not None:
        place = int((~is_infrequent[:dropped]).sum())
        del slots[len(slots) - 1 if is_infrequent[dropped] else place]
    return slots


def infrequent_places(step: Any, j: int) -> Any:
    """Return the positions, among the categories of feature `j`, of the infrequent ones."""
    infrequent = getattr(step, "_infrequent_indices", None)
    return [] if infrequent is None or infrequent[j] is None else infrequent[j]


def _tensor(lowering: Lowering, slots: list[Slot]) -> str:
    if all(len(slot.values) == 1 and not slot.is_complement for slot in slots):
        return indicators(lowering, [(slot.column, slot.values[0]) for slot in slots])
    pairs = list(dict.fromkeys((slot.column, value) for slot in slots for value in slot.values))
    if not pairs:
        raise LoweringError("all its categories are infrequent, so that it tells none from another")
    rows = {pair: i for i, pair in enumerate(pairs)}
    weights, base = np.zeros((len(pairs), len(slots))), np.zeros((1, len(slots)))
    for k, slot in enumerate(slots):
        base[0, k] = 1.0 if slot.is_complement else 0.0
        for value in slot.values:
            weights[rows[slot.column, value], k] = -1.0 if slot.is_complement else 1.0
    return lowering.graph.add(
        "Gemm",
        indicators(lowering, pairs),
        lowering.graph.constant(weights),
        lowering.graph.constant(base),
    )


def _column(slot: Slot, step: OneHotEncoder) -> Column:
    return dataclasses.replace(
        slot.column,
        vocabulary=None,
        trace=_telling(slot.column.trace, slot),
        is_computed=True,
        is_single=False,
        is_code_like=True,
        is_bounded=True,
        is_sparse=bool(step.sparse_output),
        is_partial=False,
    )


def _telling(trace: Trace, slot: Slot) -> Trace:
    def tell(values: Values) -> Values:
        traced = trace(values)
        is_held: NDArray[np.bool_] = np.isin(traced, slot.values)
        if np.isnan(slot.values).any():
            is_held |= np.isnan(traced)
        told: Values = (is_held != slot.is_complement).astype(np.float64)
        return told

    return tell


TRANSFORMERS: dict[type, LowerTransformer] = {OneHotEncoder: lower_one_hot_encoder}
