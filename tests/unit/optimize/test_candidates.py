from __future__ import annotations

import dataclasses

import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from conformance.cases.models import boosting, logistic
from conformance.trained import trained
from headway.core.clock import SystemClock
from headway.optimize.candidates import find_form
from headway.runtimes.sklearn import SklearnRuntime

X = np.random.default_rng(0).normal(size=(120, 3))
Y = X[:, 0] > X[:, 1]


def found(model, native=None, rows=None):
    return find_form(
        model.model,
        native or model.native,
        model.contract,
        model.rows if rows is None else rows,
        clock=SystemClock(),
    )


def test_a_covered_model_is_lowered_with_its_report():
    model = trained(make_pipeline(StandardScaler(), logistic()), X, Y)
    form = found(model)
    assert form.lowered is not None
    assert form.report is not None
    assert form.report.passed
    assert form.reason.startswith("lowered: the same answers on ")
    assert form.report.rows["real"].compared == 120


def test_a_step_that_is_not_covered_means_native_and_says_which():
    form = found(trained(make_pipeline(StandardScaler(), KNeighborsClassifier()), X, Y))
    assert (form.lowered, form.report) == (None, None)
    assert "native, because it has no lowered form" in form.reason
    assert "`kneighborsclassifier` (KNeighborsClassifier)" in form.reason


def test_an_estimator_that_is_not_covered_means_native():
    form = found(trained(KNeighborsClassifier(), X, Y))
    assert form.lowered is None
    assert "KNeighborsClassifier" in form.reason


def test_a_form_that_is_not_the_native_model_means_native():
    model = trained(boosting(), X, Y)
    other = trained(boosting(learning_rate=0.05), X, Y)
    form = found(model, native=SklearnRuntime(other.model, other.contract))
    assert form.lowered is None
    assert form.report is not None
    assert not form.report.passed
    assert "native, because the parity gate refused it" in form.reason


def test_a_contract_that_is_not_the_models_means_native():
    model = trained(boosting(), X, Y)
    fewer = dataclasses.replace(model, contract=trained(boosting(), X[:, :2], Y).contract)
    assert "fitted on 3 features and the contract has 2" in found(fewer).reason


def test_without_rows_there_is_nothing_to_hold_a_form_to():
    model = trained(boosting(), X, Y)
    form = found(model, rows=model.rows.take([]))
    assert form.lowered is None
    assert "no rows" in form.reason
