from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier, BaggingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier

from conformance.cases.models import boosting
from conformance.frames import measurements
from unit.optimize.lowering.answering import (
    AMOUNT,
    THREE,
    TWO,
    VALUES,
    assert_same_answers,
    why_not,
)

TREE = DecisionTreeClassifier(max_leaf_nodes=6)
RARE = np.where(np.arange(len(VALUES)) < 2, "rare", TWO)


@pytest.mark.parametrize(
    ("model", "target"),
    [
        (BaggingClassifier(boosting(max_iter=2), 3, random_state=0), TWO),
        (BaggingClassifier(boosting(max_iter=2), 3, max_features=0.5, random_state=0), THREE),
        (BaggingClassifier(boosting(max_iter=2), 3, max_samples=0.4, random_state=1), RARE),
        (BaggingClassifier(LogisticRegression(max_iter=5_000), 2, max_features=2), TWO),
        (BaggingClassifier(n_estimators=5, random_state=0), TWO),
        (BaggingClassifier(TREE, 5, max_features=0.5, random_state=0), THREE),
        (BaggingClassifier(TREE, 3, max_samples=0.4, random_state=1), RARE),
        (BaggingRegressor(n_estimators=5, bootstrap_features=True, random_state=0), AMOUNT),
        (BaggingRegressor(Ridge(), 3, bootstrap_features=True, random_state=0), AMOUNT),
    ],
    ids=str,
)
def test_the_mean_of_the_parts_is_the_same(model, target):
    assert_same_answers(model, target)


def test_missing_numbers_go_where_the_trees_send_them():
    model = BaggingClassifier(TREE, 4, max_features=0.5, random_state=0)
    assert_same_answers(model, TWO, measurements(80), measurements(40, seed=8))


def test_trees_that_are_given_columns_beyond_are_refused():
    def spoil(model):
        model.estimators_features_[0] = np.array([0, 1, 2, 3, 9])

    assert "fitted attributes" in why_not(BaggingRegressor(n_estimators=2), AMOUNT, spoil)


def test_a_part_that_is_not_covered_is_named():
    told = why_not(BaggingRegressor(KNeighborsRegressor(), 2), AMOUNT)
    assert "step `0` (KNeighborsRegressor)" in told
