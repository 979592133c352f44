"""Lowers linear regressions. Source: scikit-learn `LinearModel.predict` and those that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn import linear_model
from sklearn.cross_decomposition import PLSRegression
from sklearn.svm import LinearSVR

from headway.errors import LoweringError
from headway.optimize.lowering.answers import NumberAnswers
from headway.optimize.lowering.sklearn.affine import affine, finite_matrix, float64_array
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from headway.optimize.lowering.answers import Answers
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What these do ends with `fit`
_FITTED = ("C", "alpha", "alpha_1", "alpha_2", "alpha_init", "alpha_per_target", "alphas", "average", "compute_score", "copy", "copy_X", "criterion", "cv", "dual", "early_stopping", "eps", "epsilon", "eta0", "fit_intercept", "fit_path", "gcv_mode", "intercept_scaling", "jitter", "l1_ratio", "lambda_1", "lambda_2", "lambda_init", "learning_rate", "link", "loss", "max_iter", "max_n_alphas", "max_subpopulation", "n_alphas", "n_iter_no_change", "n_jobs", "n_nonzero_coefs", "n_subsamples", "noise_variance", "penalty", "positive", "power", "power_t", "precompute", "quantile", "random_state", "scoring", "selection", "shuffle", "solver", "solver_options", "store_cv_results", "store_cv_values", "threshold_lambda", "tol", "validation_fraction", "verbose", "warm_start")  # fmt: skip
_PARAMETERS = dict.fromkeys(_FITTED, anything)
_ROBUST = ("estimator", "min_samples", "residual_threshold", "is_data_valid", "is_model_valid", "max_trials", "max_skips", "stop_n_inliers", "stop_score", "stop_probability", "loss", "random_state")  # fmt: skip
_RANSAC = dict.fromkeys(_ROBUST, anything)
_PLS = dict.fromkeys(("n_components", "scale", "max_iter", "tol", "copy"), anything)
_LINKS = {"IdentityLink": None, "LogLink": "Exp"}


def answer_linear_regression(lowering: Lowering, step: Any, columns: Columns) -> NumberAnswers:
    """Lower a linear model of one target or of several."""
    check_parameters(step, _PARAMETERS)
    return _numbers(lowering, affine(lowering, columns, step.coef_, step.intercept_), step.coef_)


def answer_generalised(lowering: Lowering, step: Any, columns: Columns) -> NumberAnswers:
    """Lower a generalised linear model: a linear one through the inverse of its link."""
    check_parameters(step, _PARAMETERS)
    link = type(step._base_loss.link).__name__  # noqa: SLF001 - nothing public tells it
    if link not in _LINKS:
        raise LoweringError(f"its link `{link}` is not covered")
    inverse = _LINKS[link]
    scores = affine(lowering, columns, step.coef_, step.intercept_)
    values = scores if inverse is None else lowering.graph.add(inverse, scores)
    return _numbers(lowering, values, step.coef_)


def answer_ransac(
    lowering: Lowering, step: linear_model.RANSACRegressor, columns: Columns
) -> Answers:
    """Lower the regression that was fitted on the inliers."""
    check_parameters(step, _RANSAC)
    return lowering.answer("estimator", step.estimator_, columns)


def answer_partial_least_squares(
    lowering: Lowering, step: PLSRegression, columns: Columns
) -> NumberAnswers:
    """Lower partial least squares: centred columns times coefficients."""
    check_parameters(step, _PLS)
    graph = lowering.graph
    means, coef = (float64_array(numbers) for numbers in (step._x_mean, step.coef_))  # noqa: SLF001 - nothing public tells it
    centred = graph.add("Sub", finite_matrix(lowering, columns), graph.constant(means[None]))
    intercept = graph.constant(float64_array(step.intercept_)[None])
    values = graph.add("Gemm", centred, graph.constant(coef.T), intercept)
    is_single = step._predict_1d  # noqa: SLF001 - the shape of the target that was fitted
    return NumberAnswers(graph.flat(values)) if is_single else NumberAnswers(values, len(coef))


def _numbers(lowering: Lowering, values: str, coef: Any) -> NumberAnswers:
    if coef.ndim == 1:
        return NumberAnswers(lowering.graph.flat(values))
    return NumberAnswers(values, len(coef))


def _kinds(*names: str) -> list[type]:
    """Return those of `linear_model` that this version of scikit-learn has."""
    return [getattr(linear_model, name) for name in names if hasattr(linear_model, name)]


_LINEAR = ("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "LassoLars", "LassoLarsCV", "LassoLarsIC", "ElasticNet", "ElasticNetCV", "Lars", "LarsCV", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "BayesianRidge", "ARDRegression", "HuberRegressor", "TheilSenRegressor", "QuantileRegressor", "SGDRegressor", "PassiveAggressiveRegressor", "MultiTaskLasso", "MultiTaskElasticNet", "MultiTaskLassoCV", "MultiTaskElasticNetCV")  # fmt: skip
_GENERALISED = ("PoissonRegressor", "GammaRegressor", "TweedieRegressor")

ESTIMATORS: dict[type, LowerEstimator] = {
    **dict.fromkeys(_kinds(*_LINEAR), answer_linear_regression),
    **dict.fromkeys(_kinds(*_GENERALISED), answer_generalised),
    LinearSVR: answer_linear_regression,
    linear_model.RANSACRegressor: answer_ransac,
    PLSRegression: answer_partial_least_squares,
}
