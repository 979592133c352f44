from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from conformance.cases.models import boosted_regression, boosting
from unit.optimize.lowering.answering import (
    AMOUNT,
    THREE,
    TWO,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    why_not,
)


@pytest.mark.parametrize("target", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize(
    "part", [boosting(max_iter=2), LogisticRegression(max_iter=5_000)], ids=["trees", "linear"]
)
def test_the_weighted_vote_is_the_same(part, target):
    assert_same_answers(AdaBoostClassifier(part, n_estimators=4), target)


@pytest.mark.parametrize("loss", ["linear", "square", "exponential"])
def test_the_weighted_median_is_the_same(loss):
    model = AdaBoostRegressor(
        boosted_regression(max_iter=2), n_estimators=6, loss=loss, random_state=0
    )
    assert_same_answers(model, AMOUNT)


@pytest.mark.parametrize("target", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize("depth", [1, 3])
def test_votes_of_trees_are_the_same(depth, target):
    part = DecisionTreeClassifier(max_depth=depth)
    fitted = assert_same_answers(AdaBoostClassifier(part, n_estimators=9, random_state=0), target)
    assert fitted.lower().graph.count(b"TreeEnsemble") == 1


def test_the_weighted_median_of_trees_is_the_same():
    model = AdaBoostRegressor(DecisionTreeRegressor(max_depth=3), n_estimators=7, random_state=0)
    assert_same_answers(model, AMOUNT)


def test_trees_of_one_ensemble_refuse_what_trees_do():
    def spoil(model):
        model.estimators_[1].tree_.feature[0] = 9

    model = AdaBoostClassifier(n_estimators=3)
    assert_refuses_missing_and_infinite(model, TWO)
    assert "none of its columns" in why_not(model, TWO, spoil)


def test_one_regressor_is_its_own_median():
    assert_same_answers(AdaBoostRegressor(Ridge(), n_estimators=1), AMOUNT)


def test_weights_that_are_not_those_of_the_parts_are_refused():
    def spoil(model):
        model.estimator_weights_ = np.append(model.estimator_weights_, np.nan)

    model = AdaBoostClassifier(boosting(max_iter=2), n_estimators=2)
    assert "weights are not those of its parts" in why_not(model, TWO, spoil)
