"""Lowers linear classifiers. Source: scikit-learn `LinearClassifierMixin` and those that follow it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import linear_model
from sklearn.linear_model import SGDClassifier
from sklearn.svm import LinearSVC

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.affine import affine, float64_array
from headway.optimize.lowering.sklearn.classification import (
    binary_answers,
    multiclass_answers,
    one_vs_rest_answers,
    shares,
)
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.answers import ClassAnswers
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What these do ends with `fit`
_FITTED = ("C", "Cs", "alpha", "alphas", "average", "class_weight", "copy_X", "cv", "dual", "early_stopping", "epsilon", "eta0", "fit_intercept", "intercept_scaling", "l1_ratio", "l1_ratios", "learning_rate", "loss", "max_iter", "multi_class", "n_iter_no_change", "n_jobs", "penalty", "positive", "power_t", "random_state", "refit", "scoring", "shuffle", "solver", "store_cv_results", "store_cv_values", "tol", "use_legacy_attributes", "validation_fraction", "verbose", "warm_start")  # fmt: skip
_PARAMETERS = dict.fromkeys(_FITTED, anything)
# `multi_class` is of scikit-learn below 1.8
PLAIN_LOGISTIC = _PARAMETERS | {"multi_class": one_of("auto", "deprecated", "ovr", "multinomial")}
_N_BINARY = 2


def answer_logistic_regression(lowering: Lowering, step: Any, columns: Columns) -> ClassAnswers:
    """Lower a logistic regression: binary, multinomial, or each class against the rest."""
    check_parameters(step, PLAIN_LOGISTIC)
    scores = linear_scores(lowering, step, columns)
    if len(step.classes_) == _N_BINARY:
        if getattr(step, "multi_class", "auto") == "multinomial":
            raise LoweringError("`multi_class='multinomial'` for two classes is not covered")
        return binary_answers(lowering, step.classes_, scores, may_overflow=True)
    if step.solver == "liblinear" or getattr(step, "multi_class", "auto") == "ovr":
        return one_vs_rest_answers(lowering, step.classes_, scores, is_uniform_if_none=True)
    return multiclass_answers(lowering, step.classes_, scores)


def answer_scores(lowering: Lowering, step: Any, columns: Columns) -> ClassAnswers:
    """Lower a linear classifier that has no probabilities."""
    check_parameters(step, _PARAMETERS)
    binarizer = getattr(step, "_label_binarizer", None)
    if getattr(binarizer, "y_type_", "").startswith("multilabel"):
        raise LoweringError("a target of several labels is not covered")
    scores = linear_scores(lowering, step, columns)
    make = binary_answers if len(step.classes_) == _N_BINARY else multiclass_answers
    return dataclasses.replace(make(lowering, step.classes_, scores), probabilities=None)


def answer_gradient_descent(
    lowering: Lowering, step: SGDClassifier, columns: Columns
) -> ClassAnswers:
    """Lower a linear classifier whose loss says what its probabilities are, and whether it has any."""
    if step.loss not in {"log_loss", "modified_huber"}:
        return answer_scores(lowering, step, columns)
    check_parameters(step, _PARAMETERS)
    is_binary = len(step.classes_) == _N_BINARY
    scores = linear_scores(lowering, step, columns)
    if step.loss == "log_loss":
        if is_binary:
            return binary_answers(lowering, step.classes_, scores, may_overflow=True)
        return one_vs_rest_answers(lowering, step.classes_, scores, is_uniform_if_none=True)
    if is_binary:
        answers = binary_answers(lowering, step.classes_, scores)
        # the two places mirror each other, so that they sum to 1
        mirrored = lowering.graph.add(
            "MatMul", scores, lowering.graph.constant([[0.0, 0.0], [-1.0, 1.0]])
        )
        return dataclasses.replace(answers, probabilities=_ramp(lowering, mirrored))
    answers = multiclass_answers(lowering, step.classes_, scores)
    parts = shares(
        lowering, _ramp(lowering, scores), n_classes=len(step.classes_), is_uniform_if_none=True
    )
    return dataclasses.replace(answers, probabilities=parts)


def linear_scores(lowering: Lowering, step: Any, columns: Columns) -> str:
    """Return 0 and the score for two classes, a score for each class for more."""
    coef, intercept = step.coef_, step.intercept_
    if len(step.classes_) != _N_BINARY:
        return affine(lowering, columns, coef, intercept)
    weights = np.atleast_2d(float64_array(coef))
    # a first column of zeros, so that the product is 0 and the score
    padded = np.vstack([np.zeros_like(weights), weights])
    return affine(lowering, columns, padded, np.append(0.0, float64_array(intercept)))


def _ramp(lowering: Lowering, scores: str) -> str:
    """Return 0 for scores up to -1, 1 for those from 1, and a straight line between."""
    graph = lowering.graph
    one = graph.constant(np.float64(1.0))
    clipped = graph.add("Clip", scores, graph.constant(np.float64(-1.0)), one)
    return graph.add("Div", graph.add("Add", clipped, one), graph.constant(np.float64(2.0)))


# One of them leaves scikit-learn with version 1.10
_WITHOUT_PROBABILITIES = ("PassiveAggressiveClassifier", "Perceptron", "RidgeClassifier", "RidgeClassifierCV")  # fmt: skip

ESTIMATORS: dict[type, LowerEstimator] = {
    linear_model.LogisticRegression: answer_logistic_regression,
    linear_model.LogisticRegressionCV: answer_logistic_regression,
    SGDClassifier: answer_gradient_descent,
    LinearSVC: answer_scores,
    **{
        getattr(linear_model, name): answer_scores
        for name in _WITHOUT_PROBABILITIES
        if hasattr(linear_model, name)
    },
}
