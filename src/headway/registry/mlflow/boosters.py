"""Bare boosters in MLflow's own flavors: in the format of their library, which no pickle is.

A library is imported for a model that needs it, and for no other.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, get_args

import mlflow.pyfunc
from mlflow.pyfunc.model import PythonModel
from typing_extensions import override

from headway.registry.flavor import Library, booster_library

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# How XGBoost marks a column of them
_CATEGORY = "c"


def save_booster(model: Any, folder: Path, arguments: Mapping[str, Any]) -> None:
    """Write a booster in the flavor of its library.

    Args:
        model: The booster.
        folder: To be made.
        arguments: Of any flavor of MLflow.
    """
    library = booster_library(model)
    if library == "xgboost" and _CATEGORY in (model.feature_types or ()):
        # MLflow's own wrapper refuses columns of categories
        python_model = _with_categories(model)
        mlflow.pyfunc.save_model(str(folder), python_model=python_model, **arguments)
    else:
        _flavor(library).save_model(model, str(folder), **arguments)


def load_booster(folder: Path, flavors: Mapping[str, Any]) -> Any:
    """Return the booster of a model folder, or the estimator around it; `None` where there is none."""
    for library in get_args(Library):
        if library in flavors:
            return _flavor(library).load_model(str(folder))
    return None


def _with_categories(model: Any) -> PythonModel:
    # A class of a function is pickled by value, so that the release loads where Headway is not
    class Predictor(PythonModel):
        # MLflow reads a meaning into type hints, and warns where there are none
        _skip_type_hint_validation = True

        @override
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            import xgboost  # noqa: PLC0415 (pickled by value)

            return model.predict(xgboost.DMatrix(model_input, enable_categorical=True))

    return Predictor()


def _flavor(library: Library | None) -> Any:
    return importlib.import_module(f"mlflow.{library}")
