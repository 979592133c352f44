from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax

from headway.contract.model import Output
from headway.core.dtypes import Task
from headway.optimize.lowering.sklearn.classification import (
    binary_answers,
    multiclass_answers,
    one_vs_rest_answers,
)
from headway.optimize.lowering.state import Lowering, Steps
from unit.optimize.lowering.stepwise import contract_of, feature, run_graph

SCORES = [0.0, -0.0, 1e-300, -1e-300, 1.0, -1.0, 40.0, -40.0, -700.0, 1e300, -1e300]


def answers(n_classes, make, matrix, **options):
    classes = np.arange(n_classes)
    contract = contract_of(
        *[feature(f"x{j}") for j in range(n_classes)],
        output=Output(Task.CLASSIFICATION, classes=tuple(classes.tolist())),
    )
    lowering = Lowering(contract, Steps({}, {}))
    made = make(lowering, classes, "features", **options)
    graph, _ = lowering.finish(made.outputs(contract))
    return {name: run_graph(graph, matrix, name) for name in ("label", "probabilities", "scores")}


@pytest.mark.parametrize("may_overflow", [True, False])
def test_two_classes_are_told_by_the_sign_and_the_logistic_keeps_all_its_digits(may_overflow):
    scores = np.array(SCORES)
    matrix = np.column_stack([np.zeros(len(scores)), scores])
    made = answers(2, binary_answers, matrix, may_overflow=may_overflow)
    assert made["label"].tolist() == (scores > 0).astype(int).tolist()
    np.testing.assert_array_equal(made["scores"], scores)
    expected = np.column_stack([expit(-scores), expit(scores)])
    np.testing.assert_allclose(made["probabilities"], expected, rtol=1e-14, atol=0)


def test_an_infinite_score_of_a_product_is_certain():
    matrix = np.array([[0.0, np.inf], [0.0, -np.inf]])
    made = answers(2, binary_answers, matrix, may_overflow=True)
    assert made["label"].tolist() == [1, 0]
    assert made["probabilities"].tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert made["scores"].tolist() == [np.inf, -np.inf]


def test_more_classes_take_the_first_greatest_score_and_the_softmax():
    matrix = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 2.0], [-5.0, -1e300, -6.0], [700.0, -700.0, 0]])
    made = answers(3, multiclass_answers, matrix)
    assert made["label"].tolist() == np.argmax(matrix, axis=1).tolist() == [0, 1, 0, 0]
    np.testing.assert_allclose(made["probabilities"], softmax(matrix, axis=1), rtol=1e-13)
    np.testing.assert_array_equal(made["scores"], matrix)


def test_against_the_rest_logistics_are_shared_out_and_all_zero_stays_zero():
    matrix = np.array([[1.0, -2.0, 0.5], [-800.0, -800.0, -900.0], [-30.0, -31.0, -32.0]])
    made = answers(3, one_vs_rest_answers, matrix)
    logistics = expit(matrix)
    expected = logistics / np.maximum(logistics.sum(axis=1, keepdims=True), 5e-324)
    np.testing.assert_allclose(made["probabilities"], expected, rtol=1e-12, atol=0)
    assert made["probabilities"][1].tolist() == [0.0, 0.0, 0.0]
    assert made["label"].tolist() == [0, 0, 0]
