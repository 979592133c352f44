from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    PassiveAggressiveClassifier,
    Perceptron,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.svm import LinearSVC

from conformance.trained import trained
from headway.core.dtypes import Method
from unit.optimize.lowering.answering import (
    BANDS,
    TWO,
    VALUES,
    answers_at,
    assert_holds,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    refusal_of,
)

SCALED = VALUES / [1, 10, 1e-3, 100, 1]


def logistic(**parameters):
    return LogisticRegression(**({"max_iter": 2_000} | parameters))


def passive_aggressive():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is leaving
        return PassiveAggressiveClassifier(random_state=0)


@pytest.mark.parametrize(
    "model",
    [
        logistic(),
        logistic(fit_intercept=False),
        logistic(C=1e-3, class_weight="balanced"),
        logistic(solver="liblinear", l1_ratio=1.0, C=0.1),
        logistic(solver="newton-cholesky"),
    ],
    ids=str,
)
@pytest.mark.parametrize("labels", [["no", "yes"], [False, True], [3, 7]], ids=str)
def test_two_classes_answer_the_same_far_from_the_boundary_too(model, labels):
    assert_same_answers(model, np.array(labels)[(VALUES[:, 3] > 50).astype(int)])


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
@pytest.mark.parametrize(
    "model",
    [
        logistic(),
        LogisticRegressionCV(
            Cs=2, cv=2, l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy"
        ),
        RidgeClassifier(),
        RidgeClassifier(fit_intercept=False),
        RidgeClassifierCV(),
        LinearSVC(random_state=0),
        LinearSVC(multi_class="crammer_singer", random_state=0),
        Perceptron(),
        passive_aggressive(),
        *(
            SGDClassifier(loss=loss, random_state=0)
            for loss in ("hinge", "log_loss", "modified_huber", "squared_error", "perceptron")
        ),
    ],
    ids=str,
)
def test_every_kind_answers_the_same(model, target):
    fitted = assert_same_answers(model, target, values=SCALED, rows=SCALED * 3)
    assert Method.DECISION_FUNCTION in fitted.contract.output.methods


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
@pytest.mark.parametrize("loss", ["log_loss", "modified_huber"])
def test_where_no_class_is_possible_all_are_as_probable(loss, target):
    fitted = trained(SGDClassifier(loss=loss, random_state=0), SCALED, target)
    fitted.model.coef_[:] = 0.0
    fitted.model.intercept_[:] = -800.0
    assert_holds(fitted)


@pytest.mark.parametrize(
    "model", [logistic(), RidgeClassifier(), LinearSVC(), SGDClassifier()], ids=str
)
def test_a_score_of_zero_is_the_first_class(model):
    fitted = trained(model, SCALED, TWO)
    fitted.model.intercept_ = np.zeros(1)
    assert answers_at(fitted, np.zeros((1, 5))).tolist() == ["no"]
    assert fitted.model.predict(np.zeros((1, 5))).tolist() == ["no"]


@pytest.mark.parametrize("model", [logistic(), LinearSVC()], ids=str)
def test_missing_and_infinite_numbers_are_refused_as_the_model_refuses_them(model):
    assert_refuses_missing_and_infinite(model, TWO)


def test_each_class_against_the_rest_is_what_an_older_fit_was():
    fitted = trained(logistic(), SCALED, BANDS)
    fitted.model.solver = "liblinear"
    native, lowered = fitted.native, fitted.runtime(fitted.lower())
    scores = native.predict(fitted.rows, Method.DECISION_FUNCTION).scores
    told = 1 / (1 + np.exp(-scores))
    np.testing.assert_allclose(
        lowered.predict(fitted.rows, Method.PREDICT_PROBA).probabilities,
        told / told.sum(axis=1, keepdims=True),
        rtol=1e-12,
    )


def test_several_labels_are_refused():
    fitted = trained(RidgeClassifier(), VALUES, np.column_stack([TWO == "no", BANDS == "low"]))
    assert "several labels is not covered" in refusal_of(fitted).message


def test_a_softmax_of_two_classes_is_refused():
    fitted = trained(logistic(), VALUES, TWO)
    fitted.model.multi_class = "multinomial"
    assert "`multi_class='multinomial'` for two classes" in refusal_of(fitted).message


def test_coefficients_of_another_width_or_precision_are_refused():
    fitted = trained(logistic(), VALUES, TWO)
    whole = fitted.model.coef_
    fitted.model.coef_ = whole[:, :3]
    assert "coefficients have the shape" in refusal_of(fitted).message
    fitted.model.coef_ = whole.astype(np.float32)
    assert "fitted in float32" in refusal_of(fitted).message
