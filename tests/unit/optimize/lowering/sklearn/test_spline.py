from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import SplineTransformer

from conformance.frames import measurements
from unit.optimize.lowering.stepwise import assert_same, dense, lower_step, refusal

VALUES = measurements(60, missing=False)
OTHERS = measurements(40, seed=8, missing=False) * 3


def check(step, values=VALUES, others=OTHERS):
    lowered = lower_step(step.fit(values), values)
    knots = np.stack([spline.t for spline in step.bsplines_], axis=1)
    beside = [knots, np.nextafter(knots, np.inf), np.nextafter(knots, -np.inf)]
    rows = others if step.extrapolation == "error" else np.concatenate([*beside, others])
    expected = dense(step.transform(rows))
    np.testing.assert_allclose(lowered.transform(rows), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(lowered.trace(rows), expected, rtol=1e-12, atol=1e-12)
    return lowered


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("extrapolation", ["constant", "linear", "continue", "periodic"])
def test_each_spline_has_its_value_between_on_and_beyond_the_knots(extrapolation, degree):
    n_columns = 1 if (degree, extrapolation) == (1, "linear") else 5
    step = SplineTransformer(5, degree, extrapolation=extrapolation)
    check(step, VALUES[:, :n_columns], OTHERS[:, :n_columns])


@pytest.mark.parametrize(
    "parameters",
    [
        {"include_bias": False},
        {"sparse_output": True, "extrapolation": "linear"},
        {"knots": "quantile", "order": "F"},
        {"knots": np.linspace(-2, 2, 4)[:, np.newaxis] * [1, 3, 1e-3, 1, 2]},
    ],
    ids=",".join,
)
def test_parameters_of_the_splines(parameters):
    check(SplineTransformer(3, **parameters), VALUES[:, :5], OTHERS)


def test_numbers_beyond_the_knots_are_refused_where_the_step_refuses_them():
    step = SplineTransformer(extrapolation="error")
    check(step, others=VALUES)
    lowered = lower_step(step, measurements(60))
    least, greatest = VALUES.min(axis=0), VALUES.max(axis=0)
    ends = [(column.minimum, column.maximum) for column in lowered.encoder.columns]
    np.testing.assert_allclose(ends, np.stack([least, greatest], axis=1), rtol=1e-12)
    assert all(column.refuse_missing for column in lowered.encoder.columns)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"degree": 0}, "`degree=0`"),
        ({"degree": 1, "extrapolation": "linear"}, "`degree=1` with"),
        ({"handle_missing": "zeros"}, "`handle_missing='zeros'`"),
    ],
    ids=str,
)
def test_what_is_not_covered_is_refused_by_name(parameters, message):
    step = SplineTransformer(**parameters).fit(VALUES)
    assert message in refusal(step, VALUES).message


def test_knots_that_are_one_are_refused():
    values = np.column_stack([np.repeat([0.0, 1.0], 30), np.arange(60.0)])
    step = SplineTransformer(5, knots="quantile").fit(values)
    assert "two of its knots" in refusal(step, values).message


def test_columns_of_splines_may_be_infinite_only_where_they_grow():
    constant, linear = (
        lower_step(SplineTransformer(extrapolation=how).fit(VALUES), VALUES).columns[0]
        for how in ("constant", "linear")
    )
    assert (constant.is_bounded, linear.is_bounded) == (True, False)


def test_nothing_is_changed_where_all_is_inside():
    assert_same(SplineTransformer(degree=1), VALUES, rtol=1e-11)
