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


@pytest.mark.parametrize("target", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize("make", [lambda: boosting(max_iter=3), without_scores])
def test_isotonic_calibrators_are_the_same(make, target):
    assert_same_answers(CalibratedClassifierCV(make(), method="isotonic", cv=2), target)


def test_an_isotonic_calibrator_of_one_level_is_the_same():
    constant = trained(CalibratedClassifierCV(boosting(), method="isotonic", cv=2), VALUES, TWO)
    for part in constant.model.calibrated_classifiers_:
        part.calibrators[0].fit([0.0, 1.0, 2.0], [0.25, 0.25, 0.25])
    made = run_graph(constant.lower().graph, OTHERS, "probabilities")
    np.testing.assert_array_equal(made, constant.model.predict_proba(OTHERS))


@pytest.mark.parametrize(
    ("make", "target"), [(logistic, TWO), (without_scores, TWO), (without_scores, THREE)]
)
def test_temperatures_are_the_same(make, target):
    assert_same_answers(CalibratedClassifierCV(make(), method="temperature", cv=2), target)


def test_a_temperature_of_scores_of_several_classes_is_refused():
    model = CalibratedClassifierCV(logistic(), method="temperature", cv=2)
    assert "hangs on the other rows" in why_not(model, THREE)


def test_isotonic_thresholds_of_other_kinds_are_refused():
    def change(what):
        def changed(model):
            what(model.calibrated_classifiers_[0].calibrators[0])

        return changed

    def single(calibrator):
        calibrator.X_thresholds_ = calibrator.X_thresholds_.astype(np.float32)

    def not_clipping(calibrator):
        calibrator.out_of_bounds = "nan"

    def steep(calibrator):
        calibrator.X_thresholds_ = np.array([0.0, 5e-324])
        calibrator.y_thresholds_ = np.array([0.0, 1.0])

    model = CalibratedClassifierCV(boosting(max_iter=2), method="isotonic", cv=2)
    assert "float32" in why_not(model, TWO, change(single))
    assert "not the one that is known" in why_not(model, TWO, change(not_clipping))
    assert "too near" in why_not(model, TWO, change(steep))


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
