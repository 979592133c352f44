"""Steps that reshape one column at a time: functions, bins, powers, quantiles, splines, targets."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from conformance.cases.models import FEW, NUMBERS, boosting, logistic, on_credit, side_by_side
from conformance.cases.table import Cases
from conformance.frames import credit, credit_target, unseen
from conformance.trained import Trained, trained

CASES = Cases()


def imputed(*steps: Any) -> ColumnTransformer:
    return ColumnTransformer([("numbers", make_pipeline(SimpleImputer(), *steps), NUMBERS)])


@CASES.case
def logarithms_of_amounts() -> Trained:
    logarithms = FunctionTransformer(np.log1p, feature_names_out="one-to-one")
    return on_credit(imputed(logarithms, StandardScaler()), logistic(), FEW)


@CASES.case
def logarithms_that_are_missing_below_zero() -> Trained:
    numbers = make_pipeline(FunctionTransformer(np.log), SimpleImputer())
    return on_credit(ColumnTransformer([("n", numbers, ["amount", "rate"])]), logistic(), FEW)


@CASES.case
def functions_of_integers_and_of_checked_numbers() -> Trained:
    columns = ColumnTransformer(
        [
            ("integers", FunctionTransformer(np.sqrt), ["age"]),
            ("checked", FunctionTransformer(np.cbrt, validate=True), ["rate"]),
        ]
    )
    return on_credit(columns, logistic(), FEW)


@CASES.case
def bins_of_numbers() -> Trained:
    bins = KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf")
    return on_credit(imputed(bins), logistic(), FEW)


@CASES.case
def bins_that_trees_split_at() -> Trained:
    bins = KBinsDiscretizer(6, encode="ordinal", strategy="uniform")
    return on_credit(imputed(bins), boosting(max_iter=4), FEW)


@CASES.case
def above_a_threshold() -> Trained:
    return on_credit(imputed(Binarizer(threshold=20)), logistic(), FEW)


@CASES.case
def yeo_johnson() -> Trained:
    return on_credit(imputed(PowerTransformer()), logistic(), FEW)


@CASES.case
def box_cox_before_imputing() -> Trained:
    numbers = make_pipeline(PowerTransformer("box-cox"), SimpleImputer())
    return on_credit(ColumnTransformer([("n", numbers, NUMBERS)]), logistic(), FEW)


@CASES.case
def box_cox_of_scaled_numbers() -> Trained:
    return on_credit(imputed(MinMaxScaler((1, 2)), PowerTransformer("box-cox")), logistic(), FEW)


@CASES.case
def places_among_quantiles_in_trees() -> Trained:
    quantiles = QuantileTransformer(n_quantiles=20)
    columns = ColumnTransformer([("n", quantiles, NUMBERS)])
    return on_credit(columns, boosting(max_iter=4), FEW)


@CASES.case
def normal_quantiles() -> Trained:
    quantiles = QuantileTransformer(n_quantiles=20, output_distribution="normal")
    return on_credit(imputed(quantiles), logistic(), FEW)


@CASES.case
def splines() -> Trained:
    return on_credit(imputed(SplineTransformer(4, include_bias=False)), logistic(), FEW)


@CASES.case
def splines_that_refuse_what_is_beyond() -> Trained:
    return on_credit(imputed(SplineTransformer(4, extrapolation="error")), logistic(), FEW)


@CASES.case
def splines_of_a_year() -> Trained:
    return on_credit(imputed(SplineTransformer(4, extrapolation="periodic")), logistic(), FEW)


@CASES.case
def means_of_the_target() -> Trained:
    encoder = TargetEncoder(cv=2)
    return on_credit(side_by_side(SimpleImputer(), encoder), logistic(), FEW)


@CASES.case
def indicators_of_missing_values() -> Trained:
    columns = ColumnTransformer(
        [
            ("numbers", SimpleImputer(), NUMBERS),
            ("missing", MissingIndicator(), NUMBERS),
            ("all", MissingIndicator(features="all"), ["duration", "purpose"]),
        ]
    )
    return on_credit(columns, logistic(), FEW)


@CASES.case
def ones_that_stand_for_missing() -> Trained:
    numbers = SimpleImputer(missing_values=1.0, strategy=np.median, add_indicator=True)
    return on_credit(ColumnTransformer([("n", numbers, ["rate", "age"])]), logistic(), FEW)


@CASES.case
def principal_components_scaled_and_imputed() -> Trained:
    steps = [PCA(2), StandardScaler(), SimpleImputer(add_indicator=True)]
    return on_credit(imputed(*steps), logistic(), FEW)


@CASES.case
def one_hot_of_float32() -> Trained:
    frame, rows = (
        made[["rate", "purpose"]].astype({"rate": "float32"})
        for made in (credit(200), unseen(credit(FEW, seed=8)))
    )
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), logistic())
    return trained(model, frame, credit_target(credit(200)), rows)


@CASES.case
def float32_beside_float64_imputed() -> Trained:
    numbers = ["duration", "amount", "age"]
    frame, rows = (
        made[numbers].astype({"duration": "float32"})
        for made in (credit(200), unseen(credit(FEW, seed=8)))
    )
    model = make_pipeline(SimpleImputer(), StandardScaler(), logistic())
    return trained(model, frame, credit_target(credit(200)), rows)
