from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
    f_regression,
)
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from conformance.frames import credit, measurements
from headway.optimize.lowering.columns import MAX_FLOAT64
from unit.optimize.lowering.stepwise import dense, lower_step, refusal

MISSING = measurements(60)
VALUES = measurements(60, missing=False)
TARGET = VALUES[:, 1] - VALUES[:, 3]

STRICT = [
    GenericUnivariateSelect(f_regression, mode="k_best", param=3),
    RFE(Ridge(), n_features_to_select=2),
    RFECV(Ridge(), cv=2),
    SelectFdr(f_regression, alpha=0.5),
    SelectFpr(f_regression),
    SelectFromModel(Ridge()),
    SelectFromModel(Ridge().fit(VALUES, TARGET), prefit=True, max_features=2, threshold=-np.inf),
    SelectFwe(f_regression, alpha=0.5),
    SelectKBest(f_regression, k=2),
    SelectKBest(f_regression, k="all"),
    SelectPercentile(f_regression, percentile=40),
    SequentialFeatureSelector(Ridge(), n_features_to_select=2, cv=2),
]
LENIENT = [
    VarianceThreshold(0.5),
    SelectFromModel(DecisionTreeRegressor(max_depth=2)),
    RFE(DecisionTreeRegressor(max_depth=2), n_features_to_select=2),
    SequentialFeatureSelector(
        HistGradientBoostingRegressor(max_iter=2), n_features_to_select=1, cv=2
    ),
]


def lowered_on(step, data):
    lowered = lower_step(step.fit(VALUES, TARGET), data)
    np.testing.assert_array_equal(lowered.transform(VALUES), step.transform(VALUES))
    np.testing.assert_array_equal(lowered.trace(VALUES), step.transform(VALUES))
    return lowered


@pytest.mark.parametrize("step", STRICT, ids=lambda step: type(step).__name__)
def test_the_chosen_columns_are_left_and_no_feature_may_miss_or_be_infinite(step):
    lowered = lowered_on(step, MISSING)
    assert {column.tensor for column in lowered.columns} == {"features"}
    for column in lowered.encoder.columns:
        assert (column.refuse_missing, column.maximum) == (True, MAX_FLOAT64)


@pytest.mark.parametrize("step", LENIENT, ids=lambda step: type(step).__name__)
def test_a_selector_that_takes_missing_values_takes_infinities_too(step):
    lowered = lowered_on(step, MISSING)
    rows = np.array([[np.nan, np.inf, -np.inf, 0.0, 1.0]])
    np.testing.assert_array_equal(lowered.transform(rows), step.transform(rows))


def test_a_frame_with_objects_is_not_searched_for_infinities():
    frame = credit(60)[["age", "amount", "foreign"]].fillna({"age": 30.0, "amount": 1.0})
    frame["foreign"] = frame["foreign"].astype(bool).astype(object)
    step = SelectKBest(f_regression, k=1).fit(frame, frame["amount"])
    rows = pd.DataFrame({"age": [np.inf], "amount": [2.0], "foreign": [True]}, dtype=object)
    rows[["age", "amount"]] = rows[["age", "amount"]].astype(float)
    lowered = lower_step(step, frame)
    np.testing.assert_array_equal(lowered.transform(rows), dense(step.transform(rows)))


def test_booleans_beside_computed_numbers_are_refused():
    frame = credit(60)[["age", "foreign"]]
    columns = ColumnTransformer([("age", StandardScaler(), ["age"])], remainder="passthrough")
    model = make_pipeline(columns, SelectKBest(f_regression, k=1)).fit(frame, frame["age"])
    assert "one array of objects" in refusal(model, frame).message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda step: step.set_output(transform="pandas"), "with `set_output`"),
        (lambda step: setattr(step, "get_support", lambda: [True] * 5), "was replaced"),
        (lambda step: setattr(step, "scores_", np.ones(3)), "its choice has the shape (3,)"),
        (lambda step: delattr(step, "scores_"), "fitted attributes"),
    ],
)
def test_what_is_not_covered_is_refused(change, message):
    step = SelectKBest(f_regression, k=2).fit(VALUES, TARGET)
    change(step)
    assert message in refusal(step, VALUES).message


def test_strings_are_refused():
    step = SelectKBest(k=1).fit(VALUES[:, :2], TARGET > 0)
    assert "strings or categories" in refusal(step, credit(60)[["purpose", "housing"]]).message
