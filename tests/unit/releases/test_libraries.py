from __future__ import annotations

import json
import platform
from typing import Any

import hypothesis
import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from headway.releases.code import ShippedCode
from headway.releases.libraries import libraries_of


class Own(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A step of the user's own module."""


Own.__module__ = "my_features.steps"


def own_function(values: Any) -> Any:
    return values


own_function.__module__ = "my_functions"


def test_versions_are_those_that_run() -> None:
    found = libraries_of(LinearRegression())
    assert found.versions["python"] == platform.python_version()
    assert found.versions["scikit-learn"] == sklearn.__version__
    assert found.versions["numpy"] == np.__version__


def test_requirements_are_pinned_and_without_ourselves() -> None:
    requirements = libraries_of(LinearRegression()).requirements
    assert f"scikit-learn=={sklearn.__version__}" in requirements
    assert all("==" in requirement for requirement in requirements)
    assert not [r for r in requirements if r.startswith(("headway", "python", "mlflow"))]
    assert list(requirements) == sorted(requirements)


def test_a_model_of_the_standard_library_needs_no_scikit_learn() -> None:
    found = libraries_of(json.JSONDecoder())
    assert not [r for r in found.requirements if r.startswith("scikit-learn")]
    assert found.own_modules == ()


@pytest.mark.parametrize(
    ("model", "modules"),
    [
        (make_pipeline(StandardScaler(), LinearRegression()), ()),
        (make_pipeline(Own(), LinearRegression()), ("my_features",)),
        (make_pipeline(FunctionTransformer(own_function)), ("my_functions",)),
        (make_pipeline(make_column_transformer((Own(), ["a"]))), ("my_features",)),
        (
            make_pipeline(make_pipeline(make_column_transformer((make_pipeline(Own()), ["a"])))),
            ("my_features",),
        ),
        (make_pipeline(FunctionTransformer(np.log1p), FunctionTransformer(len)), ()),
    ],
)
def test_the_user_s_own_modules_are_found_at_any_depth(
    model: Any, modules: tuple[str, ...]
) -> None:
    assert libraries_of(model).own_modules == modules


def test_a_class_of_a_notebook_is_no_module() -> None:
    class Notebook:
        pass

    Notebook.__module__ = "__main__"
    assert libraries_of(Notebook()).own_modules == ()


def test_what_ships_is_not_missing_and_brings_its_own_needs() -> None:
    model = make_pipeline(Own(), FunctionTransformer(own_function))
    code = ShippedCode({"my_features/steps.py": b"import hypothesis, pip\nimport not_installed\n"})
    found = libraries_of(model, code)
    assert found.own_modules == ("my_functions",)
    assert found.versions["hypothesis"] == hypothesis.__version__
    assert f"hypothesis=={hypothesis.__version__}" in found.requirements
    assert not [r for r in found.requirements if "not_installed" in r or "my_features" in r]
