"""All that has a lowered form, assembled from the modules' tables.

To cover another estimator: write its module with a table beside the others, and name it here.
"""

from __future__ import annotations

from headway.optimize.lowering.sklearn import (
    ada_boost,
    bagging,
    calibration,
    composition,
    hist_gradient_boosting,
    imputation,
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


def steps() -> Steps:
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
            **hist_gradient_boosting.ESTIMATORS,
            **linear.ESTIMATORS,
            **multioutput.ESTIMATORS,
            **search.ESTIMATORS,
            **stacking.ESTIMATORS,
            **voting.ESTIMATORS,
        },
    )
