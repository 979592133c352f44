"""The models that are measured in their native and in their lowered form."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from credit import read_credit
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

if TYPE_CHECKING:
    from collections.abc import Callable

N_DEEP_ROWS = 30_000
MISSING_RATIO = 0.02


@dataclasses.dataclass(frozen=True)
class Measured:
    """A fitted model.

    Attributes:
        name: In the table.
        model: Fitted.
        rows: What it was fitted on.
        kind: `trees`, `credit`, `booster`, `deep` or `other`: which budgets hold for it.
        fastest_native: The library's own fastest call on an array; `None` where it is `predict_proba`.
    """

    name: str
    model: Any
    rows: Any
    kind: str
    fastest_native: Callable[[Any], Any] | None = None


def models() -> list[Callable[[], Measured]]:
    """Return what makes each model, the cheap ones first."""
    return [
        credit_logistic,
        credit_boosting,
        credit_forest,
        random_forest,
        extra_trees,
        gradient_boosting,
        hist_gradient_boosting,
        xgboost_trees,
        lightgbm_trees,
        neural_network,
        deep_forest,
    ]


def credit_logistic() -> Measured:
    """Return imputers, scaler, one-hot encoder and a logistic regression."""
    return _credit("credit, logistic regression", LogisticRegression(max_iter=1_000))


def credit_boosting() -> Measured:
    """Return the same with 100 boosted trees."""
    boosting = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=0)
    return _credit("credit, hist gradient boosting (100)", boosting)


def credit_forest() -> Measured:
    """Return the same with a forest."""
    forest = RandomForestClassifier(200, max_leaf_nodes=64, random_state=0)
    return _credit("credit, random forest (200 x 64)", forest)


def random_forest() -> Measured:
    """Return a forest of bare numbers."""
    return _cancer("random forest (200 x 64)", RandomForestClassifier(200, max_leaf_nodes=64))


def extra_trees() -> Measured:
    """Return a forest whose thresholds are drawn."""
    return _cancer("extra trees (200 x 64)", ExtraTreesClassifier(200, max_leaf_nodes=64))


def gradient_boosting() -> Measured:
    """Return 300 trees of exact splits."""
    return _cancer("gradient boosting (300)", GradientBoostingClassifier(n_estimators=300))


def hist_gradient_boosting() -> Measured:
    """Return 300 trees of binned splits, with missing values."""
    boosting = HistGradientBoostingClassifier(
        max_iter=300, max_leaf_nodes=64, min_samples_leaf=2, early_stopping=False
    )
    return _cancer("hist gradient boosting (300 x 64)", boosting, missing=True)


def xgboost_trees() -> Measured:
    """Return 300 trees of XGBoost, with missing values."""
    from xgboost import XGBClassifier  # noqa: PLC0415 - the library is imported with its own model

    model = XGBClassifier(n_estimators=300, max_depth=6, n_jobs=1)
    made = _cancer("xgboost (300, depth 6)", model, missing=True, kind="booster")
    return dataclasses.replace(made, fastest_native=model.get_booster().inplace_predict)


def lightgbm_trees() -> Measured:
    """Return 300 trees of LightGBM, with missing values."""
    from lightgbm import LGBMClassifier  # noqa: PLC0415 - as above

    model = LGBMClassifier(n_estimators=300, num_leaves=64, n_jobs=1, verbose=-1)
    made = _cancer("lightgbm (300 x 64)", model, missing=True, kind="booster")
    return dataclasses.replace(made, fastest_native=model.booster_.predict)


def neural_network() -> Measured:
    """Return a net of two hidden layers on images of 64 points."""
    rows, target = load_digits(return_X_y=True)
    net = make_pipeline(StandardScaler(), MLPClassifier((64, 32), max_iter=60, random_state=0))
    return Measured("scaler and net (64, 32), digits", net.fit(rows, target), rows, "other")


def deep_forest() -> Measured:
    """Return trees without a limit, which have thousands of leaves each."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(N_DEEP_ROWS, 20))
    target = (
        rows[:, 0] * rows[:, 1]
        + np.sin(3 * rows[:, 2])
        + random.normal(scale=0.5, size=N_DEEP_ROWS)
    )
    forest = RandomForestRegressor(100, max_features=6, random_state=0, n_jobs=2)
    forest.fit(rows, target).set_params(n_jobs=1)
    return Measured("deep forest (100, no limit)", forest, rows, "deep")


def _credit(name: str, estimator: Any) -> Measured:
    features, target = read_credit()
    missing = np.random.default_rng(0).random(features.shape) < MISSING_RATIO
    features = features.mask(missing)
    columns = make_column_transformer(
        (
            make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
            make_column_selector(dtype_include="number"),
        ),
        (
            make_pipeline(
                SimpleImputer(strategy="most_frequent"),
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            ),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    model = Pipeline([("columns", columns), ("estimator", estimator)])
    return Measured(name, model.fit(features, target), features, "credit")


def _cancer(name: str, estimator: Any, *, missing: bool = False, kind: str = "trees") -> Measured:
    rows, target = load_breast_cancer(return_X_y=True)
    if missing:
        rows = np.where(np.random.default_rng(0).random(rows.shape) < MISSING_RATIO, np.nan, rows)
    return Measured(name, estimator.fit(rows, target), rows, kind)
