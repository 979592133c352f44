from __future__ import annotations

import numpy as np
import pytest
import xgboost
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from headway.registry.flavor import booster_library, flavor_of


class Own(BaseEstimator):  # type: ignore[misc]
    pass


class Plain:
    pass


class Sklearnish:
    pass


Sklearnish.__module__ = "sklearnish.models"


@pytest.mark.parametrize("model", [LinearRegression(), make_pipeline(LinearRegression()), Own()])
def test_an_estimator_and_what_is_derived_from_one(model: object) -> None:
    assert flavor_of(model) == "sklearn"


@pytest.mark.parametrize("model", [Plain(), Sklearnish(), None, 3, len])
def test_anything_else(model: object) -> None:
    assert flavor_of(model) == "pyfunc"


def test_only_a_bare_booster_has_a_library_of_its_own() -> None:
    matrix = xgboost.DMatrix(np.zeros((2, 1)), [0.0, 1.0])
    assert booster_library(xgboost.train({"nthread": 1}, matrix, 1)) == "xgboost"
    assert booster_library(xgboost.XGBRegressor()) is None
    assert booster_library(LinearRegression()) is None
