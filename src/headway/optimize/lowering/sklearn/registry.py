"""All that has a lowered form, assembled from the modules' tables.

To cover another estimator: write its module with a table beside the others, and name it here.
"""

from __future__ import annotations

from headway.optimize.lowering.sklearn import (
    composition,
    hist_gradient_boosting,
    imputation,
    linear,
    one_hot,
    ordinal,
    scaling,
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
            **composition.ESTIMATORS,
            **hist_gradient_boosting.ESTIMATORS,
            **linear.ESTIMATORS,
        },
    )
