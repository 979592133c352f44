from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.tree import DecisionTreeClassifier

from conformance.frames import credit, measurements, three_bands
from conformance.trained import trained
from headway.contract.infer import infer_contract
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.errors import InvalidInputError, LoweringError
from headway.optimize.lowering.lower import lower
from headway.optimize.sklearn import describe_output
from unit.optimize.lowering.stepwise import run_graph

VALUES = measurements(80, missing=False)
OTHERS = np.concatenate([measurements(40, seed=8, missing=False), VALUES[:1] * 1e6])
BANDS = np.array(["low", "middle", "high"])[three_bands(VALUES[:, 1])]


def logistic(**parameters):
    return LogisticRegression(**({"max_iter": 2_000} | parameters))


def assert_same_answers(model, target, rows=OTHERS):
    fitted = trained(model, VALUES, target)
    form = fitted.lower()
    matrix = np.asarray(rows, dtype=np.float64)
    if not hasattr(model, "classes_"):
        np.testing.assert_allclose(
            run_graph(form.graph, matrix), model.predict(rows), rtol=1e-12, atol=1e-12
        )
        return form
    labels = model.classes_[run_graph(form.graph, matrix, "label")]
    np.testing.assert_array_equal(labels, model.predict(rows))
    for fetch, method in (("probabilities", "predict_proba"), ("scores", "decision_function")):
        expected = getattr(model, method)(rows)
        made = run_graph(form.graph, matrix, fetch)
        assert made.shape == expected.shape
        np.testing.assert_allclose(made, expected, rtol=1e-12, atol=1e-12)
    return form


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        LinearRegression(positive=True),
        Ridge(),
        Ridge(alpha=0.1, fit_intercept=False),
        Ridge(solver="lsqr"),
    ],
    ids=str,
)
def test_least_squares_answer_the_same(model):
    assert_same_answers(model, VALUES[:, 1] * 3 - VALUES[:, 0])


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


@pytest.mark.parametrize("model", [logistic(), logistic(fit_intercept=False)], ids=str)
def test_three_classes_answer_the_same(model):
    assert_same_answers(model, BANDS)


def test_one_against_the_rest_answers_the_same():
    assert_same_answers(OneVsRestClassifier(logistic()), BANDS)


def test_one_against_the_rest_where_every_class_is_impossible():
    model = OneVsRestClassifier(logistic())
    assert_same_answers(model, BANDS)
    for estimator in model.estimators_:
        estimator.coef_[:] = 0.0
        estimator.intercept_[:] = -800.0
    form = lower(model, infer_contract(VALUES, describe_output(model)).contract)
    with np.errstate(all="ignore"):
        expected = model.predict_proba(OTHERS)
    np.testing.assert_allclose(
        run_graph(form.graph, OTHERS, "probabilities"), expected, rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("raw", [np.inf, -np.inf, None])
def test_missing_and_infinite_numbers_are_refused_as_the_model_refuses_them(raw):
    fitted = trained(Ridge(), VALUES, VALUES[:, 0])
    nullable = infer_contract(measurements(80), fitted.contract.output).contract
    encoder = lower(fitted.model, nullable).encoder
    with pytest.raises(InvalidInputError):
        encoder.encode(FeatureBatch.from_rows(nullable.names, [(raw, 0.0, 0.0, 0.0, 0.0)]))


def test_a_target_of_several_columns_is_refused_with_a_hint():
    fitted = trained(Ridge(), VALUES, VALUES[:, [0, 1]])
    with pytest.raises(
        LoweringError, match=r"step `model` \(Ridge\): a target of several"
    ) as caught:
        fitted.lower()
    assert caught.value.hint == "fit on a 1-d y"


def test_a_fit_in_float32_is_refused():
    fitted = trained(Ridge(), VALUES.astype(np.float32), VALUES[:, 0].astype(np.float32))
    with pytest.raises(LoweringError, match="float32"):
        fitted.lower()


def test_one_against_the_rest_of_another_estimator_is_refused():
    fitted = trained(OneVsRestClassifier(DecisionTreeClassifier(max_depth=2)), VALUES, BANDS)
    with pytest.raises(LoweringError, match="`DecisionTreeClassifier` for each class"):
        fitted.lower()


def test_one_against_the_rest_of_two_classes_is_refused():
    fitted = trained(OneVsRestClassifier(logistic()), VALUES, VALUES[:, 1] > 0)
    with pytest.raises(LoweringError, match="three and more classes"):
        fitted.lower()


def test_strings_are_refused():
    fitted = trained(logistic(), VALUES, VALUES[:, 1] > 0)
    words = credit(80)[["purpose", "status", "housing", "age", "rate"]].to_numpy(dtype=object)
    contract = infer_contract(words, fitted.contract.output).contract
    with pytest.raises(LoweringError, match="strings or categories where numbers are expected"):
        lower(fitted.model, contract)


def test_coefficients_of_another_width_are_refused():
    fitted = trained(logistic(), VALUES, VALUES[:, 1] > 0)
    fitted.model.coef_ = fitted.model.coef_[:, :3]
    with pytest.raises(LoweringError, match="coefficients have the shape"):
        fitted.lower()


def test_every_method_of_the_contract_has_an_output():
    fitted = trained(logistic(), VALUES, BANDS)
    runtime = fitted.runtime(fitted.lower())
    for method in (Method.PREDICT, Method.PREDICT_PROBA, Method.DECISION_FUNCTION):
        assert runtime.predict(fitted.rows, method).n_rows == 80
