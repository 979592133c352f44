from __future__ import annotations

import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from headway.registry.flavor import flavor_of


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
