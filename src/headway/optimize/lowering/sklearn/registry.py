"""All that has a lowered form, assembled from the modules' tables.

To cover another estimator: write its module with a table beside the others, and name it here.
"""

from __future__ import annotations

from headway.optimize.lowering.sklearn import (
    ada_boost,
    bagging,
    calibration,
    composition,
    decomposition,
    hist_gradient_boosting,
    imputation,
    linear,
    multioutput,
    normalization,
    one_hot,
    ordinal,
    polynomial,
    scaling,
    search,
    selection,
    stacking,
    text,
    union,
    voting,
)
from headway.optimize.lowering.state import Steps


def steps() -> Steps:
    """Return the steps of scikit-learn that have a lowered form, by exact type."""
    return Steps(
        transformers={
            **composition.TRANSFORMERS,
            **decomposition.TRANSFORMERS,
            **imputation.TRANSFORMERS,
            **normalization.TRANSFORMERS,
            **one_hot.TRANSFORMERS,
            **ordinal.TRANSFORMERS,
            **polynomial.TRANSFORMERS,
            **scaling.TRANSFORMERS,
            **selection.TRANSFORMERS,
            **text.TRANSFORMERS,
            **union.TRANSFORMERS,
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
