from __future__ import annotations

import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier

from unit.optimize.lowering.answering import AMOUNT, TWO, VALUES, assert_same_answers, why_not


@pytest.mark.parametrize(
    ("model", "target"),
    [
        (GridSearchCV(LogisticRegression(max_iter=2_000), {"C": [0.1, 1.0]}, cv=2), TWO),
        (RandomizedSearchCV(Ridge(), {"alpha": [0.1, 9.0]}, n_iter=2, cv=2), AMOUNT),
        (FrozenEstimator(Ridge().fit(VALUES, AMOUNT)), AMOUNT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_answers_are_those_of_the_estimator_inside(model, target):
    assert_same_answers(model, target)


def test_the_estimator_inside_is_named_where_it_is_not_covered():
    told = why_not(GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [3]}, cv=2), TWO)
    assert "step `best_estimator_` (KNeighborsClassifier)" in told


def test_a_search_without_its_best_estimator_is_refused():
    search = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=2)
    assert "keeps no best estimator" in why_not(
        search, AMOUNT, lambda model: vars(model).pop("best_estimator_")
    )
