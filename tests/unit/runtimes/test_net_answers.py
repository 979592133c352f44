from __future__ import annotations

import numpy as np
import pytest

from headway.contract.model import Output
from headway.core.dtypes import Method, Task
from headway.errors import MethodNotSupportedError, PredictionError
from headway.runtimes.net_answers import NetAnswers

NUMBERS = NetAnswers(Output(Task.OTHER, given_as="numbers"))
METHODS = (Method.PREDICT, Method.PREDICT_PROBA)


def classifier(given_as, classes=("a", "b")):
    return NetAnswers(Output(Task.CLASSIFICATION, METHODS, classes, given_as=given_as))


@pytest.mark.parametrize(
    ("values", "answered"),
    [([[1.0], [2.0]], [1.0, 2.0]), ([[1.0, 2.0]] * 2, [[1.0, 2.0]] * 2), ([[[1.0]]] * 2, [[[1.0]]] * 2)],
)  # fmt: skip
def test_numbers_are_answered_as_they_are(values, answered):
    read = NUMBERS.read(np.array(values), 2, Method.PREDICT)
    assert read.values.tolist() == answered


@pytest.mark.parametrize(
    ("given_as", "values", "probabilities"),
    [
        ("logits", [[0.0, np.log(3)], [1e30, 0.0]], [[0.25, 0.75], [1.0, 0.0]]),
        ("logits", [[np.log(3)], [-1e4]], [[0.25, 0.75], [1.0, 0.0]]),
        ("logits", [np.log(3), -1e4], [[0.25, 0.75], [1.0, 0.0]]),
        ("probabilities", [[0.25, 0.75], [1.0, 0.0]], [[0.25, 0.75], [1.0, 0.0]]),
        ("probabilities", [0.75, 0.0], [[0.25, 0.75], [1.0, 0.0]]),
    ],
)
def test_classes_get_labels_and_probabilities(given_as, values, probabilities):
    read = classifier(given_as).read(np.array(values), 2, Method.PREDICT_PROBA)
    assert read.values.tolist() == ["b", "a"]
    np.testing.assert_allclose(read.probabilities, probabilities)
    assert classifier(given_as).read(np.array(values), 2, Method.PREDICT).probabilities is None


def test_an_infinite_logit_is_no_probability_and_no_warning():
    read = classifier("logits").read(np.array([[np.inf, np.inf]]), 1, Method.PREDICT_PROBA)
    assert np.isnan(read.probabilities).all()


def test_labels_of_the_net_itself_are_answered():
    answers = classifier("answers")
    values = np.array([[0.1, 0.9]], dtype=np.float32)
    read = answers.labelled(np.array(["b"]), values, 1)
    assert (read.values.tolist(), read.probabilities.dtype) == (["b"], np.float64)
    assert answers.labelled(np.array(["b"]), None, 1).probabilities is None
    with pytest.raises(PredictionError, match="1 rows for 2"):
        answers.labelled(np.array(["b"]), None, 2)


@pytest.mark.parametrize("values", [np.float64(1), np.zeros(3), np.zeros((3, 2))])
def test_another_number_of_rows_is_refused(values):
    with pytest.raises(PredictionError, match="for 2 rows"):
        NUMBERS.read(np.asarray(values), 2, Method.PREDICT)


@pytest.mark.parametrize("shape", [(2, 3), (2, 2, 2)])
def test_another_number_of_classes_is_refused(shape):
    with pytest.raises(PredictionError, match="2 classes"):
        classifier("logits").read(np.zeros(shape), 2, Method.PREDICT)


def test_a_method_that_it_does_not_have_is_refused():
    with pytest.raises(MethodNotSupportedError, match="predict_proba"):
        NUMBERS.check_method(Method.PREDICT_PROBA)
