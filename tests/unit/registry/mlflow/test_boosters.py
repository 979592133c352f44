from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import lightgbm
import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest
import xgboost

from headway.registry.mlflow.boosters import load_booster, save_booster
from headway.registry.mlflow.calls import mlflow_quiet

NUMBERS = pd.DataFrame({"size": np.arange(40.0), "age": np.arange(40.0)[::-1] % 7})
WORDS = NUMBERS.assign(kind=pd.Categorical(["a", "b"] * 20))
TARGET = (np.arange(40) % 4 > 1).astype(float)
ARGUMENTS = {"pip_requirements": ["numpy"]}


def of_xgboost(frame: pd.DataFrame) -> Any:
    matrix = xgboost.DMatrix(frame, TARGET, enable_categorical=True)
    return xgboost.train({"max_depth": 2, "nthread": 1}, matrix, 3)


def of_lightgbm(frame: pd.DataFrame) -> Any:
    parameters = {"num_leaves": 3, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 2}
    return lightgbm.train(parameters, lightgbm.Dataset(frame, TARGET), 3)


@pytest.mark.parametrize("frame", [NUMBERS, WORDS], ids=["numbers", "categories"])
@pytest.mark.parametrize("train", [of_xgboost, of_lightgbm])
def test_mlflow_answers_what_the_booster_answers(train: Any, frame: Any, tmp_path: Path) -> None:
    model = train(frame)
    given = xgboost.DMatrix(frame, enable_categorical=True) if train is of_xgboost else frame
    with mlflow_quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save_booster(model, tmp_path / "model", ARGUMENTS)
        loaded = mlflow.pyfunc.load_model(str(tmp_path / "model"))
        np.testing.assert_array_equal(loaded.predict(frame), model.predict(given))


@pytest.mark.parametrize("train", [of_xgboost, of_lightgbm])
def test_a_booster_comes_back_as_one(train: Any, tmp_path: Path) -> None:
    model = train(NUMBERS)
    with mlflow_quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save_booster(model, tmp_path / "model", ARGUMENTS)
        flavors = mlflow.models.Model.load(str(tmp_path / "model")).flavors
        assert type(load_booster(tmp_path / "model", flavors)) is type(model)
    assert not list((tmp_path / "model").glob("*.pkl"))


def test_any_other_model_is_no_booster(tmp_path: Path) -> None:
    assert load_booster(tmp_path, {"sklearn": {}}) is None
