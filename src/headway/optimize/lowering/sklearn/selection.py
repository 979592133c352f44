"""Lowers the choice of columns. Source: scikit-learn `feature_selection/_base.py`.

Whatever a selector went by, once fitted it only chooses; what it refuses in the columns that it leaves
out, it refuses all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.utils import get_tags

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.arrays import is_boolean
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = dict.fromkeys(
    (
        *("threshold", "score_func", "k", "percentile", "alpha", "mode", "param"),
        *("estimator", "prefit", "norm_order", "max_features", "importance_getter"),
        *("n_features_to_select", "min_features_to_select", "step", "cv", "scoring"),
        *("direction", "tol", "verbose", "n_jobs"),
    ),
    anything,
)
# Attributes that would stand for methods of the class
_REPLACEABLE = ("get_support", "_get_support_mask", "_transform")


def lower_selector(lowering: Lowering, step: Any, columns: Columns) -> Columns:
    """Choose the columns that the selector chooses."""
    check_parameters(step, _PARAMETERS)
    if any(name in vars(step) for name in _REPLACEABLE):
        raise LoweringError("how it chooses was replaced on the object")
    if any(column.vocabulary is not None for column in columns):
        raise LoweringError("it is given strings or categories where numbers are expected")
    mask = np.asarray(step.get_support())
    if mask.dtype != np.bool_ or mask.shape != (len(columns),):
        raise LoweringError(f"its choice has the shape {mask.shape}")
    if not get_tags(step).input_tags.allow_nan:
        _require_finite(lowering, step, columns)
    return tuple(column for column, is_chosen in zip(columns, mask, strict=True) if is_chosen)


def _require_finite(lowering: Lowering, step: Any, columns: Columns) -> None:
    output = getattr(step, "_sklearn_output_config", {}).get("transform", "default")
    if output not in {None, "default"}:
        # with this a frame is passed on without a look at what it holds, an array is not
        raise LoweringError("with `set_output` it looks at the values of arrays only")
    if _is_of_objects(lowering, columns):
        lowering.refusals.require_present(columns)
        return
    are_boolean = [is_boolean(lowering, column) for column in columns]
    if any(are_boolean) and any(column.is_computed or column.is_mixed for column in columns):
        raise LoweringError(
            "it is given booleans beside numbers, which may be one array of objects",
            hint="turn booleans into numbers: `X.astype('float64')`",
        )
    lowering.refusals.require_finite(columns)


def _is_of_objects(lowering: Lowering, columns: Columns) -> bool:
    """Whether the step is given an array of objects, which is not searched for infinities."""
    if any(column.is_computed or column.is_mixed for column in columns):
        return False
    features = [lowering.contract.features[column.only_feature] for column in columns]
    return any(feature.storage == "object" for feature in features)


TRANSFORMERS: dict[type, LowerTransformer] = {
    GenericUnivariateSelect: lower_selector,
    RFE: lower_selector,
    RFECV: lower_selector,
    SelectFdr: lower_selector,
    SelectFpr: lower_selector,
    SelectFromModel: lower_selector,
    SelectFwe: lower_selector,
    SelectKBest: lower_selector,
    SelectPercentile: lower_selector,
    SequentialFeatureSelector: lower_selector,
    VarianceThreshold: lower_selector,
}
