from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import Normalizer

from conformance.frames import measurements
from unit.optimize.lowering.stepwise import assert_mixed, lower_step, refusal

VALUES = measurements(60, missing=False)
ROWS = np.array(
    [
        [3.0, -4.0, 0.0, 0.0, 0.0],
        [0.0, -0.0, 0.0, 0.0, 0.0],
        [1e-16, 0.0, -1e-16, 0.0, 0.0],
        [2.3e-15, 0.0, 0.0, 0.0, 0.0],
        [1e200, -1e200, 1.0, 0.0, 0.0],
        [-7.0, -2.0, -9.0, -1.0, -3.0],
    ]
)


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_rows_are_divided_by_their_norm_and_rows_of_almost_zeros_are_not(norm):
    lowered = assert_mixed(Normalizer(norm), VALUES, ROWS)
    assert all(column.is_bounded and column.never_misses for column in lowered.columns)


def test_missing_and_infinities_are_refused():
    (column, *_) = lower_step(Normalizer().fit(VALUES), measurements(60)).encoder.columns
    assert column.refuse_missing
    assert column.maximum == np.finfo(np.float64).max


def test_float32_columns_and_unknown_norms_are_refused():
    single = VALUES.astype(np.float32)
    assert "float32" in refusal(Normalizer().fit(single), single).message
    fitted = Normalizer().fit(VALUES).set_params(norm="l3")
    assert "`norm='l3'`" in refusal(fitted, VALUES).message
