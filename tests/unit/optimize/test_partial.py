from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from conformance.frames import measurements
from conformance.partly import features_then_columns, on_credit, own_branch, squared, with_dates
from conformance.trained import trained
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import LoweringError
from headway.optimize.candidates import find_form
from headway.optimize.partial import lower_partly

VALUES = measurements(80, missing=False)
TARGET = VALUES[:, 1] > 0


def found(model):
    return find_form(model.model, model.native, model.contract, model.rows, clock=SystemClock())


@pytest.fixture(
    scope="module", params=[features_then_columns, own_branch], ids=lambda make: make.__name__
)
def partial(request):
    model = on_credit(request.param())
    return model, found(model)


def test_the_steps_after_a_users_own_are_lowered_and_pass_the_gate(partial):
    model, form = partial
    assert form.n_native_steps == 1
    assert form.report is not None
    assert form.report.passed, form.report.reason
    assert {"real", "real, made by its own steps"} <= set(form.report.rows)
    assert form.reason.startswith("partly lowered, after `")
    assert ", because it has no lowered form: step `model`" in form.reason
    expected = model.native.predict(model.rows, Method.PREDICT_PROBA)
    answered = form.runtime.predict(model.rows, Method.PREDICT_PROBA)
    np.testing.assert_allclose(answered.probabilities, expected.probabilities, 1e-12, 1e-12)


def test_rows_lie_on_the_thresholds_of_what_the_own_step_makes(partial):
    _, form = partial
    coverage = form.report.rows.get("threshold, made by its own steps")
    is_of_trees = form.lowered.landmarks.ensembles
    assert coverage is None if not is_of_trees else coverage.compared == coverage.planned > 50


def test_a_feature_that_only_the_users_own_step_understands_is_no_hindrance():
    pipeline, frame, target = with_dates()
    form = found(trained(pipeline, frame, target))
    assert (form.n_native_steps, form.report.passed) == (1, True)


def test_it_is_told_of_each_step_how_it_runs_and_why():
    steps = [("scale", StandardScaler()), ("own", FunctionTransformer(squared))]
    pipeline = Pipeline([*steps, ("again", StandardScaler()), ("end", LogisticRegression())])
    told = {
        step.name: (step.form, step.reason)
        for step in found(trained(pipeline, VALUES, TARGET)).steps
    }
    assert list(told) == [
        "model", "model > scale", "model > own", "model > again", "model > end"
    ]  # fmt: skip
    assert told["model"] == ("native", "a part of it has no lowered form")
    assert told["model > scale"] == ("native", "a step after it has no lowered form")
    assert "is not covered" in told["model > own"][1]
    assert told["model > again"] == told["model > end"] == ("lowered", "")


def test_no_more_steps_run_natively_than_have_to():
    steps = [("scale", StandardScaler()), ("own", FunctionTransformer(squared))]
    pipeline = Pipeline([*steps, ("again", StandardScaler()), ("end", LogisticRegression())])
    model = trained(pipeline, VALUES, TARGET)
    partial = lower_partly(model.model, model.contract, model.rows)
    assert partial.native_steps == ("`scale` (StandardScaler)", "`own` (FunctionTransformer)")


@pytest.mark.parametrize(
    "model",
    [
        KNeighborsClassifier(),
        Pipeline([("only", KNeighborsClassifier())]),
        Pipeline([("scale", StandardScaler()), ("end", KNeighborsClassifier())]),
    ],
    ids=str,
)
def test_a_model_whose_end_is_not_covered_has_no_partial_form(model):
    fitted = trained(model, VALUES, TARGET)
    with pytest.raises(LoweringError):
        lower_partly(fitted.model, fitted.contract, fitted.rows)
    assert found(fitted).reason.startswith("native, because it has no lowered form")


def test_a_step_that_remembers_is_refused_by_the_gate():
    class Counter:
        n = 0

    def drifting(values):
        Counter.n += 1
        return values + Counter.n

    fitted = trained(
        Pipeline([("own", FunctionTransformer(drifting)), ("end", LogisticRegression())]),
        VALUES,
        TARGET,
    )
    form = found(fitted)
    assert (form.lowered, form.n_native_steps) == (None, 0)
    assert "the parity gate refused it" in form.reason


def test_a_last_step_that_is_not_covered_is_found_before_anything_is_computed():
    pipeline = Pipeline([("scale", StandardScaler()), ("near", KNeighborsClassifier())])
    model = trained(pipeline, VALUES, TARGET)
    del model.model.steps[0][1].scale_  # its first step raises now
    with pytest.raises(LoweringError, match="last step has no lowered form"):
        lower_partly(model.model, model.contract, model.rows)
