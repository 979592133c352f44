from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, PolynomialFeatures

from conformance.frames import measurements
from headway.optimize.lowering.columns import MAX_FLOAT64
from unit.optimize.lowering.stepwise import assert_mixed, assert_same, lower_step, refusal

VALUES = measurements(60, missing=False)
OTHERS = measurements(40, seed=8, missing=False) * 3

STEPS = [
    PolynomialFeatures(),
    PolynomialFeatures(3),
    PolynomialFeatures(4, interaction_only=True, include_bias=False),
    PolynomialFeatures((2, 3), include_bias=False, order="F"),
    PolynomialFeatures((3, 3)),
    PolynomialFeatures(1),
    PolynomialFeatures(0),
    PolynomialFeatures((0, 2), interaction_only=True),
    PolynomialFeatures(7, interaction_only=True),
]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_products_are_the_same_bits_in_the_same_order(step):
    assert_mixed(step, VALUES, OTHERS, rtol=0)


def test_products_of_one_feature_are_traced_to_it():
    lowered = assert_same(PolynomialFeatures(5), VALUES[:, :1], OTHERS[:, :1], rtol=0)
    assert {column.feature for column in lowered.columns} == {0}


def test_products_of_two_features_are_of_none():
    lowered = lower_step(PolynomialFeatures(include_bias=False).fit(VALUES[:, :2]), VALUES[:, :2])
    assert [column.feature for column in lowered.columns] == [0, 1, 0, None, 1]


def test_a_bias_beside_mixed_columns_is_one():
    assert_mixed(make_pipeline(Normalizer(), PolynomialFeatures(2)), VALUES, OTHERS)


def test_missing_is_refused_and_of_numbers_only_infinities():
    step = PolynomialFeatures(2).fit(VALUES)
    (column, *_) = lower_step(step, measurements(60)).encoder.columns
    assert (column.refuse_missing, column.minimum, column.maximum) == (True, -MAX_FLOAT64, MAX_FLOAT64)  # fmt: skip


def test_what_is_not_covered_is_refused():
    wide = np.zeros((3, 70))
    assert "it makes 2,556 columns" in refusal(PolynomialFeatures().fit(wide), wide).message
    step = PolynomialFeatures().fit(VALUES).set_params(interaction_only=True)
    assert "products are not what is known" in refusal(step, VALUES).message
    single = VALUES.astype(np.float32)
    assert "float32" in refusal(PolynomialFeatures().fit(single), single).message
    assert "fitted attributes" in refusal(PolynomialFeatures(), VALUES).message
