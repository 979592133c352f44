"""Lowers what only stands around one fitted estimator.

Source: scikit-learn `BaseSearchCV.predict`, `FrozenEstimator`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from headway.errors import LoweringError

if TYPE_CHECKING:
    from headway.optimize.lowering.answers import Answers
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering


def answer_search(lowering: Lowering, step: Any, columns: Columns) -> Answers:
    """Lower the best estimator that a search found; its own parameters are of the search only."""
    if not hasattr(step, "best_estimator_"):
        raise LoweringError("it keeps no best estimator", hint="fit it with `refit=True`")
    return lowering.answer("best_estimator_", step.best_estimator_, columns)


def answer_frozen(lowering: Lowering, step: FrozenEstimator, columns: Columns) -> Answers:
    """Lower the estimator that was frozen."""
    return lowering.answer("estimator", step.estimator, columns)


ESTIMATORS: dict[type, LowerEstimator] = {
    GridSearchCV: answer_search,
    RandomizedSearchCV: answer_search,
    FrozenEstimator: answer_frozen,
}
