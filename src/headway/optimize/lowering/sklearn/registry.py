"""All that has a lowered form, assembled from the modules' tables.

To cover another estimator: write its module with a table beside the others, and name it here.
"""

from __future__ import annotations

from headway.optimize.lowering.sklearn import (
    ada_boost,
    bagging,
    calibration,
    composition,
    decision_trees,
    gradient_boosting,
    hist_gradient_boosting,
    imputation,
    isolation_forest,
    linear,
    multioutput,
    one_hot,
    ordinal,
    scaling,
    search,
    stacking,
    voting,
)
from headway.optimize.lowering.state import Steps


def sklearn_steps() -> Steps:
    """Return the steps of scikit-learn that have a lowered form, by exact type."""
    return Steps(
        transformers={
            **composition.TRANSFORMERS,
            **imputation.TRANSFORMERS,
            **one_hot.TRANSFORMERS,
            **ordinal.TRANSFORMERS,
            **scaling.TRANSFORMERS,
        },
        estimators={
            **ada_boost.ESTIMATORS,
            **bagging.ESTIMATORS,
            **calibration.ESTIMATORS,
            **composition.ESTIMATORS,
            **decision_trees.ESTIMATORS,
            **gradient_boosting.ESTIMATORS,
            **hist_gradient_boosting.ESTIMATORS,
            **isolation_forest.ESTIMATORS,
            **linear.ESTIMATORS,
            **multioutput.ESTIMATORS,
            **search.ESTIMATORS,
            **stacking.ESTIMATORS,
            **voting.ESTIMATORS,
        },
    )
