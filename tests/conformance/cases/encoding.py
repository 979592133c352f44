"""A mixed frame, imputed, scaled and encoded as people do."""

from __future__ import annotations

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from conformance.cases.models import (
    FEW,
    STRINGS,
    boosting,
    dense_one_hot,
    logistic,
    on_credit,
    side_by_side,
)
from conformance.cases.table import Cases
from conformance.frames import (
    credit,
    credit_target,
    unseen,
)
from conformance.trained import Trained, trained

CASES = Cases()


@CASES.case
def imputed_scaled_one_hot_logistic() -> Trained:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    strings = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    return on_credit(side_by_side(numbers, strings), logistic())


@CASES.case
def imputed_scaled_one_hot_boosting() -> Trained:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    strings = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"), dense_one_hot()
    )
    return on_credit(side_by_side(numbers, strings), boosting())


@CASES.case
def missing_as_a_category_of_its_own() -> Trained:
    numbers = SimpleImputer(add_indicator=True)
    return on_credit(side_by_side(numbers, OneHotEncoder(handle_unknown="ignore")), logistic())


@CASES.case
def dropped_first_category_and_the_rest_passed() -> Trained:
    numbers = SimpleImputer(strategy="most_frequent")
    strings = OneHotEncoder(handle_unknown="ignore", drop="first")
    return on_credit(side_by_side(numbers, strings, remainder="passthrough"), logistic())


@CASES.case
def dropped_if_binary() -> Trained:
    encoder = OneHotEncoder(handle_unknown="ignore", drop="if_binary")
    columns = ColumnTransformer([("all", encoder, [*STRINGS, "foreign", "rate"])])
    return on_credit(columns, logistic())


@CASES.case
def dropped_chosen_categories() -> Trained:
    encoder = OneHotEncoder(handle_unknown="ignore", drop=["tv", "< 0", "own"])
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@CASES.case
def infrequent_categories_ignored() -> Trained:
    encoder = OneHotEncoder(handle_unknown="ignore", min_frequency=0.1)
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@CASES.case
def infrequent_categories_take_the_unknown() -> Trained:
    encoder = dense_one_hot(handle_unknown="infrequent_if_exist", min_frequency=60)
    return on_credit(side_by_side("passthrough", encoder), boosting())


@CASES.case
def at_most_two_categories_one_dropped() -> Trained:
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2, drop="first")
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@CASES.case
def unknown_categories_warned_about() -> Trained:
    encoder = OneHotEncoder(handle_unknown="warn", max_categories=3)
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@CASES.case
def strict_one_hot_of_strings() -> Trained:
    return on_credit(side_by_side(SimpleImputer(), OneHotEncoder()), logistic(), FEW)


@CASES.case
def strict_one_hot_behind_an_imputer_with_a_category_of_its_own() -> Trained:
    strings = make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder())
    return on_credit(side_by_side(SimpleImputer(), strings), logistic(), FEW)


@CASES.case
def strict_one_hot_of_numbers_and_booleans() -> Trained:
    columns = ColumnTransformer(
        [("categories", OneHotEncoder(), ["rate", "foreign", "age"])], remainder="drop"
    )
    return on_credit(columns, logistic(), FEW)


@CASES.case
def given_categories_of_which_some_are_not_seen() -> Trained:
    encoder = OneHotEncoder(
        categories=[["boat", "car", "house", "study", "tv", np.nan], ["", "< 0"], ["own", "free"]],
        handle_unknown="ignore",
    )
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic())


@CASES.case
def ordinal_codes_and_native_categories() -> Trained:
    strings = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    estimator = boosting(categorical_features=[4, 5, 6])
    return on_credit(side_by_side("passthrough", strings), estimator)


@CASES.case
def ordinal_codes_with_missing_as_a_code() -> Trained:
    strings = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-2, encoded_missing_value=-1
    )
    return on_credit(side_by_side(SimpleImputer(), strings), logistic())


@CASES.case
def ordinal_codes_with_unknown_as_missing() -> Trained:
    strings = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, min_frequency=30
    )
    return on_credit(side_by_side("passthrough", strings), boosting())


@CASES.case
def unknown_codes_that_are_missing_where_missing_is_refused() -> Trained:
    strings = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
    )
    return on_credit(side_by_side(SimpleImputer(), strings), logistic(), FEW)


@CASES.case
def strict_ordinal_codes() -> Trained:
    return on_credit(side_by_side("passthrough", OrdinalEncoder()), boosting(), FEW)


@CASES.case
def ordinal_codes_of_numbers() -> Trained:
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("codes", encoder, ["rate", "age", "foreign", "duration"])])
    return on_credit(columns, boosting())


@CASES.case
def ordinal_codes_imputed_and_scaled_afterwards() -> Trained:
    strings = make_pipeline(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
    )
    return on_credit(side_by_side(SimpleImputer(), strings), logistic())


@CASES.case
def one_hot_of_ordinal_codes() -> Trained:
    strings = make_pipeline(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore"),
    )
    return on_credit(side_by_side(SimpleImputer(), strings), logistic())


@CASES.case
def one_hot_then_scaled() -> Trained:
    strings = make_pipeline(OneHotEncoder(handle_unknown="ignore"), StandardScaler(with_mean=False))
    return on_credit(side_by_side(SimpleImputer(), strings), logistic())


@CASES.case
def scaled_before_imputed() -> Trained:
    numbers = make_pipeline(StandardScaler(), SimpleImputer(strategy="constant", fill_value=0.0))
    return on_credit(side_by_side(numbers, dense_one_hot()), boosting())


@CASES.case
def one_feature_imputed_twice_in_two_ways() -> Trained:
    columns = ColumnTransformer(
        [
            ("mean", SimpleImputer(), ["duration", "amount"]),
            ("median", SimpleImputer(strategy="median"), ["duration", "amount"]),
            ("zero", SimpleImputer(strategy="constant", fill_value=0), ["duration"]),
        ]
    )
    return on_credit(columns, logistic())


@CASES.case
def one_imputer_for_strings_and_numbers() -> Trained:
    columns = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    return on_credit(columns, logistic())


@CASES.case
def whole_frame_one_hot() -> Trained:
    frame = credit().drop(columns=["amount"])
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), logistic())
    rows = unseen(credit(300, seed=8).drop(columns=["amount"]))
    return trained(model, frame, credit_target(credit()), rows)
