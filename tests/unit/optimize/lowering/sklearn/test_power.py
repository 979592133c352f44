from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PowerTransformer

from conformance.frames import measurements
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal

VALUES = measurements(60)
OTHERS = measurements(40, seed=8) * 3
POSITIVE, POSITIVE_OTHERS = (np.abs(values) + 0.01 for values in (VALUES, OTHERS))
YEO_JOHNSON = PowerTransformer(standardize=False).fit(VALUES)
BOX_COX = PowerTransformer("box-cox", standardize=False).fit(POSITIVE)


@pytest.mark.parametrize("standardize", [True, False])
def test_the_fitted_powers_are_raised_to(standardize):
    yeo_johnson = PowerTransformer(standardize=standardize)
    assert_same(yeo_johnson, VALUES, np.concatenate([OTHERS, [[0.0] * 5]]), rtol=1e-12)
    box_cox = PowerTransformer("box-cox", standardize=standardize)
    assert_same(box_cox, POSITIVE, POSITIVE_OTHERS, rtol=1e-12)


@pytest.mark.parametrize(
    "powers",
    [
        (0.0, 2.0, 1.0, -3.0, 5.0),
        (1e-17, 2 + 1e-16, 1e-20, 2 + 1e-10, 1e-10),
        (3.0, 1.5, 0.5, -0.5, 4.0),
    ],
)
@pytest.mark.parametrize("fitted", [YEO_JOHNSON, BOX_COX], ids=["yeo-johnson", "box-cox"])
def test_logarithms_and_great_numbers_are_as_scipy_has_them(fitted, powers):
    step = PowerTransformer(**fitted.get_params())
    step.lambdas_, step.n_features_in_ = np.array(powers), 5
    rows = np.concatenate([np.abs(OTHERS) + 1e-9, [[1e60] * 5, [1e-60] * 5, [1e-300] * 5]])
    lowered = lower_step(step, VALUES)
    with np.errstate(all="ignore"):
        expected = step.transform(rows.copy())
    np.testing.assert_allclose(lowered.transform(rows), expected, rtol=1e-12)
    np.testing.assert_allclose(lowered.trace(rows), expected, rtol=1e-12)


def test_box_cox_refuses_what_is_not_positive_and_takes_missing():
    least = np.nextafter(0, 1)
    for column in lower_step(BOX_COX, POSITIVE).encoder.columns:
        assert column.minimum == least
        assert not column.refuse_missing


def test_box_cox_of_what_is_scaled_is_guarded_by_the_graph():
    model = make_pipeline(MinMaxScaler((1, 2)), PowerTransformer("box-cox"))
    lowered = assert_same(model, VALUES, VALUES[:20], rtol=1e-12)
    assert b"guard" in lowered.graph


def test_a_power_that_is_no_number_is_refused():
    step = PowerTransformer(standardize=False)
    step.lambdas_, step.n_features_in_ = np.array([1.0, np.nan, 1, 1, 1]), 5
    assert "without numbers" in refusal(step, VALUES).message


def test_an_unknown_method_is_refused():
    step = PowerTransformer("box-cox").set_params(method="tukey")
    assert "`method='tukey'`" in refusal(step, VALUES).message
