"""Estimators, and the kinds of data that they are fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from conformance.cases.models import (
    STRINGS,
    boosted_regression,
    boosting,
    german_credit_pipeline,
    logistic,
    side_by_side,
)
from conformance.cases.table import Cases
from conformance.frames import (
    credit,
    credit_target,
    delays,
    flights,
    german_credit,
    measurements,
    real_flights,
    three_bands,
    unseen,
)
from conformance.trained import Trained, fit, trained

CASES = Cases()


@CASES.case
def native_categories_by_dtype() -> Trained:
    frame = credit().astype(dict.fromkeys(STRINGS, "category"))
    rows = credit(300, seed=8)
    return trained(boosting(), frame, credit_target(credit()), rows)


@CASES.case
def native_categories_of_numbers_by_dtype() -> Trained:
    frame = credit().astype({"rate": "category", "age": "category", "purpose": "category"})
    frame = frame.drop(columns=["status", "housing"])
    rows = credit(300, seed=8).drop(columns=["status", "housing"])
    return trained(boosting(), frame, credit_target(credit()), rows)


@CASES.case
def native_categories_by_name_of_strings() -> Trained:
    estimator = boosting(categorical_features=STRINGS)
    return trained(estimator, credit(), credit_target(credit()), unseen(credit(300, seed=8)))


@CASES.case
def native_categories_of_many_values() -> Trained:
    frame = flights(800)
    estimator = boosted_regression(categorical_features=["carrier", "airport", "month"])
    return trained(estimator, frame, delays(frame), unseen(flights(300, seed=8)))


@CASES.case
def native_categories_of_many_values_some_missing() -> Trained:
    frame = flights(800)
    frame.loc[::17, "airport"] = np.nan
    estimator = boosted_regression(categorical_features=["carrier", "airport"])
    return trained(estimator, frame, delays(flights(800)), unseen(frame.tail(300)))


@CASES.case
def category_columns_imputed_and_one_hot() -> Trained:
    frame = credit().astype(dict.fromkeys(STRINGS, "category"))
    strings = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    model = make_pipeline(side_by_side(SimpleImputer(), strings), logistic())
    return trained(model, frame, credit_target(credit()), unseen(credit(300, seed=8)))


@CASES.case
def strict_one_hot_of_category_columns() -> Trained:
    frame = credit().astype(dict.fromkeys(STRINGS, "category"))
    model = make_pipeline(side_by_side(SimpleImputer(), OneHotEncoder()), logistic())
    return trained(model, frame, credit_target(credit()), unseen(credit(300, seed=8)))


@CASES.case
def boosting_with_missing_numbers() -> Trained:
    values = measurements()
    return trained(boosting(), values, np.nansum(values, axis=1) > 5)


@CASES.case
def boosting_of_three_classes() -> Trained:
    values = measurements()
    target = np.array(["low", "middle", "high"])[three_bands(np.nan_to_num(values[:, 1]))]
    return trained(boosting(), values, target, measurements(300, seed=8))


@CASES.case
def boosting_with_native_categories_in_an_array() -> Trained:
    values = measurements()
    estimator = boosting(categorical_features=[4, 3])
    return trained(estimator, values, three_bands(np.nan_to_num(values[:, 1])))


@CASES.case
def boosting_of_float32() -> Trained:
    values = measurements().astype(np.float32)
    return trained(boosting(), values, np.nansum(values, axis=1) > 5)


@CASES.case
def boosting_of_integers() -> Trained:
    values = measurements(missing=False)[:, 3:].astype(np.int64)
    return trained(boosting(), values, values.sum(axis=1) % 3)


@CASES.case
def boosting_that_never_splits() -> Trained:
    values = measurements(30)
    return trained(boosting(min_samples_leaf=25), values, np.arange(30) % 2)


@CASES.case
def boosting_of_deep_trees() -> Trained:
    values = measurements(800)
    estimator = boosting(max_leaf_nodes=None, max_iter=4, min_samples_leaf=1)
    return trained(estimator, values, np.nan_to_num(values[:, 1]) * np.nan_to_num(values[:, 0]) > 1)


@CASES.case
def regression_by_squares() -> Trained:
    frame = flights()
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer(
        [("codes", encode, ["carrier", "airport"])], remainder="passthrough"
    )
    model = make_pipeline(columns, boosted_regression())
    return trained(model, frame, delays(frame), unseen(flights(300, seed=8)))


def _regression(**parameters: Any) -> Trained:
    values = measurements()
    target = np.exp(np.nan_to_num(values[:, 0])) + 0.1
    return trained(boosted_regression(**parameters), values, target, measurements(300, seed=8))


@CASES.case
def regression_by_absolute_error() -> Trained:
    return _regression(loss="absolute_error")


@CASES.case
def regression_by_quantile() -> Trained:
    return _regression(loss="quantile", quantile=0.8)


@CASES.case
def regression_of_counts() -> Trained:
    return _regression(loss="poisson")


@CASES.case
def regression_of_positive_amounts() -> Trained:
    return _regression(loss="gamma")


@CASES.case
def large_targets() -> Trained:
    values = measurements()
    return trained(boosted_regression(), values, 3e5 + 1e4 * np.nan_to_num(values[:, 1]))


def _linear(estimator: Any) -> Trained:
    frame = flights()
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), slice("month", "air_time")),
            ("carrier", OneHotEncoder(handle_unknown="ignore", drop="first"), ["carrier"]),
        ]
    )  # fmt: skip
    model = make_pipeline(columns, estimator)
    return trained(model, frame, delays(frame), unseen(flights(300, seed=8)))


@CASES.case
def linear_regression() -> Trained:
    return _linear(LinearRegression())


@CASES.case
def ridge() -> Trained:
    return _linear(Ridge(alpha=2.0))


@CASES.case
def ridge_without_intercept() -> Trained:
    return _linear(Ridge(fit_intercept=False))


@CASES.case
def logistic_of_three_classes() -> Trained:
    values = measurements(missing=False)
    return trained(make_pipeline(StandardScaler(), logistic()), values, three_bands(values[:, 1]))


@CASES.case
def logistic_by_liblinear() -> Trained:
    values = measurements(missing=False)
    model = make_pipeline(
        MinMaxScaler(clip=True), LogisticRegression(solver="liblinear", l1_ratio=1.0)
    )
    return trained(model, values, values[:, 1] > 0, measurements(300, seed=8, missing=False))


@CASES.case
def logistic_of_each_class_against_the_rest() -> Trained:
    values = measurements(missing=False)
    model = make_pipeline(StandardScaler(), OneVsRestClassifier(logistic()))
    return trained(model, values, three_bands(values[:, 1]), measurements(300, 8, missing=False))


@CASES.case
def logistic_of_bare_numbers() -> Trained:
    values = measurements(missing=False)
    return trained(logistic(), values, values[:, 3] > 50)


@CASES.case
def scaled_by_range_and_by_median() -> Trained:
    columns = ColumnTransformer(
        [
            ("range", MinMaxScaler(feature_range=(-1, 1)), [0, 1]),
            ("median", RobustScaler(), [2, 3]),
            ("greatest", MaxAbsScaler(), [4]),
        ]
    )
    return trained(
        make_pipeline(columns, boosting()), measurements(), np.arange(500) % 3, measurements(200, 8)
    )


@CASES.case
def scaled_halfway() -> Trained:
    columns = ColumnTransformer(
        [
            ("centre", StandardScaler(with_std=False), [0, 1]),
            ("spread", RobustScaler(with_centering=False, unit_variance=True), [2, 3]),
        ]
    )
    values = measurements(missing=False)
    return trained(make_pipeline(columns, logistic()), values, values[:, 1] > 0)


@CASES.case
def columns_without_any_value() -> Trained:
    values = measurements()
    values[:400, 2] = np.nan
    numbers = ColumnTransformer(
        [
            ("dropped", SimpleImputer(add_indicator=True), [0, 1, 2]),
            ("kept", SimpleImputer(strategy="median", keep_empty_features=True), [2, 3]),
        ]
    )
    model = make_pipeline(numbers, logistic())
    whole = trained(model, values, np.arange(500) % 2, measurements(200, 8))
    fit(model, values[:400], np.arange(400) % 2)
    return whole


@CASES.case
def nullable_extension_dtypes() -> Trained:
    frame = credit()[["duration", "age", "foreign", "rate"]].astype(
        {"duration": "Int64", "age": "Int32", "foreign": "boolean", "rate": "Float64"}
    )
    frame.loc[::11, "foreign"] = pd.NA
    return trained(boosting(), frame, credit_target(credit()))


@CASES.case
def nullable_booleans_as_objects() -> Trained:
    frame = credit()
    frame["foreign"] = frame["foreign"].astype(object)
    frame.loc[::7, "foreign"] = np.nan
    columns = ColumnTransformer(
        [("foreign", OneHotEncoder(handle_unknown="ignore"), ["foreign", "housing"])]
    )
    return trained(make_pipeline(columns, logistic()), frame, credit_target(credit()))


@CASES.case
def strings_as_objects_in_an_array() -> Trained:
    values = credit()[STRINGS].astype(object).to_numpy()
    model = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"), logistic()
    )
    return trained(model, values, credit_target(credit()))


@CASES.case
def boolean_classes() -> Trained:
    values = measurements()
    return trained(boosting(), values, np.nan_to_num(values[:, 0]) > 0)


@CASES.case
def classes_of_numbers() -> Trained:
    values = measurements()
    return trained(boosting(), values, np.array([-1.0, 0.0, 7.0])[np.arange(500) % 3])


@CASES.case
def real_german_credit_logistic() -> Trained:
    return trained(german_credit_pipeline(logistic()), *german_credit())


@CASES.case
def real_german_credit_boosting() -> Trained:
    return trained(german_credit_pipeline(boosting(max_iter=30), sparse=False), *german_credit())


@CASES.case
def real_flights_boosting() -> Trained:
    flown = real_flights(1_500)
    target = flown["arr_delay"].to_numpy()
    frame = flown[
        ["month", "day", "sched_dep_time", "dep_delay", "distance", "carrier", "origin", "dest"]
    ]
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer(
        [("codes", encode, ["carrier", "origin", "dest"])], remainder="passthrough"
    )
    estimator = boosted_regression(categorical_features=[0, 1, 2])
    return trained(
        make_pipeline(columns, estimator), frame[:1_000], target[:1_000], unseen(frame[1_000:])
    )
