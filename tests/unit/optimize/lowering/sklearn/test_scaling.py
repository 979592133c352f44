from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from conformance.frames import measurements
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal

VALUES = measurements(60)
OTHERS = measurements(40, seed=8) * 3

SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    StandardScaler(with_std=False),
    StandardScaler(with_mean=False, with_std=False),
    MinMaxScaler(),
    MinMaxScaler(feature_range=(-2.5, 7)),
    MinMaxScaler(clip=True),
    MinMaxScaler(feature_range=(-1, 1), clip=True),
    MaxAbsScaler(),
    MaxAbsScaler(clip=True),
    RobustScaler(),
    RobustScaler(quantile_range=(5, 60), unit_variance=True),
    RobustScaler(with_centering=False),
    RobustScaler(with_scaling=False),
]


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_a_scaler_gives_the_same_bits_on_rows_it_has_not_seen(scaler):
    assert_same(scaler, VALUES, OTHERS, rtol=0)


def test_a_column_of_one_value_is_not_divided_by_its_deviation():
    assert_same(StandardScaler(), np.full((9, 2), 4.0), np.array([[4.0, 5.0]]), rtol=0)


def test_clipping_leaves_missing_missing_and_holds_what_is_far_at_its_bounds():
    rows = np.array([[np.nan] * 5, [1e300] * 5, [-1e300] * 5])
    made = assert_same(MinMaxScaler(clip=True), VALUES, rows, rtol=0).transform(rows)
    assert np.isnan(made[0]).all()
    assert made[1:].tolist() == [[1.0] * 5, [0.0] * 5]


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), MaxAbsScaler()])
def test_an_infinity_is_refused_as_the_scaler_refuses_it(scaler):
    lowered = lower_step(scaler.fit(VALUES), VALUES)
    greatest = np.finfo(np.float64).max
    for column in lowered.encoder.columns:
        assert (column.minimum, column.maximum) == (-greatest, greatest)


def test_a_scaled_column_is_computed_and_still_traced_to_its_feature():
    columns = lower_step(StandardScaler().fit(VALUES), VALUES).columns
    assert [column.feature for column in columns] == [0, 1, 2, 3, 4]
    assert all(column.is_computed for column in columns)


def test_a_column_without_a_number_is_refused():
    values = VALUES.copy()
    values[:, 1] = np.nan
    with np.errstate(all="ignore"):
        scaler = StandardScaler().fit(values)
    assert "without numbers" in refusal(scaler, VALUES).message


def test_float32_columns_are_refused_with_a_hint():
    single = VALUES.astype(np.float32)
    error = refusal(StandardScaler().fit(single), single)
    assert error.message.startswith("step `step` (StandardScaler): it is given float32 columns")
    assert "float64" in str(error.hint)


def test_an_unknown_value_of_a_switch_is_refused():
    error = refusal(StandardScaler().fit(VALUES).set_params(with_mean="sometimes"), VALUES)
    assert "`with_mean='sometimes'` is not covered" in error.message


def test_a_scaler_that_is_not_fitted_is_refused():
    assert "fitted attributes" in refusal(StandardScaler(), VALUES).message
