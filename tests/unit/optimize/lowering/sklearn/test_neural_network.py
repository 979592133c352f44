from __future__ import annotations

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from conformance.trained import trained
from unit.optimize.lowering.answering import (
    BANDS,
    NUMBERS,
    POSITIVE,
    TWO,
    VALUES,
    assert_holds,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    refusal_of,
)

SCALED = VALUES / [1, 10, 1e-3, 100, 1]
ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]
FAR = np.outer([1e30, -1e30, 1e308, -1e308], [1.0, 1.0, -1.0, 1.0, -1.0])


def classifier(*sizes, **parameters):
    known = {"hidden_layer_sizes": sizes or (4, 3), "max_iter": 8, "random_state": 0}
    return MLPClassifier(**(known | parameters))


def regressor(*sizes, **parameters):
    known = {"hidden_layer_sizes": sizes or (4, 3), "max_iter": 8, "random_state": 0}
    return MLPRegressor(**(known | parameters))


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_classifiers_answer_the_same(activation, target):
    model = classifier(activation=activation)
    assert_same_answers(model, target, values=SCALED, rows=SCALED * 10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    "target",
    [NUMBERS, NUMBERS[:, np.newaxis], np.column_stack([NUMBERS, POSITIVE])],
    ids=["one", "one column", "two"],
)
def test_regressors_answer_the_same(activation, target):
    model = regressor(activation=activation)
    assert_same_answers(model, target, values=SCALED, rows=SCALED * 10)


def test_a_loss_with_a_logarithm_answers_the_same():
    if "loss" not in MLPRegressor().get_params():
        pytest.skip("this version of scikit-learn has one loss only")
    assert_same_answers(regressor(loss="poisson"), POSITIVE, values=SCALED, rows=SCALED)


@pytest.mark.parametrize("sizes", [(1,), (3, 2, 2)])
def test_any_number_of_layers_answers_the_same(sizes):
    assert_same_answers(classifier(*sizes), BANDS, values=SCALED, rows=SCALED)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
def test_what_overflows_is_answered_as_natively(activation, target):
    assert_holds(trained(classifier(activation=activation), SCALED, target, FAR))


def test_missing_and_infinite_numbers_are_refused_as_the_model_refuses_them():
    assert_refuses_missing_and_infinite(classifier(2), TWO)


def test_several_labels_are_refused():
    fitted = trained(classifier(2), VALUES, np.column_stack([TWO == "no", BANDS == "low"]))
    assert "several labels is not covered" in refusal_of(fitted).message


@pytest.mark.parametrize("model", [classifier(2), regressor(2)], ids=["classifier", "regressor"])
def test_another_output_or_activation_is_refused(model):
    fitted = trained(model, SCALED, TWO == "no")
    fitted.model.out_activation_ = "newest"
    assert "its output by `newest` is not covered" in refusal_of(fitted).message
    fitted.model.activation = "newest"
    assert "`activation='newest'` is not covered" in refusal_of(fitted).message


def test_a_fit_in_float32_is_refused():
    fitted = trained(classifier(2), SCALED.astype(np.float32), TWO)
    assert "float32" in refusal_of(fitted).message
