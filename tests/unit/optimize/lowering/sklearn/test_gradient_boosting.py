from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from conformance.trained import trained
from headway.errors import HeadwayError
from unit.optimize.lowering.answering import (
    AMOUNT,
    THREE,
    TWO,
    VALUES,
    answers_at,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    why_not,
)


def classifier(**parameters):
    return GradientBoostingClassifier(n_estimators=3, random_state=0, **parameters)


def regressor(**parameters):
    return GradientBoostingRegressor(n_estimators=3, random_state=0, **parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"loss": "exponential"},
        {"init": "zero"},
        {"init": DecisionTreeClassifier(max_depth=2)},
        {"init": DecisionTreeClassifier(max_depth=2), "loss": "exponential"},
        {"init": DummyClassifier(strategy="prior")},
    ],
    ids=str,
)
def test_two_classes_are_the_same(parameters):
    assert_same_answers(classifier(**parameters), TWO)


@pytest.mark.parametrize("init", [None, "zero"])
def test_three_classes_are_the_same(init):
    assert_same_answers(classifier(init=init), THREE)


@pytest.mark.parametrize(
    "parameters",
    [
        {"loss": "squared_error"},
        {"loss": "huber"},
        {"loss": "absolute_error"},
        {"loss": "quantile", "alpha": 0.2},
        {"init": "zero"},
        {"init": DecisionTreeRegressor(max_depth=2)},
    ],
    ids=str,
)
def test_numbers_are_the_same(parameters):
    assert_same_answers(regressor(**parameters), AMOUNT)


def test_a_score_of_zero_is_the_second_class():
    model = classifier(init="zero")
    same = np.ones((4, 2))
    fitted = assert_same_answers(model, np.array(["no", "yes"] * 2), same, same[:1])
    assert model.decision_function(same[:1])[0] == 0.0
    assert list(answers_at(fitted, same[:1])) == ["yes"]


def test_missing_numbers_and_those_beyond_float32_are_refused():
    assert_refuses_missing_and_infinite(regressor(), AMOUNT)
    with pytest.raises(HeadwayError):
        answers_at(trained(regressor(), VALUES, AMOUNT), [[1e39, 0, 0, 0, 0]])


def test_what_is_not_covered_is_refused():
    def spoil(model):
        model.estimators_[1, 0].tree_.children_left[0] = 99

    def later(model):
        model.loss = "another"

    assert "later nodes" in why_not(regressor(), AMOUNT, spoil)
    assert "is not covered" in why_not(classifier(), TWO, later)
    init = DecisionTreeClassifier(max_depth=2)
    assert "more than two classes" in why_not(classifier(init=init), THREE)
    assert "fitted in float32" in why_not(classifier(init=LogisticRegression()), TWO)
