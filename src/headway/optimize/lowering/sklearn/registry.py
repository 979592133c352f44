"""All of scikit-learn that has a lowered form, assembled from the modules' tables.

To cover another estimator: write its module with a table beside the others, and name it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.optimize.lowering.sklearn import (
    ada_boost,
    bagging,
    calibration,
    clusters,
    composition,
    decision_trees,
    decomposition,
    discretization,
    discriminant_analysis,
    function,
    gradient_boosting,
    hist_gradient_boosting,
    imputation,
    isolation_forest,
    linear_classification,
    linear_regression,
    missing,
    multiclass,
    multioutput,
    naive_bayes,
    neural_network,
    normalization,
    one_hot,
    ordinal,
    polynomial,
    power,
    quantile,
    scaling,
    search,
    selection,
    spline,
    stacking,
    target,
    text,
    transformed_target,
    union,
    voting,
)
from headway.optimize.lowering.state import Steps

if TYPE_CHECKING:
    from types import ModuleType

MODULES: tuple[ModuleType, ...] = (
    ada_boost,
    bagging,
    calibration,
    clusters,
    composition,
    decision_trees,
    decomposition,
    discretization,
    discriminant_analysis,
    function,
    gradient_boosting,
    hist_gradient_boosting,
    imputation,
    isolation_forest,
    linear_classification,
    linear_regression,
    missing,
    multiclass,
    multioutput,
    naive_bayes,
    neural_network,
    normalization,
    one_hot,
    ordinal,
    polynomial,
    power,
    quantile,
    scaling,
    search,
    selection,
    spline,
    stacking,
    target,
    text,
    transformed_target,
    union,
    voting,
)


def steps() -> Steps:
    """Return the steps of scikit-learn that have a lowered form, by exact type."""
    return Steps(
        transformers={
            kind: lower
            for module in MODULES
            for kind, lower in getattr(module, "TRANSFORMERS", {}).items()
        },
        estimators={
            kind: lower
            for module in MODULES
            for kind, lower in getattr(module, "ESTIMATORS", {}).items()
        },
    )
