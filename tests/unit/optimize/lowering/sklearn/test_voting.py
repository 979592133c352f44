from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from conformance.cases.models import boosting
from unit.optimize.lowering.answering import AMOUNT, THREE, TWO, assert_same_answers, why_not


def parts():
    return [
        ("linear", LogisticRegression(max_iter=2_000)),
        ("trees", boosting(max_iter=3)),
        ("gone", "drop"),
    ]


@pytest.mark.parametrize("voting", ["soft", "hard"])
@pytest.mark.parametrize("weights", [None, [1, 2.5, 9]], ids=str)
@pytest.mark.parametrize("target", [TWO, THREE], ids=["two", "three"])
def test_a_vote_is_the_same(voting, weights, target):
    assert_same_answers(VotingClassifier(parts(), voting=voting, weights=weights), target)


@pytest.mark.parametrize("weights", [None, [1, 2.5]], ids=str)
def test_a_mean_is_the_same(weights):
    model = VotingRegressor([("a", Ridge()), ("b", LinearRegression())], weights=weights)
    assert_same_answers(model, AMOUNT)


def test_a_part_that_knows_other_classes_is_refused():
    def turn(model):
        model.estimators_[0].classes_ = np.array([1, 0])

    assert "does not know every class" in why_not(VotingClassifier(parts()), TWO, turn)


@pytest.mark.parametrize("weights", [[1.0], [1.0, np.nan, 3.0]], ids=str)
def test_weights_that_are_not_one_for_each_part_are_refused(weights):
    model = VotingRegressor([("a", Ridge()), ("b", Ridge(2)), ("c", Ridge(3))], weights=[1, 2, 3])

    def change(fitted):
        fitted.weights = weights

    assert why_not(model, AMOUNT, change)
