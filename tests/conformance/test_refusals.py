"""What is not covered is refused by name, whatever it resembles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import FastICA
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from conformance.cases.models import STRINGS, boosted_regression, boosting, logistic
from conformance.frames import credit, credit_target, measurements, three_bands
from conformance.trained import trained
from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.registry import steps as sklearn_steps
from headway.optimize.lowering.sklearn.scaling import lower_standard_scaler
from headway.optimize.lowering.state import Lowering, Steps

VALUES = measurements(120, missing=False)
ABOVE = VALUES[:, 1] > 0


def refused(model: Any, X: Any = VALUES, y: Any = ABOVE) -> str:  # noqa: N803 - as estimators call it
    """Return why a model has no lowered form."""
    with pytest.raises(LoweringError) as caught:
        trained(model, X, y).lower()
    return caught.value.message


class MyScaler(StandardScaler):
    """Looks like a scaler, and may do anything."""


class MyPipeline(type(make_pipeline(None))):
    """Looks like a pipeline, and may do anything."""


class MyClassifier(LogisticRegression):
    """Looks like a logistic regression, and may do anything."""


class LaterScaler(StandardScaler):
    """Stands for a scaler of a later version."""

    def __init__(self, *, copy=True, with_mean=True, with_std=True, robust=False):
        super().__init__(copy=copy, with_mean=with_mean, with_std=with_std)
        self.robust = robust


@pytest.mark.parametrize(
    ("model", "step"),
    [
        (make_pipeline(FastICA(2), logistic()), "`fastica` (FastICA)"),
        (make_pipeline(KNNImputer(), logistic()), "`knnimputer` (KNNImputer)"),
        (make_pipeline(MyScaler(), logistic()), "`myscaler` (MyScaler)"),
        (MyPipeline([("scale", StandardScaler()), ("last", logistic())]), "`model` (MyPipeline)"),
        (make_pipeline(StandardScaler(), MyClassifier()), "`myclassifier` (MyClassifier)"),
        (make_pipeline(StandardScaler(), NearestCentroid()), "`nearestcentroid` (NearestCentroid)"),
        (KNeighborsClassifier(2), "`model` (KNeighborsClassifier)"),
        (
            make_pipeline(
                ColumnTransformer([("reduce", FastICA(1), [0, 1])], remainder="passthrough"), logistic()
            ),
            "step `columntransformer` (ColumnTransformer): step `reduce` (FastICA)",
        ),
    ],
)  # fmt: skip
def test_a_step_of_an_unknown_type_is_refused_and_so_is_a_subclass_of_a_known_one(model, step):
    message = refused(model)
    assert step in message
    assert "is not covered" in message


def test_a_parameter_of_a_later_version_is_refused():
    contract = trained(logistic(), VALUES, ABOVE).contract
    known = sklearn_steps()
    steps = Steps({**known.transformers, LaterScaler: lower_standard_scaler}, known.estimators)
    lowering = Lowering(contract, steps)
    with pytest.raises(
        LoweringError, match=r"step `scale` .*: its parameter `robust` is not known"
    ):
        lowering.transform("scale", LaterScaler().fit(VALUES), lowering.features)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (
            make_pipeline(FunctionTransformer(np.tan), logistic()),
            "step `functiontransformer` (FunctionTransformer): its function `tan`",
        ),
        (
            make_pipeline(OrdinalEncoder(dtype=np.float32), boosting()),
            "step `ordinalencoder` (OrdinalEncoder): `dtype=",
        ),
        (
            make_pipeline(OneHotEncoder(dtype=np.float32, sparse_output=False), boosting()),
            "step `onehotencoder` (OneHotEncoder): `dtype=",
        ),
    ],
)
def test_a_parameter_whose_meaning_is_not_covered_is_refused_by_name(model, reason):
    assert reason in refused(model)


def test_several_classes_told_apart_by_what_is_not_covered_are_refused():
    bands = three_bands(VALUES[:, 1])
    model = OneVsRestClassifier(NearestCentroid())
    assert "step `0` (NearestCentroid)" in refused(model, y=bands)


def test_a_target_of_several_labels_is_refused():
    labels = np.column_stack([ABOVE, ~np.asarray(ABOVE)]).astype(int)
    assert "several labels is not covered" in refused(RidgeClassifier(), y=labels)


def test_float32_is_refused_where_the_model_computes_in_it():
    single = VALUES.astype(np.float32)
    for step in (StandardScaler(), SimpleImputer(), MinMaxScaler()):
        assert "float32" in refused(make_pipeline(step, boosting()), single)
    assert "float32" in refused(logistic(), single)


def test_a_column_stored_as_something_unknown_is_refused_by_name():
    half = VALUES.astype(np.float16)
    assert "feature `x0` is stored as float16" in refused(boosting(), half)


def test_strings_that_reach_numbers_are_refused():
    frame = credit(100)[["age", "housing"]]
    fitted = trained(boosting(categorical_features=["housing"]), frame, credit_target(credit(100)))
    fitted.model.is_categorical_[:] = False
    with pytest.raises(LoweringError, match="strings or categories where numbers"):
        fitted.lower()


def test_none_as_a_category_is_refused():
    frame = pd.DataFrame({"a": pd.Series(["x", None, "y"] * 40, dtype=object)})
    model = make_pipeline(OneHotEncoder(), logistic())
    assert "`None` as a category" in refused(model, frame, np.arange(120) % 2)


def test_categories_of_more_digits_than_float64_holds_are_refused():
    identifiers = (2**53 + np.arange(120) % 3)[:, np.newaxis]
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), logistic())
    assert "more digits than float64 holds" in refused(model, identifiers, np.arange(120) % 2)


def test_a_method_replaced_on_the_object_is_refused():
    fitted = trained(make_pipeline(StandardScaler(), logistic()), VALUES, ABOVE)
    scaler = fitted.model.named_steps["standardscaler"]
    scaler.transform = lambda X: X  # noqa: N803 - as estimators call it
    with pytest.raises(LoweringError, match=r"`standardscaler` .*`transform` was replaced"):
        fitted.lower()


def test_fitted_attributes_that_look_unlike_what_is_known_are_refused():
    fitted = trained(make_pipeline(StandardScaler(), logistic()), VALUES, ABOVE)
    del fitted.model.named_steps["standardscaler"].scale_
    with pytest.raises(LoweringError, match=r"`standardscaler` .*fitted attributes"):
        fitted.lower()
    regressor = trained(boosted_regression(), VALUES, VALUES[:, 1])
    regressor.model._loss.link = HistGradientBoostingRegressor
    with pytest.raises(LoweringError, match="has the link"):
        regressor.lower()


def test_classes_that_are_not_the_contracts_are_refused():
    fitted = trained(logistic(), VALUES, ABOVE)
    fitted.model.classes_ = np.array([True, False])
    with pytest.raises(LoweringError, match="classes are not the contract's"):
        fitted.lower()


def test_features_that_are_not_the_contracts_are_refused():
    frame = credit(100)[["age", "rate"]].dropna()
    fitted = trained(logistic(), frame, credit_target(credit(100)))
    fitted.model.feature_names_in_ = fitted.model.feature_names_in_[::-1]
    with pytest.raises(LoweringError, match="not the contract's, in the same order"):
        fitted.lower()


def test_a_strict_encoder_behind_a_scaler_is_refused():
    model = make_pipeline(StandardScaler(), OneHotEncoder(), logistic())
    assert "another step computes" in refused(model, VALUES[:, 3:])


def test_an_imputer_that_fills_numbers_with_words_is_refused():
    frame = credit(100)[["duration", *STRINGS]]
    model = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"),
        ColumnTransformer([("all", OneHotEncoder(handle_unknown="ignore"), [1, 2, 3])]),
        logistic(),
    )
    message = refused(model, frame, credit_target(credit(100)))
    assert "step `simpleimputer` (SimpleImputer): it fills numbers with a string" in message
