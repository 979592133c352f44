from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from conformance.cases.models import boosting
from conformance.frames import measurements
from conformance.trained import trained
from headway.errors import ParityError, TrainingDataError
from headway.optimize.threadpoolctl import one_thread
from headway.testing import Effort, Tolerance, assert_parity

VALUES = measurements(120, missing=False)
QUICK = Effort(n_single_rows=4, n_small_blocks=4)
RAISING = {"infinite", "greatest"}


@pytest.fixture(autouse=True)
def single_thread():
    with one_thread():
        yield


@pytest.fixture(scope="module")
def boosted():
    return trained(boosting(max_iter=2, max_leaf_nodes=4), VALUES, VALUES[:, 1] > 0)


def test_a_form_that_is_the_same_passes_with_its_report(boosted):
    report = assert_parity(boosted.model, boosted.lower(), VALUES, effort=QUICK)
    assert report.passed
    assert report.rows["real"].compared == 120
    assert report.tests.planned == report.tests.compared > 0


def test_rows_lie_on_thresholds_whatever_stands_for_the_model(boosted):
    report = assert_parity(boosted.model, boosted.model.predict_proba, VALUES, effort=QUICK)
    assert report.rows["threshold"].compared == report.rows["threshold"].planned > 0


def test_one_wrong_row_is_told_by_its_row_and_numbers_and_not_by_its_values():
    model = Ridge().fit(VALUES, VALUES[:, 1])

    def off(rows):
        return model.predict(rows) + 1e-6 * (rows[:, 0] == VALUES[17, 0])

    with pytest.raises(ParityError, match=r"row 17 of its kind.*allowed is") as caught:
        assert_parity(model, off, VALUES, leave_out=RAISING)
    assert caught.value.row == 17
    assert caught.value.max_abs_difference == pytest.approx(1e-6, rel=1e-3)
    assert 0 < caught.value.tolerance < 1e-9
    assert str(VALUES[17, 0]) not in str(caught.value)


def test_what_is_allowed_and_what_is_left_out_is_the_callers_choice():
    model = Ridge().fit(VALUES, VALUES[:, 1])

    def single(rows):
        return (rows @ model.coef_ + model.intercept_).astype(np.float32)

    loose = Tolerance(rtol=1e-4, atol=1e-4)
    kinds = RAISING | {"extreme"}
    report = assert_parity(model, single, VALUES, tolerance=loose, effort=QUICK, leave_out=kinds)
    assert not kinds & set(report.rows)
    with pytest.raises(ParityError):
        assert_parity(model, single, VALUES, effort=QUICK, leave_out=kinds)


def test_where_the_native_model_raises_the_other_must_too():
    model = LogisticRegression().fit(VALUES, VALUES[:, 1] > 0)

    def lenient(rows):
        return model.predict(np.nan_to_num(rows))

    with pytest.raises(ParityError) as caught:
        assert_parity(model, lenient, VALUES, effort=QUICK)
    assert (caught.value.max_abs_difference, caught.value.tolerance) == (math.inf, 0.0)


def test_a_time_that_is_too_short_does_not_pass():
    model = Ridge().fit(VALUES, VALUES[:, 1])
    with pytest.raises(ParityError, match="time budget") as caught:
        assert_parity(model, model.predict, VALUES, effort=Effort(time_budget_s=0.0))
    assert caught.value.row == -1


def test_data_that_is_no_frame_is_refused():
    with pytest.raises(TrainingDataError):
        assert_parity(Ridge().fit(VALUES, VALUES[:, 1]), len, [1, 2, 3])
