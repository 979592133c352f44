from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from conformance.cases.models import boosted_regression, boosting
from unit.optimize.lowering.answering import AMOUNT, THREE, TWO, assert_same_answers, why_not


def logistic():
    return make_pipeline(StandardScaler(), LogisticRegression())


def parts():
    return [("linear", logistic()), ("trees", boosting(max_iter=3))]


@pytest.mark.parametrize("method", ["auto", "predict_proba", "decision_function", "predict"])
@pytest.mark.parametrize("target", [TWO, THREE], ids=["two", "three"])
def test_a_stack_of_classifiers_is_the_same(method, target):
    model = StackingClassifier(parts(), logistic(), cv=2, stack_method=method)
    assert_same_answers(model, target)


def test_the_features_follow_where_they_are_passed_through():
    model = StackingClassifier(parts(), boosting(max_iter=3), cv=2, passthrough=True)
    assert_same_answers(model, TWO)


def test_a_stack_of_regressors_is_the_same():
    parts = [("a", LinearRegression()), ("b", boosted_regression(max_iter=3))]
    assert_same_answers(StackingRegressor(parts, Ridge(), cv=2), AMOUNT)


def test_labels_that_are_words_are_no_numbers_for_the_final_estimator():
    fitted = [
        (name, part.fit(np.ones((2, 5)) * [[0], [1]], ["no", "yes"])) for name, part in parts()[:1]
    ]
    model = StackingClassifier(fitted, logistic(), cv="prefit", stack_method="predict_proba")

    def ask_for_labels(stack):
        stack.stack_method_ = ["predict"]

    assert "no lowered `predict`" in why_not(model, TWO, ask_for_labels)


def test_a_final_estimator_that_knows_other_classes_is_refused():
    def turn(model):
        model.final_estimator_[-1].classes_ = np.array([1, 0])

    model = StackingClassifier(parts(), logistic(), cv=2)
    assert "final estimator does not know every class" in why_not(model, TWO, turn)
