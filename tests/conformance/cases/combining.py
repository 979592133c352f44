"""Columns that are made of several: unions, norms, products, projections; and columns that are chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_selection import (
    RFE,
    SelectFromModel,
    SelectKBest,
    VarianceThreshold,
    f_classif,
    f_regression,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from conformance.cases.models import FEW, dense_one_hot, logistic, on_credit, side_by_side
from conformance.cases.table import Cases
from conformance.frames import measurements
from conformance.trained import Trained, trained

CASES = Cases()


def _on_measurements(*steps: Any, missing: bool = False) -> Trained:
    values = measurements(200, missing=missing)
    target = np.nan_to_num(values[:, 0] - values[:, 1])
    rows = measurements(60, seed=8, missing=missing)
    return trained(make_pipeline(*steps), values, target, rows)


def _filled() -> Any:
    return make_pipeline(SimpleImputer(), StandardScaler())


@CASES.case
def a_union_of_weighted_parts() -> Trained:
    numbers = FeatureUnion(
        [("scaled", StandardScaler()), ("few", PCA(2)), ("gone", "drop"), ("same", "passthrough")],
        transformer_weights={"few": 0.3, "scaled": 2.0},
    )
    filled = make_pipeline(SimpleImputer(), MinMaxScaler(), numbers)
    columns = side_by_side(filled, dense_one_hot(), transformer_weights={"strings": 0.5})
    return on_credit(columns, logistic(), FEW)


@CASES.case
def rows_of_norm_one() -> Trained:
    return _on_measurements(Normalizer("l1"), Ridge())


@CASES.case
def norms_of_numbers_and_categories_and_the_best_of_them() -> Trained:
    columns = side_by_side(_filled(), dense_one_hot())
    best = make_pipeline(columns, Normalizer(), SelectKBest(f_classif, k=6))
    return on_credit(best, logistic(), FEW)


@CASES.case
def selectors_in_a_row() -> Trained:
    return _on_measurements(
        VarianceThreshold(),
        SelectKBest(f_regression, k=4),
        SelectFromModel(Ridge(), threshold=-np.inf, max_features=3),
        RFE(Ridge(), n_features_to_select=2),
        Ridge(),
    )


@CASES.case
def products_of_numbers() -> Trained:
    return _on_measurements(PolynomialFeatures(3), Ridge())


@CASES.case
def powers_of_one_number_looked_at_by_trees() -> Trained:
    powers = ColumnTransformer([("powers", PolynomialFeatures((2, 3), include_bias=False), [1])])
    return _on_measurements(powers, HistGradientBoostingRegressor(max_iter=5))


@CASES.case
def principal_components_whitened() -> Trained:
    return _on_measurements(StandardScaler(), PCA(3, whiten=True), LinearRegression())


@CASES.case
def components_of_parts_and_of_categories() -> Trained:
    columns = side_by_side(
        make_pipeline(_filled(), IncrementalPCA(2)),
        make_pipeline(dense_one_hot(sparse_output=True), TruncatedSVD(4, random_state=0)),
    )
    return on_credit(columns, logistic(), FEW)


@CASES.case
def columns_that_vary_with_missing_values() -> Trained:
    return _on_measurements(
        VarianceThreshold(0.01), HistGradientBoostingRegressor(max_iter=5), missing=True
    )


@CASES.case
def chosen_by_trees_for_trees() -> Trained:
    chosen = SelectFromModel(DecisionTreeRegressor(max_depth=4, random_state=0))
    return _on_measurements(chosen, HistGradientBoostingRegressor(max_iter=5), missing=True)
