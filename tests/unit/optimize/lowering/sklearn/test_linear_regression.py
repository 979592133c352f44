from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import (
    LinearRegression,
    PoissonRegressor,
    RANSACRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.svm import LinearSVR

from conformance.frames import credit
from conformance.trained import trained
from headway.contract.infer import infer_contract
from headway.errors import LoweringError
from headway.optimize.lowering.lower import lower
from headway.optimize.lowering.sklearn import linear_regression
from unit.optimize.lowering.answering import (
    NUMBERS,
    POSITIVE,
    VALUES,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    refusal_of,
)

PAIRS = np.column_stack([NUMBERS, VALUES[:, 3]])
ARGUMENTS = {
    "TheilSenRegressor": {"max_subpopulation": 50, "random_state": 0},
    "LassoCV": {"cv": 2},
    "ElasticNetCV": {"cv": 2},
    "RANSACRegressor": {"random_state": 0},
}


def made(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one of them is leaving
        return getattr(linear_model, name)(**ARGUMENTS.get(name, {}))


def is_multi_task(kind):
    return kind.__name__.startswith("MultiTask")


ONE_TARGET = sorted(
    kind.__name__
    for kind in linear_regression.ESTIMATORS
    if kind.__module__.startswith("sklearn.linear_model") and not is_multi_task(kind)
)


@pytest.mark.parametrize("name", ONE_TARGET)
def test_every_kind_answers_the_same(name):
    target = POSITIVE if name in {"PoissonRegressor", "GammaRegressor"} else NUMBERS
    # descending steps along a column of hundreds lead nowhere
    scaled = VALUES / [1, 10, 1e-3, 100, 1]
    fitted = assert_same_answers(made(name), target, values=scaled, rows=scaled * 1.7)
    assert fitted.contract.output.n_outputs == 1


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(fit_intercept=False),
        LinearRegression(positive=True),
        Ridge(alpha=0.1, fit_intercept=False),
        Ridge(solver="lsqr"),
        LinearSVR(),
        PLSRegression(2),
        PLSRegression(3, scale=False),
        TweedieRegressor(power=0),
        TweedieRegressor(power=0, link="log"),
        TweedieRegressor(power=1.5),
        RANSACRegressor(Ridge(), min_samples=20, random_state=0),
    ],
    ids=str,
)
def test_parameters_make_no_difference(model):
    assert_same_answers(model, POSITIVE)


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        Ridge(),
        linear_model.Lars(),
        linear_model.LassoLars(),
        linear_model.MultiTaskElasticNet(),
        linear_model.MultiTaskLassoCV(cv=2),
        linear_model.OrthogonalMatchingPursuit(),
        PLSRegression(2),
    ],
    ids=str,
)
def test_a_target_of_several_columns_answers_the_same(model):
    assert assert_same_answers(model, PAIRS).contract.output.n_outputs == 2


@pytest.mark.parametrize("model", [LinearRegression(), Ridge(), PLSRegression(2)], ids=str)
def test_a_target_of_one_column_keeps_the_shape_of_the_native_answer(model):
    assert_same_answers(model, NUMBERS[:, np.newaxis])


@pytest.mark.parametrize("model", [Ridge(), PLSRegression(2), PoissonRegressor()], ids=str)
def test_missing_and_infinite_numbers_are_refused_as_the_model_refuses_them(model):
    assert_refuses_missing_and_infinite(model, POSITIVE)


def test_a_fit_in_float32_is_refused():
    fitted = trained(Ridge(), VALUES.astype(np.float32), NUMBERS.astype(np.float32))
    assert "float32" in refusal_of(fitted).message


def test_a_parameter_that_is_not_known_is_refused():
    fitted = trained(Ridge(), VALUES, NUMBERS)
    fitted.model.get_params = lambda deep=True: {"tuned": deep}
    assert refusal_of(fitted).message.endswith("its parameter `tuned` is not known")


def test_another_link_is_refused():
    fitted = trained(PoissonRegressor(), VALUES, POSITIVE)
    fitted.model._base_loss.link = object()
    assert refusal_of(fitted).message.endswith("its link `object` is not covered")


def test_a_regression_within_that_is_not_covered_is_named():
    fitted = trained(RANSACRegressor(random_state=0), VALUES, NUMBERS)
    fitted.model.estimator_ = object()
    assert "step `estimator` (object)" in refusal_of(fitted).message


def test_strings_are_refused():
    fitted = trained(Ridge(), VALUES, NUMBERS)
    words = credit(80)[["purpose", "status", "housing", "age", "rate"]].to_numpy(dtype=object)
    contract = infer_contract(words, fitted.contract.output).contract
    with pytest.raises(LoweringError, match="strings or categories where numbers are expected"):
        lower(fitted.model, contract)


def test_coefficients_of_another_width_are_refused():
    fitted = trained(Ridge(), VALUES, NUMBERS)
    fitted.model.coef_ = fitted.model.coef_[:3]
    assert "coefficients have the shape" in refusal_of(fitted).message
