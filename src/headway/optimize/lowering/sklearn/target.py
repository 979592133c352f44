"""Lowers target encoders. Source: scikit-learn `TargetEncoder.transform`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.preprocessing import TargetEncoder

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.categories import Lookup, encoded_categories, looked_up
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = {
    "categories": anything,
    "target_type": anything,
    "smooth": anything,
    "cv": anything,
    "shuffle": anything,
    "random_state": anything,
}


def lower_target_encoder(lowering: Lowering, step: TargetEncoder, columns: Columns) -> Columns:
    """Look the mean of each category's targets up; the mean of all stands for an unknown one."""
    check_parameters(step, _PARAMETERS)
    means = np.atleast_1d(np.asarray(step.target_mean_, dtype=np.float64))
    n_made = len(means)
    if len(step.encodings_) != n_made * len(columns):
        raise LoweringError("it has another number of encodings than of columns")
    lookups = []
    for j, (column, categories) in enumerate(zip(columns, step.categories_, strict=True)):
        known = encoded_categories(column, categories)
        # an array of objects is not searched for infinities
        if categories.dtype.kind != "O":
            lowering.refusals.require_finite_or_missing([column])
        lowering.compares_with(column, known)
        own = step.encodings_[j * n_made : (j + 1) * n_made]
        lookups += [
            Lookup(column, known, np.array([mean, *encoding]))
            for mean, encoding in zip(means, own, strict=True)
        ]
    return looked_up(lowering, lookups)


TRANSFORMERS: dict[type, LowerTransformer] = {TargetEncoder: lower_target_encoder}
