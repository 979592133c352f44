"""Models and data that nobody should make: each is lowered and the same, or native with a reason in one line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from conformance.trained import Trained, trained
from headway.core.clock import SystemClock
from headway.errors import TrainingDataError
from headway.optimize.candidates import Form, find_form

N_ROWS = 60
X = np.random.default_rng(0).normal(size=(N_ROWS, 3))
Y = (X[:, 0] > X[:, 1]).astype(int)


class Scaler(StandardScaler):
    """A step that only looks like one that is covered."""


class Regression(LogisticRegression):
    """The same, of an estimator."""


class Unreadable:
    """Raises whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("one line\nand another")


def found(model: Trained) -> Form:
    return find_form(model.model, model.native, model.contract, model.rows, clock=SystemClock())


def scaled() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression())


def boosted() -> Any:
    return HistGradientBoostingClassifier(max_iter=2)


def setting(name: str, value: Any) -> Any:
    """Return what sets an attribute of a model, or of the first step of a pipeline."""
    return lambda model: setattr(model[0] if hasattr(model, "steps") else model, name, value)


def no_threshold(model: Any) -> None:
    model._predictors[0][0].nodes["num_threshold"][0] = np.nan


def unreadable(model: Any) -> None:
    model.steps[0] = ("odd", Unreadable())


CORRUPTED: dict[str, tuple[Any, Any, str]] = {
    "coefficients of another width": (LogisticRegression, setting("coef_", np.ones((1, 2))), "have the shape"),
    "coefficients of other classes": (LogisticRegression, setting("coef_", np.ones((3, 3))), "have the shape"),
    "coefficients that are NaN": (LogisticRegression, setting("coef_", np.full((1, 3), np.nan)), "lowered: the same"),
    "no coefficients": (LogisticRegression, setting("coef_", None), "fitted in object"),
    "coefficients of text": (LogisticRegression, setting("coef_", np.array([["a", "b", "c"]])), "fitted in <U1"),
    "attributes that are gone": (LogisticRegression, lambda model: delattr(model, "coef_"), "not what is known"),
    "intercepts of other classes": (LogisticRegression, setting("intercept_", np.ones(5)), "have the shape"),
    "one class too many": (LogisticRegression, setting("classes_", np.arange(3)), "not the contract's"),
    "a scale of another width": (scaled, setting("scale_", np.ones(2)), "without numbers"),
    "an infinite mean": (scaled, setting("mean_", np.full(3, np.inf)), "answers none of the real rows"),
    "a threshold that is NaN": (boosted, no_threshold, ""),
    "a step that raises": (scaled, unreadable, "raised RuntimeError"),
}  # fmt: skip


@pytest.mark.parametrize("case", CORRUPTED)
def test_state_that_is_damaged_is_no_surprise(case: str) -> None:
    make, damage, words = CORRUPTED[case]
    model = trained(make(), X, Y)
    damage(model.model)
    form = found(model)
    assert words in form.reason
    assert "\n" not in form.reason
    assert form.reason.startswith("lowered: " if form.lowered else "native, because ")


@pytest.mark.parametrize(
    ("model", "form", "words"),
    [
        (make_pipeline(Scaler(), LogisticRegression()), "partly lowered", "Scaler` is not covered"),
        (make_pipeline(StandardScaler(), Regression()), "native", "Regression` is not covered"),
        (scaled(), "lowered", "the same answers"),
    ],
)
def test_steps_are_known_by_exact_type(model: Any, form: str, words: str) -> None:
    reason = found(trained(model, X, Y)).reason
    assert reason.startswith(form)
    assert words in reason
    assert "\n" not in reason


def many(n: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    frame = pd.DataFrame({"code": [f"c{i}" for i in range(n)], "size": np.arange(float(n))})
    return frame, np.arange(n) % 2


def test_thousands_of_categories_are_lowered() -> None:
    frame, labels = many(1_100)
    encoder = ColumnTransformer([("code", OneHotEncoder(handle_unknown="ignore"), ["code"])])
    assert found(trained(make_pipeline(encoder, LogisticRegression()), frame, labels)).lowered


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (sparse.csr_matrix(X), "csr_matrix"),
        (pd.DataFrame({"d": [{"k": i % 3} for i in range(N_ROWS)]}), "no request can send: `d`"),
    ],
)
def test_what_no_request_can_hold_is_refused_before(data: Any, words: str) -> None:
    vectorizer = ColumnTransformer([("d", DictVectorizer(), "d")])
    model = LogisticRegression()
    with pytest.raises(TrainingDataError, match=words):
        trained(model if sparse.issparse(data) else make_pipeline(vectorizer, model), data, Y)
