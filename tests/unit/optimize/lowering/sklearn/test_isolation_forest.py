from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from conformance.frames import measurements
from conformance.trained import trained
from unit.optimize.lowering.answering import (
    OTHERS,
    VALUES,
    answers_at,
    assert_holds,
    assert_same_answers,
    why_not,
)


def forest(**parameters):
    return IsolationForest(**{"n_estimators": 6, "max_samples": 24, "random_state": 0} | parameters)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"contamination": 0.2}, {"max_features": 0.5}, {"bootstrap": True}, {"max_samples": 2}],
    ids=str,
)
def test_outliers_are_the_same(parameters):
    assert_same_answers(forest(**parameters), None)


def test_missing_numbers_are_answered():
    assert_same_answers(forest(), None, measurements(80), measurements(40, seed=8))


def test_numbers_beyond_float32_are_answered_as_natively():
    fitted = trained(forest(), VALUES, None)
    rows = np.full((2, VALUES.shape[1]), [[1e39], [-1e39]])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(answers_at(fitted, rows), fitted.model.predict(rows))


def test_a_row_on_the_offset_is_no_outlier():
    fitted = trained(forest(), VALUES, None, OTHERS)
    scores = np.unique(fitted.model.score_samples(OTHERS))
    for offset in (*scores[:6], *np.nextafter(scores[:3], 0)):
        fitted.model.offset_ = offset
        assert_holds(fitted)


def test_what_is_not_covered_is_refused():
    def fewer(model):
        for name in ("_decision_path_lengths", "_average_path_length_per_tree"):
            setattr(model, name, tuple(lengths[:-1] for lengths in getattr(model, name)))

    def beyond(model):
        model.estimators_features_[0] = np.array([0, 1, 2, 3, 9])

    def cut(model):
        model.estimators_features_[0] = np.array([0, 1])

    def lost(model):
        model._decision_path_lengths = model._decision_path_lengths[:-1]

    assert "values" in why_not(forest(), None, fewer)
    assert "beyond the 5" in why_not(forest(), None, beyond)
    assert "is given 2" in why_not(forest(), None, cut)
    assert "fitted attributes" in why_not(forest(), None, lost)
    assert "one row for each tree" in why_not(forest(max_samples=1), None)
