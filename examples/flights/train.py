"""The model of the example: an ordinary scikit-learn pipeline on mixed columns."""

from __future__ import annotations

from data import NUMBERS, STRINGS
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def make_pipeline_for_flights() -> Pipeline:
    """Return the unfitted pipeline: impute and scale numbers, one-hot strings, boosted trees."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    strings = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="unknown"),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=50, sparse_output=False),
    )
    columns = ColumnTransformer(
        [("numbers", numbers, list(NUMBERS)), ("strings", strings, list(STRINGS))]
    )
    return make_pipeline(columns, HistGradientBoostingClassifier(max_iter=60, random_state=0))
