from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from lightgbm import LGBMRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from headway.contract.model import Output
from headway.core.dtypes import Method, Task
from headway.errors import MethodNotSupportedError, PredictionError, TrainingDataError
from headway.releases.model_check import (
    ask,
    check_model,
    fitted_names,
    is_fitted_without_names,
    output_of,
)
from headway.releases.rows import labelled_rows

FRAME = pd.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "amount": [4.0, 3.0, 2.0, 1.0]})
TARGET = [1.0, 2.0, 3.0, 4.0]
FITTED = make_pipeline(StandardScaler(), LinearRegression()).fit(FRAME, TARGET)
ON_ARRAY = LinearRegression().fit(FRAME.to_numpy(), TARGET)


class Plain:
    """A model of the user's own."""

    def predict(self, frame: Any) -> Any:
        if "age" not in frame:
            raise KeyError("age")
        return frame["age"]


def check(model: Any, data: Any) -> None:
    check_model(model, labelled_rows(data, None))


@pytest.mark.parametrize(
    ("model", "data"), [(FITTED, FRAME), (ON_ARRAY, FRAME.to_numpy()), (Plain(), FRAME)]
)
def test_a_model_and_its_rows_belong_together(model: Any, data: Any) -> None:
    check(model, data)


@pytest.mark.parametrize("model", [StandardScaler(), object(), "model.pkl", None, {"predict": 1}])
def test_what_has_no_predict_is_no_model(model: Any) -> None:
    with pytest.raises(MethodNotSupportedError, match="has no `predict`"):
        check(model, FRAME)


@pytest.mark.parametrize(
    "model", [LogisticRegression(), RandomForestRegressor(), make_pipeline(LinearRegression())]
)
def test_a_model_that_is_not_fitted_is_told_to_be(model: Any) -> None:
    with pytest.raises(PredictionError, match="is not fitted") as caught:
        check(model, FRAME)
    assert caught.value.hint == "call its `fit` first"


def test_no_rows_are_not_enough() -> None:
    with pytest.raises(TrainingDataError, match="X has no rows"):
        check(FITTED, FRAME.head(0))


def test_missing_and_other_columns_are_named_with_the_nearest() -> None:
    with pytest.raises(TrainingDataError) as caught:
        check(FITTED, FRAME.rename(columns={"amount": "amout"}).assign(label=1))
    assert "X lacks `amount`" in caught.value.message
    assert "X has besides `amout`, `label`" in caught.value.message
    assert caught.value.hint == "is `amout` the column `amount`?"


def test_columns_in_another_order_are_told_apart() -> None:
    with pytest.raises(TrainingDataError, match="in another order"):
        check(FITTED, FRAME[["amount", "age"]])


def test_a_model_of_a_frame_is_not_given_an_array() -> None:
    with pytest.raises(TrainingDataError, match=r"on a frame with the columns \['age', 'amount'\]"):
        check(FITTED, FRAME.to_numpy())


def test_another_number_of_columns_is_told() -> None:
    with pytest.raises(TrainingDataError, match="fitted on 2 columns and X has 3"):
        check(ON_ARRAY, np.zeros((4, 3)))


def test_a_model_that_raises_tells_its_owner_why() -> None:
    with pytest.raises(PredictionError, match="raises on the training rows: KeyError: 'age'"):
        check(Plain(), FRAME.rename(columns={"age": "alter"}))


def test_an_error_without_words_is_told_by_its_name() -> None:
    class Silent:
        def predict(self, _frame: Any) -> Any:
            raise RuntimeError

    with pytest.raises(PredictionError, match=r"RuntimeError$"):
        ask(Silent(), "predict", FRAME)


def test_where_names_come_from() -> None:
    assert fitted_names(FITTED) == ["age", "amount"]
    assert fitted_names(ON_ARRAY) is None
    assert is_fitted_without_names(ON_ARRAY)
    assert not is_fitted_without_names(FITTED)
    assert not is_fitted_without_names(Plain())


def test_only_an_estimator_is_asked_what_it_answers() -> None:
    described = Output(Task.REGRESSION, (Method.PREDICT,))
    rows = labelled_rows(np.zeros((2, 2)), None)
    assert output_of(FITTED, rows, lambda _: described) is described
    assert output_of(Plain(), rows, lambda _: described) == Output(Task.OTHER)


@pytest.mark.parametrize("n_targets", [1, 2])
def test_a_bare_booster_is_asked_how_many_numbers_it_answers(n_targets: int) -> None:
    target = FRAME.to_numpy()[:, :n_targets]
    matrix = xgboost.DMatrix(FRAME, target)
    booster = xgboost.train({"max_depth": 1, "nthread": 1}, matrix, 1)
    rows = labelled_rows(FRAME, None)
    check_model(booster, rows)
    described = output_of(booster, rows, lambda _: Output(Task.REGRESSION))
    assert described == Output(Task.OTHER, n_outputs=n_targets)


def test_an_underscore_stands_for_a_space_where_lightgbm_keeps_the_names() -> None:
    frame = FRAME.rename(columns={"age": "the age"})
    model = LGBMRegressor(n_estimators=1, verbose=-1, n_jobs=1).fit(frame, frame["amount"])
    assert fitted_names(model) == ["the_age", "amount"]
    check_model(model, labelled_rows(frame, None))
