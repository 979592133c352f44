"""Pipelines whose first steps are a user's own, and whose other steps have a lowered form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from conformance.frames import credit, credit_target, unseen
from conformance.trained import Trained, trained


def by_value(function: Any) -> Any:
    """Have a function pickled by value, as one of a notebook is."""
    function.__module__ = "__main__"
    return function


@by_value
def with_ratio(frame: Any) -> Any:
    """Return the frame with a column of its own, and another type for one."""
    return frame.assign(
        monthly=frame["amount"] / frame["duration"],
        is_old=frame["age"] > 60,
        purpose=frame["purpose"].where(frame["purpose"] != "study", "other"),
    )


@by_value
def squared(values: Any) -> Any:
    """Return something that nobody covers."""
    return np.square(values) + 1


def features_then_columns(estimator: Any = None) -> Pipeline:
    """Return what many notebooks end in: own columns, then encoders for each kind of column."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return Pipeline(
        [
            ("own", FunctionTransformer(with_ratio)),
            (
                "columns",
                ColumnTransformer(
                    [
                        ("numbers", numbers, ["duration", "amount", "monthly", "age"]),
                        ("words", OneHotEncoder(handle_unknown="ignore"), ["purpose", "is_old"]),
                    ]
                ),
            ),
            ("estimator", estimator or LogisticRegression(max_iter=500)),
        ]
    )


def own_branch() -> Pipeline:
    """Return a pipeline one column of which is transformed by a user's own function."""
    columns = ColumnTransformer(
        [
            ("own", make_pipeline(SimpleImputer(), FunctionTransformer(squared)), ["duration"]),
            ("rest", SimpleImputer(), ["amount", "age", "rate"]),
        ]
    )
    boosting = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=6, min_samples_leaf=5)
    return Pipeline([("columns", columns), ("estimator", boosting)])


def on_credit(pipeline: Pipeline, n_rows: int = 150) -> Trained:
    """Fit a pipeline, to be asked about rows that it has not seen."""
    frame = credit(n_rows)
    return trained(pipeline, frame, credit_target(frame), unseen(credit(60, seed=8)))


def with_dates(n_rows: int = 200) -> tuple[Pipeline, pd.DataFrame, np.ndarray]:
    """Return a model of a date, from which a user's own step takes the weekday."""

    @by_value
    def weekday(frame: Any) -> Any:
        return np.column_stack([frame["day"].dt.day_of_week, frame["n"]]).astype("float64")

    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "day": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(random.integers(0, 300, n_rows), "D"),
            "n": random.normal(size=n_rows),
        }
    )
    target = (frame["day"].dt.day_of_week > 4) ^ (frame["n"] > 0)
    boosting = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=6, min_samples_leaf=5)
    return (
        Pipeline([("own", FunctionTransformer(weekday)), ("estimator", boosting)]),
        frame,
        target.to_numpy(),
    )
