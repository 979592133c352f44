from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, KBinsDiscretizer, PowerTransformer

from conformance.frames import credit, measurements
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal

VALUES = measurements(60, missing=False)
OTHERS = measurements(40, seed=8, missing=False) * 3


def on_edges(step):
    """Return rows on every edge and one number beside it."""
    edges = [np.resize(own[np.isfinite(own)], 8) for own in step.bin_edges_]
    rows = np.stack(edges, axis=1)
    return np.concatenate([rows, np.nextafter(rows, np.inf), np.nextafter(rows, -np.inf), OTHERS])


@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
@pytest.mark.parametrize("encode", ["onehot", "onehot-dense", "ordinal"])
@pytest.mark.filterwarnings("ignore:Bins whose width are too small")
def test_numbers_fall_into_their_bins_also_on_the_edges(encode, strategy):
    step = KBinsDiscretizer(
        [2, 5, 3, 4, 4], encode=encode, strategy=strategy, quantile_method="averaged_inverted_cdf"
    )
    assert_same(step, VALUES, on_edges(step.fit(VALUES)), rtol=0)


@pytest.mark.filterwarnings("ignore:Feature 0 is constant")
def test_a_constant_column_has_one_bin():
    values = np.column_stack([np.full(20, 3.0), np.arange(20.0)])
    assert_same(KBinsDiscretizer(3, strategy="uniform"), values, rtol=0)


def test_missing_is_refused():
    step = KBinsDiscretizer(3, strategy="uniform").fit(VALUES)
    lowered = lower_step(step, measurements(60))
    assert all(column.refuse_missing for column in lowered.encoder.columns)


@pytest.mark.parametrize("threshold", [0.0, 0.5, -3])
def test_only_what_is_above_the_threshold_is_one(threshold):
    rows = np.array([[threshold] * 5, np.nextafter([threshold] * 5, np.inf), [-1e300] * 5])
    made = assert_same(Binarizer(threshold=threshold), VALUES, rows, rtol=0).transform(rows)
    assert made[:, 0].tolist() == [0, 1, 0]


@pytest.mark.parametrize("step", [Binarizer(), KBinsDiscretizer(2, strategy="uniform")], ids=str)
def test_float32_columns_are_refused(step):
    single = VALUES.astype(np.float32)
    assert "float32" in refusal(step.fit(single), single).message


def test_bins_of_another_type_are_refused():
    step = KBinsDiscretizer(2, strategy="uniform", dtype=np.float32).fit(VALUES)
    assert "`dtype=" in refusal(step, VALUES).message


def test_a_step_that_is_not_fitted_is_refused():
    assert "fitted attributes" in refusal(KBinsDiscretizer(2), VALUES).message
    assert "strings" in refusal(Binarizer(), credit(20)[["housing"]]).message


def test_bins_behind_a_power_are_those_of_the_feature_itself():
    values = np.abs(measurements(90, missing=False))[:, :2] + 0.01
    bins = KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf")
    step = make_pipeline(PowerTransformer(), bins)
    near = np.concatenate([values, np.nextafter(values, np.inf), np.nextafter(values, -np.inf)])
    assert_same(step, values, near)
