"""Boosters of LightGBM and XGBoost: every objective's link, missing values, sets of categories."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from conformance.cases.models import NUMBERS, side_by_side
from conformance.cases.table import Cases
from conformance.frames import credit, credit_target, measurements, three_bands, unseen
from conformance.trained import Trained, trained

CASES = Cases()
VALUES = measurements(250)
OTHERS = measurements(200, seed=8)
AMOUNT = np.exp(np.nan_to_num(VALUES[:, 0])) + 0.1
TWO = (np.nan_to_num(VALUES[:, 1]) + VALUES[:, 4].clip(0, 3) > 1).astype(int)
THREE = three_bands(np.nan_to_num(VALUES[:, 1]))


def leaves(kind: Any = lgb.LGBMClassifier, **parameters: Any) -> Any:
    known = {"n_estimators": 8, "num_leaves": 7, "min_child_samples": 5, "n_jobs": 1, "verbose": -1}
    return kind(**(known | parameters))


def levels(kind: Any = xgb.XGBClassifier, **parameters: Any) -> Any:
    return kind(**({"n_estimators": 8, "max_depth": 3, "n_jobs": 1} | parameters))


def categorical() -> tuple[pd.DataFrame, np.ndarray]:
    frame = credit(250)
    frame["purpose"] = frame["purpose"].astype("category")
    frame["housing"] = pd.Categorical(frame["housing"], ordered=True)
    return frame[["duration", "amount", "purpose", "housing", "foreign"]], (
        credit_target(frame) == "bad"
    ).astype(int)


def _add(name: str, model: Any, target: Any, values: Any = VALUES, others: Any = OTHERS) -> None:
    CASES[name] = lambda: trained(model, values, target, others)


_add("lightgbm_of_words", leaves(), np.array(["no", "yes"])[TWO])
_add("lightgbm_of_three_classes", leaves(), THREE)
_add("lightgbm_one_against_the_rest", leaves(objective="multiclassova"), THREE)
_add("lightgbm_zero_is_missing", leaves(zero_as_missing=True), TWO)
_add("lightgbm_nothing_is_missing", leaves(use_missing=False), TWO)
_add("lightgbm_dropping_trees", leaves(boosting_type="dart"), TWO)
_add(
    "lightgbm_forest",
    leaves(boosting_type="rf", subsample=0.5, subsample_freq=1),
    THREE,
)
_add(
    "lightgbm_codes_in_an_array",
    leaves(categorical_feature=[4], min_data_per_group=5, cat_smooth=1),
    TWO,
)
for _objective in ("regression", "huber", "poisson", "tweedie", "cross_entropy_lambda"):
    _target = TWO if "entropy" in _objective else AMOUNT
    _add(f"lightgbm_{_objective}", leaves(lgb.LGBMRegressor, objective=_objective), _target)
_add("lightgbm_of_roots", leaves(lgb.LGBMRegressor, reg_sqrt=True), AMOUNT)
_add("xgboost_of_two_classes", levels(), TWO)
_add("xgboost_of_three_classes", levels(), THREE)
_add("xgboost_of_three_labels", levels(objective="multi:softmax"), THREE)
_add("xgboost_hinge", levels(objective="binary:hinge"), TWO)
_add("xgboost_zero_is_missing", levels(missing=0.0), TWO)
_add("xgboost_dropping_trees", levels(booster="dart", rate_drop=0.4), TWO)
_add("xgboost_forest", levels(xgb.XGBRFClassifier), TWO)
_add("xgboost_pruned", levels(xgb.XGBRegressor, tree_method="exact", gamma=3), AMOUNT)
_add(
    "xgboost_codes_in_an_array",
    levels(enable_categorical=True, max_cat_to_onehot=1, feature_types=["q", "q", "q", "q", "c"]),
    TWO,
    np.abs(VALUES),
)
for _objective in ("reg:squarederror", "reg:logistic", "count:poisson", "reg:tweedie"):
    _target = TWO if "logistic" in _objective else AMOUNT
    _add(f"xgboost_{_objective}", levels(xgb.XGBRegressor, objective=_objective), _target)
_add(
    "xgboost_of_two_targets",
    levels(xgb.XGBRegressor),
    np.column_stack([AMOUNT, TWO]),
)


@CASES.case
def lightgbm_of_categories() -> Trained:
    frame, target = categorical()
    model = leaves(min_data_per_group=5, cat_smooth=1)
    return trained(model, frame, target, unseen(frame.tail(150)))


@CASES.case
def xgboost_of_categories() -> Trained:
    frame, target = categorical()
    model = levels(enable_categorical=True, max_cat_to_onehot=1)
    return trained(model, frame, target, unseen(frame.tail(150)))


@CASES.case
def xgboost_behind_a_sparse_matrix() -> Trained:
    frame = credit(250)
    numbers, words = StandardScaler(), OneHotEncoder(handle_unknown="ignore")
    columns = side_by_side(numbers, words, sparse_threshold=1.0)
    target = (credit_target(frame) == "bad").astype(int)
    known = frame.fillna(dict.fromkeys(NUMBERS, 1.0))
    return trained(make_pipeline(columns, levels()), known, target)
