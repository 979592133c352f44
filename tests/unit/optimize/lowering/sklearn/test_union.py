from __future__ import annotations

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from conformance.frames import credit, measurements
from headway.optimize.lowering.columns import MAX_FLOAT64
from unit.optimize.lowering.stepwise import assert_mixed, assert_same, lower_step, refusal

VALUES = measurements(60)
WHOLE = measurements(60, missing=False)
OTHERS = measurements(40, seed=8)


def union(**parameters):
    return FeatureUnion([("scaled", StandardScaler()), ("ranged", MinMaxScaler())], **parameters)


def test_every_transformer_is_given_all_columns_and_the_results_stand_in_order():
    lowered = assert_same(union(), VALUES, OTHERS, rtol=0)
    assert [column.feature for column in lowered.columns] == [0, 1, 2, 3, 4] * 2


def test_results_are_multiplied_by_their_weights():
    assert_same(union(transformer_weights={"scaled": 0.3, "ranged": -2}), VALUES, OTHERS, rtol=0)
    columns = ColumnTransformer(
        [("scaled", StandardScaler(), [1, 0]), ("kept", "passthrough", [2]), ("plain", MinMaxScaler(), [0])],
        transformer_weights={"scaled": 10, "kept": 0.5},
    )  # fmt: skip
    assert_same(columns, VALUES, OTHERS, rtol=0)


def test_what_is_dropped_leaves_nothing_and_what_is_passed_stays():
    step = FeatureUnion([("none", "drop"), ("all", "passthrough"), ("few", PCA(2))])
    lowered = assert_mixed(make_pipeline(MinMaxScaler(), step), WHOLE)
    assert len(lowered.columns) == 7


def test_unions_nest():
    inner = FeatureUnion([("a", union()), ("b", "passthrough")], transformer_weights={"a": 0.1})
    assert_same(inner, VALUES, OTHERS, rtol=0)


def test_a_weight_that_makes_a_number_infinite_narrows_what_is_taken():
    step = FeatureUnion([("all", "passthrough")], transformer_weights={"all": 4.0})
    scaled = make_pipeline(step, StandardScaler(with_std=False)).fit(VALUES)
    (column, *_) = lower_step(scaled, VALUES).encoder.columns
    assert column.maximum == MAX_FLOAT64 / 4


def test_all_refusals_are_told():
    step = FeatureUnion([("a", StandardScaler()), ("b", SVC()), ("c", SVC())])
    message = refusal(step, VALUES).message
    assert "step `b` (SVC)" in message
    assert "step `c` (SVC)" in message


@pytest.mark.parametrize("weight", [np.inf, np.nan, "2", 1j])
def test_a_weight_that_is_no_finite_number_is_refused(weight):
    step = union().fit(VALUES).set_params(transformer_weights={"scaled": weight})
    assert "the weight " in refusal(step, VALUES).message


def test_weighted_strings_and_integers_times_integers_are_refused():
    passed = FeatureUnion([("all", "passthrough")], transformer_weights={"all": 2})
    assert "write it as a float" in str(refusal(passed, VALUES).hint)
    passed.set_params(transformer_weights={"all": 2.0})
    assert "strings or categories" in refusal(passed, credit(60)[["housing"]]).message


def test_bounded_columns_stay_bounded_by_weights_up_to_one():
    frame = credit(60)[["housing"]]
    for weight, is_bounded in ((0.5, True), (-3.0, False)):
        step = FeatureUnion([("a", OneHotEncoder())], transformer_weights={"a": weight}).fit(frame)
        assert lower_step(step, frame).columns[0].is_bounded is is_bounded
