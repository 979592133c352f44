from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import QuantileTransformer

from conformance.frames import measurements
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal

VALUES = measurements(60)


def around(quantiles):
    """Return rows on every quantile, beside it by one number and by less than the bounds' width."""
    near = [quantiles, np.nextafter(quantiles, np.inf), np.nextafter(quantiles, -np.inf)]
    return np.concatenate([*near, quantiles + 5e-8, quantiles - 5e-8, quantiles * 3, [[1e300] * 5]])


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
@pytest.mark.parametrize("n_quantiles", [1, 2, 9, 60])
def test_numbers_become_their_place_among_the_quantiles(n_quantiles, distribution):
    step = QuantileTransformer(n_quantiles=n_quantiles, output_distribution=distribution)
    rows = np.concatenate([around(step.fit(VALUES).quantiles_), measurements(40, seed=8)])
    assert_same(step, VALUES, rows, rtol=1e-13)


def test_a_constant_column_is_at_its_lower_bound():
    values = np.full((20, 2), 4.0)
    rows = np.array([[4.0, 5.0], [3.0, 4.0]])
    assert_same(QuantileTransformer(n_quantiles=5), values, rows, rtol=0)


def test_infinities_are_refused_and_missing_is_not():
    lowered = lower_step(QuantileTransformer(n_quantiles=5).fit(VALUES), VALUES)
    for column in lowered.encoder.columns:
        assert column.maximum == np.finfo(np.float64).max
        assert not column.refuse_missing
    assert all(column.is_bounded for column in lowered.columns)


@pytest.mark.parametrize("quantiles", [np.full((3, 5), np.nan), np.array([[2.0] * 5, [1.0] * 5])])
def test_quantiles_that_are_none_are_refused(quantiles):
    step = QuantileTransformer(n_quantiles=2).fit(VALUES)
    step.quantiles_ = quantiles
    assert "without numbers" in refusal(step, VALUES).message


def test_quantiles_between_which_no_slope_is_finite_are_refused():
    step = QuantileTransformer(n_quantiles=2).fit(VALUES)
    step.quantiles_ = np.array([[0.0] * 5, [5e-324] * 5])
    with np.errstate(over="ignore"):
        assert "too near" in refusal(step, VALUES).message


def test_a_step_that_leaves_zeros_out_is_refused():
    step = QuantileTransformer(n_quantiles=2).fit(VALUES).set_params(ignore_implicit_zeros=True)
    assert "`ignore_implicit_zeros=True`" in refusal(step, VALUES).message
