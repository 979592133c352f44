from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from conformance.cases.models import boosting
from conformance.frames import measurements
from conformance.trained import trained
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.errors import InputRefusedError, PredictionError
from headway.optimize.lowering import lower as lowering
from headway.optimize.part_rows import StepRuntime, part_rows
from headway.optimize.threadpoolctl import one_thread
from unit.optimize.mixing import Rotation, steps_with_rotation

VALUES = measurements(60, missing=False)


@pytest.fixture(scope="module")
def rotated():
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(lowering, "known_steps", steps_with_rotation)
        model = make_pipeline(StandardScaler(), Rotation(), boosting(max_iter=2, max_leaf_nodes=3))
        fitted = trained(model, VALUES, VALUES[:, 1] > 0)
        form = fitted.lower()
        (part,) = form.landmarks.parts
        return fitted, part, part_rows(part, form, fitted.rows, np.random.default_rng(0))


def test_rows_lie_on_the_thresholds_of_the_step(rotated):
    _, part, made = rotated
    assert made.n_tests == made.n_tests_in_all == 4
    matrix = np.column_stack(made.rows.take(range(made.rows.n_rows)).columns())
    ((trees, _),) = part.landmarks.ensembles
    for tree in trees:
        for node in np.flatnonzero(tree.column >= 0):
            values = matrix[:, tree.column[node]]
            threshold = tree.threshold[node]
            assert {threshold, np.nextafter(threshold, np.inf)} <= set(values)


def test_other_values_are_what_the_graph_makes_of_real_rows(rotated):
    fitted, _, made = rotated
    real = fitted.model[:-1].transform(VALUES)
    matrix = np.column_stack(made.rows.take(range(made.rows.n_rows)).columns())
    is_real = np.isclose(matrix[:, :, None], real.T[None], rtol=1e-12).any(axis=2)
    assert 0.1 < is_real.mean() < 1.0


def test_the_step_and_its_part_of_the_graph_answer_alike(rotated):
    _, _, made = rotated
    batch = made.rows.take(range(made.rows.n_rows))
    native = made.pair.native.predict(batch, Method.PREDICT).values
    lowered = made.pair.lowered.predict(batch, Method.PREDICT).values
    np.testing.assert_allclose(lowered, native, rtol=1e-12, atol=1e-12)


class Raising:
    def __init__(self, error):
        self.error = error

    def transform(self, rows):
        raise self.error


def test_what_a_step_raises_is_told_as_a_refusal_or_a_failure():
    batch = FeatureBatch.from_columns(("x",), [np.zeros(2)])
    with pytest.raises(InputRefusedError):
        StepRuntime(Raising(ValueError("no")), "transform").predict(batch, Method.PREDICT)
    with pytest.raises(PredictionError, match="KeyError"):
        StepRuntime(Raising(KeyError("no")), "transform").predict(batch, Method.PREDICT)
