"""Every covered step, parameter and kind of data, as models that must lower and pass the gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

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

NUMBERS = ["duration", "amount", "age", "rate"]
# Where the native model raises on unknown categories, which it is then asked for one by one
FEW = 40
STRINGS = ["purpose", "status", "housing"]

Case = Callable[[], Trained]
CASES: dict[str, Case] = {}


def case(make: Case) -> Case:
    CASES[make.__name__] = make
    return make


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=500)


def boosting(**parameters: Any) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        **({"max_iter": 12, "max_leaf_nodes": 9, "min_samples_leaf": 5} | parameters)
    )


def boosted_regression(**parameters: Any) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        **({"max_iter": 12, "max_leaf_nodes": 9, "min_samples_leaf": 5} | parameters)
    )


def side_by_side(numbers: Any, strings: Any, **parameters: Any) -> ColumnTransformer:
    return ColumnTransformer(
        [("numbers", numbers, NUMBERS), ("strings", strings, STRINGS)], **parameters
    )


def on_credit(preprocess: Any, estimator: Any, n_unseen: int = 300) -> Trained:
    frame = credit()
    model = make_pipeline(preprocess, estimator)
    return trained(model, frame, credit_target(frame), unseen(credit(n_unseen, seed=8)))


def dense_one_hot(**parameters: Any) -> OneHotEncoder:
    return OneHotEncoder(**({"handle_unknown": "ignore", "sparse_output": False} | parameters))


# -- a mixed frame, preprocessed as people do


@case
def imputed_scaled_one_hot_logistic() -> Trained:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    strings = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    return on_credit(side_by_side(numbers, strings), logistic())


@case
def imputed_scaled_one_hot_boosting() -> Trained:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    strings = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"), dense_one_hot()
    )
    return on_credit(side_by_side(numbers, strings), boosting())


@case
def missing_as_a_category_of_its_own() -> Trained:
    numbers = SimpleImputer(add_indicator=True)
    return on_credit(side_by_side(numbers, OneHotEncoder(handle_unknown="ignore")), logistic())


@case
def dropped_first_category_and_the_rest_passed() -> Trained:
    numbers = SimpleImputer(strategy="most_frequent")
    strings = OneHotEncoder(handle_unknown="ignore", drop="first")
    return on_credit(side_by_side(numbers, strings, remainder="passthrough"), logistic())


@case
def dropped_if_binary() -> Trained:
    encoder = OneHotEncoder(handle_unknown="ignore", drop="if_binary")
    columns = ColumnTransformer([("all", encoder, [*STRINGS, "foreign", "rate"])])
    return on_credit(columns, logistic())


@case
def dropped_chosen_categories() -> Trained:
    encoder = OneHotEncoder(handle_unknown="ignore", drop=["tv", "< 0", "own"])
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@case
def infrequent_categories_ignored() -> Trained:
    encoder = OneHotEncoder(handle_unknown="ignore", min_frequency=0.1)
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@case
def infrequent_categories_take_the_unknown() -> Trained:
    encoder = dense_one_hot(handle_unknown="infrequent_if_exist", min_frequency=60)
    return on_credit(side_by_side("passthrough", encoder), boosting())


@case
def at_most_two_categories_one_dropped() -> Trained:
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2, drop="first")
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@case
def unknown_categories_warned_about() -> Trained:
    encoder = OneHotEncoder(handle_unknown="warn", max_categories=3)
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@case
def strict_one_hot_of_strings() -> Trained:
    return on_credit(side_by_side(SimpleImputer(), OneHotEncoder()), logistic(), FEW)


@case
def strict_one_hot_behind_an_imputer_with_a_category_of_its_own() -> Trained:
    strings = make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder())
    return on_credit(side_by_side(SimpleImputer(), strings), logistic(), FEW)


@case
def strict_one_hot_of_numbers_and_booleans() -> Trained:
    columns = ColumnTransformer(
        [("categories", OneHotEncoder(), ["rate", "foreign", "age"])], remainder="drop"
    )
    return on_credit(columns, logistic(), FEW)


@case
def given_categories_of_which_some_are_not_seen() -> Trained:
    encoder = OneHotEncoder(
        categories=[["boat", "car", "house", "study", "tv", np.nan], ["", "< 0"], ["own", "free"]],
        handle_unknown="ignore",
    )
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@case
def ordinal_codes_and_native_categories() -> Trained:
    strings = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    estimator = boosting(categorical_features=[4, 5, 6])
    return on_credit(side_by_side("passthrough", strings), estimator)


@case
def ordinal_codes_with_missing_as_a_code() -> Trained:
    strings = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-2, encoded_missing_value=-1
    )
    return on_credit(side_by_side(SimpleImputer(), strings), logistic())


@case
def ordinal_codes_with_unknown_as_missing() -> Trained:
    strings = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, min_frequency=30
    )
    return on_credit(side_by_side("passthrough", strings), boosting())


@case
def unknown_codes_that_are_missing_where_missing_is_refused() -> Trained:
    strings = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
    )
    return on_credit(side_by_side(SimpleImputer(), strings), logistic(), FEW)


@case
def strict_ordinal_codes() -> Trained:
    return on_credit(side_by_side("passthrough", OrdinalEncoder()), boosting(), FEW)


@case
def ordinal_codes_of_numbers() -> Trained:
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("codes", encoder, ["rate", "age", "foreign", "duration"])])
    return on_credit(columns, boosting())


@case
def ordinal_codes_imputed_and_scaled_afterwards() -> Trained:
    strings = make_pipeline(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
    )
    return on_credit(side_by_side(SimpleImputer(), strings), logistic())


@case
def one_hot_of_ordinal_codes() -> Trained:
    strings = make_pipeline(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore"),
    )
    return on_credit(side_by_side(SimpleImputer(), strings), logistic())


@case
def one_hot_then_scaled() -> Trained:
    strings = make_pipeline(OneHotEncoder(handle_unknown="ignore"), StandardScaler(with_mean=False))
    return on_credit(side_by_side(SimpleImputer(), strings), logistic())


@case
def scaled_before_imputed() -> Trained:
    numbers = make_pipeline(StandardScaler(), SimpleImputer(strategy="constant", fill_value=0.0))
    return on_credit(side_by_side(numbers, dense_one_hot()), boosting())


@case
def one_feature_imputed_twice_in_two_ways() -> Trained:
    columns = ColumnTransformer(
        [
            ("mean", SimpleImputer(), ["duration", "amount"]),
            ("median", SimpleImputer(strategy="median"), ["duration", "amount"]),
            ("zero", SimpleImputer(strategy="constant", fill_value=0), ["duration"]),
        ]
    )
    return on_credit(columns, logistic())


@case
def one_imputer_for_strings_and_numbers() -> Trained:
    columns = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    return on_credit(columns, logistic())


@case
def whole_frame_one_hot() -> Trained:
    frame = credit().drop(columns=["amount"])
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), logistic())
    rows = unseen(credit(300, seed=8).drop(columns=["amount"]))
    return trained(model, frame, credit_target(credit()), rows)


# -- how columns are chosen


@case
def columns_by_position_slice_and_mask() -> Trained:
    mask = np.array([False] * 6 + [True, False])
    columns = ColumnTransformer(
        [
            ("positions", SimpleImputer(), [1, 0]),
            ("slice", "passthrough", slice(2, 4)),
            ("labels", dense_one_hot(), slice("purpose", "status")),
            ("mask", dense_one_hot(), mask),
        ],
        remainder="passthrough",
    )
    return on_credit(columns, boosting())


@case
def columns_by_callable_dropped_and_none() -> Trained:
    columns = ColumnTransformer(
        [
            ("numbers", SimpleImputer(), make_column_selector(dtype_include=np.number)),
            ("dropped", "drop", ["foreign"]),
            ("none", StandardScaler(), []),
            ("strings", OneHotEncoder(handle_unknown="ignore"), make_column_selector("p|h")),
        ],
        remainder=OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
    )  # fmt: skip
    return on_credit(columns, logistic())


@case
def nested_column_transformers() -> Trained:
    inner = ColumnTransformer([("impute", SimpleImputer(), ["duration"])], remainder="passthrough")
    outer = make_pipeline(
        side_by_side(make_pipeline(inner, StandardScaler()), dense_one_hot()),
        ColumnTransformer([("some", "passthrough", slice(0, 9))]),
    )
    return on_credit(outer, boosting())


@case
def frames_passed_from_step_to_step() -> Trained:
    columns = side_by_side(SimpleImputer(), dense_one_hot()).set_output(transform="pandas")
    scaled = ColumnTransformer(
        [("scale", StandardScaler(), ["numbers__age"])], remainder="passthrough"
    )
    return on_credit(make_pipeline(columns, scaled), boosting())


@case
def steps_that_do_nothing() -> Trained:
    model = Pipeline(
        [
            ("identity", FunctionTransformer()),
            ("nothing", None),
            ("passed", "passthrough"),
            ("columns", side_by_side(SimpleImputer(), dense_one_hot())),
            ("inner", Pipeline([("scale", StandardScaler()), ("estimator", logistic())])),
        ]
    )
    frame = credit()
    return trained(model, frame, credit_target(frame), unseen(credit(300, seed=8)))


# -- estimators and kinds of data


@case
def native_categories_by_dtype() -> Trained:
    frame = credit().astype(dict.fromkeys(STRINGS, "category"))
    rows = credit(300, seed=8)
    return trained(boosting(), frame, credit_target(credit()), rows)


@case
def native_categories_of_numbers_by_dtype() -> Trained:
    frame = credit().astype({"rate": "category", "age": "category", "purpose": "category"})
    frame = frame.drop(columns=["status", "housing"])
    rows = credit(300, seed=8).drop(columns=["status", "housing"])
    return trained(boosting(), frame, credit_target(credit()), rows)


@case
def native_categories_by_name_of_strings() -> Trained:
    estimator = boosting(categorical_features=STRINGS)
    return trained(estimator, credit(), credit_target(credit()), unseen(credit(300, seed=8)))


@case
def native_categories_of_many_values() -> Trained:
    frame = flights(800)
    estimator = boosted_regression(categorical_features=["carrier", "airport", "month"])
    return trained(estimator, frame, delays(frame), unseen(flights(300, seed=8)))


@case
def native_categories_of_many_values_some_missing() -> Trained:
    frame = flights(800)
    frame.loc[::17, "airport"] = np.nan
    estimator = boosted_regression(categorical_features=["carrier", "airport"])
    return trained(estimator, frame, delays(flights(800)), unseen(frame.tail(300)))


@case
def category_columns_imputed_and_one_hot() -> Trained:
    frame = credit().astype(dict.fromkeys(STRINGS, "category"))
    strings = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    model = make_pipeline(side_by_side(SimpleImputer(), strings), logistic())
    return trained(model, frame, credit_target(credit()), unseen(credit(300, seed=8)))


@case
def strict_one_hot_of_category_columns() -> Trained:
    frame = credit().astype(dict.fromkeys(STRINGS, "category"))
    model = make_pipeline(side_by_side(SimpleImputer(), OneHotEncoder()), logistic())
    return trained(model, frame, credit_target(credit()), unseen(credit(300, seed=8)))


@case
def boosting_with_missing_numbers() -> Trained:
    values = measurements()
    return trained(boosting(), values, np.nansum(values, axis=1) > 5)


@case
def boosting_of_three_classes() -> Trained:
    values = measurements()
    target = np.array(["low", "middle", "high"])[three_bands(np.nan_to_num(values[:, 1]))]
    return trained(boosting(), values, target, measurements(300, seed=8))


@case
def boosting_with_native_categories_in_an_array() -> Trained:
    values = measurements()
    estimator = boosting(categorical_features=[4, 3])
    return trained(estimator, values, three_bands(np.nan_to_num(values[:, 1])))


@case
def boosting_of_float32() -> Trained:
    values = measurements().astype(np.float32)
    return trained(boosting(), values, np.nansum(values, axis=1) > 5)


@case
def boosting_of_integers() -> Trained:
    values = measurements(missing=False)[:, 3:].astype(np.int64)
    return trained(boosting(), values, values.sum(axis=1) % 3)


@case
def boosting_that_never_splits() -> Trained:
    values = measurements(30)
    return trained(boosting(min_samples_leaf=25), values, np.arange(30) % 2)


@case
def boosting_of_deep_trees() -> Trained:
    values = measurements(800)
    estimator = boosting(max_leaf_nodes=None, max_iter=4, min_samples_leaf=1)
    return trained(estimator, values, np.nan_to_num(values[:, 1]) * np.nan_to_num(values[:, 0]) > 1)


@case
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


@case
def regression_by_absolute_error() -> Trained:
    return _regression(loss="absolute_error")


@case
def regression_by_quantile() -> Trained:
    return _regression(loss="quantile", quantile=0.8)


@case
def regression_of_counts() -> Trained:
    return _regression(loss="poisson")


@case
def regression_of_positive_amounts() -> Trained:
    return _regression(loss="gamma")


@case
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


@case
def linear_regression() -> Trained:
    return _linear(LinearRegression())


@case
def ridge() -> Trained:
    return _linear(Ridge(alpha=2.0))


@case
def ridge_without_intercept() -> Trained:
    return _linear(Ridge(fit_intercept=False))


@case
def logistic_of_three_classes() -> Trained:
    values = measurements(missing=False)
    return trained(make_pipeline(StandardScaler(), logistic()), values, three_bands(values[:, 1]))


@case
def logistic_by_liblinear() -> Trained:
    values = measurements(missing=False)
    model = make_pipeline(
        MinMaxScaler(clip=True), LogisticRegression(solver="liblinear", l1_ratio=1.0)
    )
    return trained(model, values, values[:, 1] > 0, measurements(300, seed=8, missing=False))


@case
def logistic_of_each_class_against_the_rest() -> Trained:
    values = measurements(missing=False)
    model = make_pipeline(StandardScaler(), OneVsRestClassifier(logistic()))
    return trained(model, values, three_bands(values[:, 1]), measurements(300, 8, missing=False))


@case
def logistic_of_bare_numbers() -> Trained:
    values = measurements(missing=False)
    return trained(logistic(), values, values[:, 3] > 50)


@case
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


@case
def scaled_halfway() -> Trained:
    columns = ColumnTransformer(
        [
            ("centre", StandardScaler(with_std=False), [0, 1]),
            ("spread", RobustScaler(with_centering=False, unit_variance=True), [2, 3]),
        ]
    )
    values = measurements(missing=False)
    return trained(make_pipeline(columns, logistic()), values, values[:, 1] > 0)


@case
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


@case
def nullable_extension_dtypes() -> Trained:
    frame = credit()[["duration", "age", "foreign", "rate"]].astype(
        {"duration": "Int64", "age": "Int32", "foreign": "boolean", "rate": "Float64"}
    )
    frame.loc[::11, "foreign"] = pd.NA
    return trained(boosting(), frame, credit_target(credit()))


@case
def nullable_booleans_as_objects() -> Trained:
    frame = credit()
    frame["foreign"] = frame["foreign"].astype(object)
    frame.loc[::7, "foreign"] = np.nan
    columns = ColumnTransformer(
        [("foreign", OneHotEncoder(handle_unknown="ignore"), ["foreign", "housing"])]
    )
    return trained(make_pipeline(columns, logistic()), frame, credit_target(credit()))


@case
def strings_as_objects_in_an_array() -> Trained:
    values = credit()[STRINGS].astype(object).to_numpy()
    model = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"), logistic()
    )
    return trained(model, values, credit_target(credit()))


@case
def boolean_classes() -> Trained:
    values = measurements()
    return trained(boosting(), values, np.nan_to_num(values[:, 0]) > 0)


@case
def classes_of_numbers() -> Trained:
    values = measurements()
    return trained(boosting(), values, np.array([-1.0, 0.0, 7.0])[np.arange(500) % 3])


@case
def real_german_credit_logistic() -> Trained:
    return trained(german_credit_pipeline(logistic()), *german_credit())


@case
def real_german_credit_boosting() -> Trained:
    return trained(german_credit_pipeline(boosting(max_iter=30), sparse=False), *german_credit())


@case
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


def german_credit_pipeline(estimator: Any, *, sparse: bool = True) -> Pipeline:
    """Return what people write for this frame."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    strings = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=sparse),
    )
    columns = ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include=np.number)),
            ("strings", strings, make_column_selector(dtype_exclude=np.number)),
        ]
    )
    return Pipeline([("preprocess", columns), ("estimator", estimator)])
