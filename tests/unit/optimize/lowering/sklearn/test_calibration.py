from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from conformance.cases.models import boosting
from conformance.trained import trained
from unit.optimize.lowering.answering import (
    OTHERS,
    THREE,
    TWO,
    VALUES,
    assert_same_answers,
    why_not,
)
from unit.optimize.lowering.stepwise import run_graph


def logistic():
    return make_pipeline(StandardScaler(), LogisticRegression())


def without_scores():
    return VotingClassifier([("a", logistic()), ("b", boosting(max_iter=2))], voting="soft")


@pytest.mark.parametrize("target", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize("make", [logistic, without_scores])
@pytest.mark.parametrize("ensemble", [True, False])
def test_calibrated_probabilities_are_the_same(make, target, ensemble):
    assert_same_answers(CalibratedClassifierCV(make(), cv=2, ensemble=ensemble), target)


def test_where_every_calibrator_gives_nothing_each_class_is_as_likely():
    model = CalibratedClassifierCV(logistic(), cv=2, ensemble=False)
    fitted = trained(model, VALUES, THREE)
    for calibrator in model.calibrated_classifiers_[0].calibrators:
        calibrator.a_, calibrator.b_ = 0.0, 1e4
    made = run_graph(fitted.lower().graph, OTHERS, "probabilities")
    np.testing.assert_array_equal(made, model.predict_proba(OTHERS))
    np.testing.assert_array_equal(made, np.full((len(OTHERS), 3), 1 / 3))


def test_a_classifier_that_misses_a_class_is_refused():
    def forget(model):
        model.calibrated_classifiers_[0].classes = np.array(["no", "other"])

    model = CalibratedClassifierCV(logistic(), cv=2)
    assert "does not know every class" in why_not(model, TWO, forget)


def test_another_number_of_calibrators_is_refused():
    def spoil(model):
        model.calibrated_classifiers_[0].calibrators *= 2

    assert "holds 2 calibrators" in why_not(CalibratedClassifierCV(logistic(), cv=2), TWO, spoil)
