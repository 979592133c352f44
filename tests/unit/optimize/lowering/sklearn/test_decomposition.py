from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD

from conformance.frames import measurements
from unit.optimize.lowering.stepwise import assert_mixed, lower_step, refusal

VALUES = measurements(60, missing=False)
OTHERS = measurements(40, seed=8, missing=False) * 3

STEPS = [
    PCA(),
    PCA(2, whiten=True),
    PCA(0.8, svd_solver="full"),
    PCA(2, svd_solver="arpack", random_state=0),
    IncrementalPCA(3, whiten=True),
    TruncatedSVD(2, random_state=0),
    TruncatedSVD(2, algorithm="arpack", random_state=0),
]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_rows_are_projected_as_they_are_natively(step):
    lowered = assert_mixed(step, VALUES, OTHERS)
    assert len(lowered.columns) == len(step.components_)


def test_a_component_without_variance_is_whitened_by_the_least_deviation():
    flat = np.column_stack([VALUES[:, 0], 2 * VALUES[:, 0], 3 * VALUES[:, 0]])
    step = PCA(whiten=True).fit(flat)
    made = lower_step(step, flat).transform(flat)
    np.testing.assert_allclose(made[:, 0], step.transform(flat)[:, 0], rtol=1e-12)


@pytest.mark.parametrize("step", [PCA(2), TruncatedSVD(2)], ids=str)
def test_missing_and_infinities_are_refused(step):
    (column, *_) = lower_step(step.fit(VALUES), measurements(60)).encoder.columns
    assert column.refuse_missing
    assert column.maximum == np.finfo(np.float64).max


@pytest.mark.parametrize("step", [PCA(2), TruncatedSVD(2)], ids=str)
def test_other_components_and_float32_are_refused(step):
    step.fit(VALUES)
    before = step.components_
    step.components_ = before[:, :3]
    assert "have the shape (2, 3)" in refusal(step, VALUES).message
    step.components_ = before.astype(np.float32)
    assert "fitted in float32" in refusal(step, VALUES).message
    assert "fitted attributes" in refusal(type(step)(), VALUES).message
