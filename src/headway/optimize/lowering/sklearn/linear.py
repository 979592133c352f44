"""Lowers linear models. Source: scikit-learn `linear_model` and `multiclass`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.columns import require_numbers
from headway.optimize.lowering.sklearn.classification import (
    binary_answers,
    multiclass_answers,
    one_vs_rest_answers,
)
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What these do ends with `fit`, but for `multi_class` of scikit-learn below 1.8
_FITTED = ("penalty", "dual", "tol", "C", "fit_intercept", "intercept_scaling", "class_weight", "random_state", "solver", "max_iter", "verbose", "warm_start", "n_jobs", "l1_ratio")  # fmt: skip
_LOGISTIC = dict.fromkeys(_FITTED, anything) | {"multi_class": one_of("auto", "deprecated", "ovr")}
_LEAST_SQUARES = dict.fromkeys(("fit_intercept", "copy_X", "tol", "n_jobs", "positive"), anything)
_RIDGE = dict.fromkeys(
    ("alpha", "fit_intercept", "copy_X", "max_iter", "tol", "solver", "positive", "random_state"),
    anything,
)
_ONE_VS_REST = dict.fromkeys(("estimator", "n_jobs", "verbose"), anything)
_N_BINARY = 2


def answer_logistic_regression(
    lowering: Lowering, step: LogisticRegression, columns: Columns
) -> ClassAnswers:
    """Lower a logistic regression, binary or multinomial."""
    check_parameters(step, _LOGISTIC)
    coef, intercept = _float64(step.coef_), _float64(step.intercept_)
    if len(step.classes_) == _N_BINARY:
        # a first column of zeros, so that the product is 0 and the score
        padded = np.vstack([np.zeros_like(coef), coef]), np.append(0.0, intercept)
        scores = _products(lowering, columns, *padded)
        return binary_answers(lowering, step.classes_, scores, may_overflow=True)
    if step.solver == "liblinear" or getattr(step, "multi_class", "auto") == "ovr":
        raise LoweringError("one-versus-rest with more than two classes is not covered")
    scores = _products(lowering, columns, coef, intercept)
    return multiclass_answers(lowering, step.classes_, scores)


def answer_one_vs_rest(
    lowering: Lowering, step: OneVsRestClassifier, columns: Columns
) -> ClassAnswers:
    """Lower one logistic regression for each class."""
    check_parameters(step, _ONE_VS_REST)
    n_classes = len(step.classes_)
    if n_classes == _N_BINARY or len(step.estimators_) != n_classes:
        raise LoweringError("it is covered for three and more classes only")
    for estimator in step.estimators_:
        if type(estimator) is not LogisticRegression:
            raise LoweringError(f"`{type(estimator).__name__}` for each class is not covered")
        check_parameters(estimator, _LOGISTIC)
    coef = np.vstack([_float64(estimator.coef_) for estimator in step.estimators_])
    intercept = np.concatenate([_float64(estimator.intercept_) for estimator in step.estimators_])
    scores = _products(lowering, columns, coef, intercept)
    return one_vs_rest_answers(lowering, step.classes_, scores)


def answer_least_squares(lowering: Lowering, step: Any, columns: Columns) -> NumberAnswers:
    """Lower a linear regression of one target."""
    check_parameters(step, _RIDGE if type(step) is Ridge else _LEAST_SQUARES)
    coef = _float64(step.coef_)
    if coef.ndim != 1:
        raise LoweringError("a target of several columns is not covered", hint="fit on a 1-d y")
    values = _products(lowering, columns, coef[np.newaxis], np.atleast_1d(step.intercept_))
    return NumberAnswers(lowering.graph.flat(values))


def _float64(numbers: NDArray[Any]) -> NDArray[np.float64]:
    if numbers.dtype != np.float64:
        raise LoweringError(f"it was fitted in {numbers.dtype}", hint="fit on float64 columns")
    return numbers


def _products(
    lowering: Lowering,
    columns: Columns,
    coef: NDArray[np.float64],
    intercept: NDArray[np.float64],
) -> str:
    """Return the columns times `coef` plus `intercept`, shape (n_rows, n_outputs)."""
    require_numbers(columns)
    lowering.refusals.require_finite(columns)
    if coef.shape != (len(intercept), len(columns)):
        raise LoweringError(f"its coefficients have the shape {coef.shape}")
    graph = lowering.graph
    return graph.add(
        "Gemm",
        lowering.matrices.of(columns),
        graph.constant(coef.T),
        graph.constant(intercept[np.newaxis]),
    )


ESTIMATORS: dict[type, LowerEstimator] = {
    LogisticRegression: answer_logistic_regression,
    OneVsRestClassifier: answer_one_vs_rest,
    LinearRegression: answer_least_squares,
    Ridge: answer_least_squares,
}
