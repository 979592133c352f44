from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from conformance.cases.models import boosting
from conformance.frames import measurements
from conformance.trained import trained
from headway.optimize.crossing_rows import crossing_rows
from headway.optimize.lowering import lower as lowering
from headway.optimize.replaced_rows import ReplacedRows
from headway.optimize.threadpoolctl import one_thread
from unit.optimize.mixing import ROTATION, Rotation, steps_with_rotation

VALUES = measurements(60, missing=False)


@pytest.fixture(scope="module")
def rotated():
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(lowering, "known_steps", steps_with_rotation)
        model = make_pipeline(Rotation(), boosting(max_iter=2, max_leaf_nodes=3))
        fitted = trained(model, VALUES, VALUES[:, 1] > 0)
        return fitted, fitted.lower()


def made(fitted, form, rows):
    (part,) = form.landmarks.parts
    return crossing_rows(part, form, fitted.contract, rows, np.random.default_rng(0))


def test_rows_lie_close_to_each_threshold_on_both_sides_and_never_at_it(rotated):
    fitted, form = rotated
    rows = ReplacedRows(fitted.contract, fitted.rows, made(fitted, form, fitted.rows))
    batch = rows.take(range(rows.n_rows))
    mixed = np.column_stack(batch.columns()) @ ROTATION
    scale = np.abs(VALUES @ ROTATION).max()
    ((trees, _),) = form.landmarks.parts[0].landmarks.ensembles
    for tree in trees:
        for node in np.flatnonzero(tree.column >= 0):
            away = (mixed[:, tree.column[node]] - tree.threshold[node]) / scale
            close = away[np.abs(away) < 1e-8]
            assert {-1.0, 1.0} == set(np.sign(close))
            assert np.abs(close).min() > 1e-13


def test_real_rows_that_are_all_alike_give_none(rotated):
    fitted, form = rotated
    assert made(fitted, form, fitted.rows.take([0, 0, 0])) is None
