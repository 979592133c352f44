"""All that has a lowered form, assembled from the modules' tables.

To cover another estimator: write its module with a table beside the others, and name it here.
"""

from __future__ import annotations

from headway.optimize.lowering.sklearn import (
    composition,
    decomposition,
    hist_gradient_boosting,
    imputation,
    linear,
    normalization,
    one_hot,
    ordinal,
    polynomial,
    scaling,
    selection,
    text,
    union,
)
from headway.optimize.lowering.state import Steps


def sklearn_steps() -> Steps:
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
            **composition.ESTIMATORS,
            **hist_gradient_boosting.ESTIMATORS,
            **linear.ESTIMATORS,
        },
    )
