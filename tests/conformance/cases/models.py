"""Models and parts of models that many tests use."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    StandardScaler,
)

from conformance.frames import (
    credit,
    credit_target,
    unseen,
)
from conformance.trained import Trained, trained

NUMBERS = ["duration", "amount", "age", "rate"]
# Where the native model raises on unknown categories, which it is then asked for one by one
FEW = 40
STRINGS = ["purpose", "status", "housing"]


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
