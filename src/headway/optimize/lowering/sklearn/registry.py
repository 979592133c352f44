"""All that has a lowered form, assembled from the modules' tables.

To cover another estimator: write its module with a table beside the others, and name it here.
"""

from __future__ import annotations

from headway.optimize.lowering.sklearn import (
    ada_boost,
    bagging,
    calibration,
    clusters,
    composition,
    decomposition,
    discriminant_analysis,
    hist_gradient_boosting,
    imputation,
    linear_classification,
    linear_regression,
    multiclass,
    multioutput,
    naive_bayes,
    neural_network,
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
            **clusters.TRANSFORMERS,
            **composition.TRANSFORMERS,
            **decomposition.TRANSFORMERS,
            **discriminant_analysis.TRANSFORMERS,
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
            **clusters.ESTIMATORS,
            **composition.ESTIMATORS,
            **discriminant_analysis.ESTIMATORS,
            **hist_gradient_boosting.ESTIMATORS,
            **linear_classification.ESTIMATORS,
            **linear_regression.ESTIMATORS,
            **multiclass.ESTIMATORS,
            **multioutput.ESTIMATORS,
            **naive_bayes.ESTIMATORS,
            **neural_network.ESTIMATORS,
            **search.ESTIMATORS,
            **stacking.ESTIMATORS,
            **voting.ESTIMATORS,
        },
    )
