"""Lowers ordinal encoders. Source: scikit-learn `OrdinalEncoder.transform`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.preprocessing import OrdinalEncoder

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.categories import Lookup, encoded_categories, looked_up
from headway.optimize.lowering.sklearn.one_hot import infrequent_places
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_float64,
    one_of,
)

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Values
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = {
    "categories": anything,
    "dtype": is_float64,
    "handle_unknown": one_of("error", "use_encoded_value"),
    "unknown_value": anything,
    "encoded_missing_value": anything,
    "min_frequency": anything,
    "max_categories": anything,
}


def lower_ordinal_encoder(lowering: Lowering, step: OrdinalEncoder, columns: Columns) -> Columns:
    """Look every value's place up."""
    check_parameters(step, _PARAMETERS)
    if step.handle_unknown == "error" and any(column.is_single for column in columns):
        raise LoweringError(
            "it refuses unknown float32 numbers", hint="fit on float64 columns, or ignore them"
        )
    lookups = []
    for j, (column, categories) in enumerate(zip(columns, step.categories_, strict=True)):
        known = encoded_categories(column, categories)
        # an array of objects is not searched for infinities
        if categories.dtype.kind != "O":
            lowering.refusals.require_finite_or_missing([column])
        if step.handle_unknown == "error":
            lowering.refusals.require_one_of(column, known)
        lowering.compares_with(column, known)
        lookups.append(Lookup(column, known, _answers(known, step, j)))
    return looked_up(lowering, lookups)


def _answers(known: Values, step: OrdinalEncoder, j: int) -> Values:
    is_missing = np.isnan(known)
    is_infrequent = np.zeros(len(known), dtype=np.bool_)
    is_infrequent[infrequent_places(step, j)] = True
    is_frequent = ~is_infrequent & ~is_missing
    answers = np.cumsum(is_frequent) - 1.0
    answers[is_infrequent] = is_frequent.sum()
    answers[is_missing] = step.encoded_missing_value
    unknown = np.nan if step.unknown_value is None else float(step.unknown_value)
    return np.array([unknown, *answers])


TRANSFORMERS: dict[type, LowerTransformer] = {OrdinalEncoder: lower_ordinal_encoder}
