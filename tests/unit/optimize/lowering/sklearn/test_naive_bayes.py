from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB

from conformance.frames import measurements
from conformance.trained import trained
from headway.core.dtypes import Method
from unit.optimize.lowering.answering import (
    BANDS,
    TWO,
    VALUES,
    assert_holds,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    refusal_of,
)

COUNTS = np.floor(np.abs(VALUES))
OTHER_COUNTS = np.floor(np.abs(measurements(40, seed=8, missing=False)))


def named(value):
    return "" if isinstance(value, np.ndarray) else str(value)


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
@pytest.mark.parametrize(
    ("model", "values", "rows"),
    [
        (GaussianNB(), VALUES, VALUES * 3),
        (GaussianNB(var_smoothing=0.1), VALUES, VALUES * 100),
        (MultinomialNB(), COUNTS, OTHER_COUNTS),
        (MultinomialNB(fit_prior=False, alpha=0.1), COUNTS, -OTHER_COUNTS),
        (ComplementNB(), COUNTS, OTHER_COUNTS),
        (ComplementNB(norm=True), COUNTS, OTHER_COUNTS),
        (BernoulliNB(), VALUES, VALUES[::-1]),
        (BernoulliNB(binarize=float(VALUES[2, 1])), VALUES, VALUES[::-1]),
        (BernoulliNB(binarize=None), COUNTS % 2, OTHER_COUNTS),
        (BernoulliNB(), VALUES > 0, VALUES < 0),
        (BernoulliNB(binarize=2), COUNTS.astype(np.int64), OTHER_COUNTS.astype(np.int64)),
    ],
    ids=named,
)
def test_every_kind_answers_the_same(model, values, rows, target):
    fitted = assert_same_answers(model, target, values=values, rows=rows)
    assert fitted.contract.output.methods == (Method.PREDICT, Method.PREDICT_PROBA)


@pytest.mark.parametrize("model", [GaussianNB(), MultinomialNB(), ComplementNB()], ids=str)
def test_what_overflows_is_answered_as_natively(model):
    rows = np.array([[1e200, 0, 0, 0, 0], [0, 1e308, 1e308, 1e308, 0]])
    assert_holds(trained(model, COUNTS, BANDS, rows))


def test_a_number_on_the_threshold_is_not_above_it():
    fitted = trained(BernoulliNB(binarize=0.5), VALUES, TWO, np.full((1, 5), 0.5))
    assert_holds(fitted)
    assert fitted.lower().landmarks.numbers == dict.fromkeys(range(5), (0.5,))


@pytest.mark.parametrize(
    ("model", "values"),
    [(GaussianNB(), VALUES), (BernoulliNB(), VALUES), (MultinomialNB(), COUNTS)],
    ids=named,
)
def test_missing_and_infinite_numbers_are_refused_as_the_model_refuses_them(model, values):
    assert_refuses_missing_and_infinite(model, TWO, values)


@pytest.mark.parametrize("model", [GaussianNB(), BernoulliNB(), MultinomialNB()], ids=str)
def test_a_fit_in_float32_is_refused(model):
    fitted = trained(model, COUNTS.astype(np.float32), TWO)
    assert "float32" in refusal_of(fitted).message


@pytest.mark.parametrize("model", [GaussianNB(), BernoulliNB()], ids=str)
def test_a_parameter_that_is_not_known_is_refused(model):
    fitted = trained(model, VALUES, TWO)
    fitted.model.get_params = lambda deep=True: {"tuned": deep}
    assert "its parameter `tuned` is not known" in refusal_of(fitted).message
