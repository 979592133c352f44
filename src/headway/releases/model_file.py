"""Reads a fitted model from a pickle file. This runs code: only files that a person names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import joblib

from headway.errors import ModelFileError
from headway.registry.reason import described

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".pkl", ".pickle", ".joblib")


def read_model(path: Path) -> Any:
    """Unpickle a model that `pickle`, `cloudpickle` or `joblib` wrote.

    Raises:
        ModelFileError: There is no such file, it does not load here, or it holds no model.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ModelFileError(
            f"`{path.name}` is not a model file that is read here",
            hint=f"known suffixes: {', '.join(SUFFIXES)}",
        )
    model = _load(path)
    if not callable(getattr(model, "predict", None)):
        raise ModelFileError(
            f"`{path.name}` holds a `{type(model).__name__}`, which has no `predict`",
            hint="save the fitted estimator or pipeline itself",
        )
    return model


def _load(path: Path) -> Any:
    try:
        return joblib.load(path)
    except FileNotFoundError as error:
        raise ModelFileError(
            f"there is no file `{path}`", hint="give the path of a pickle or joblib file"
        ) from error
    except ModuleNotFoundError as error:
        raise ModelFileError(
            f"`{path.name}` needs the module `{error.name}`, which is not installed",
            hint=f"install what brings `{error.name}`, or run where your own `{error.name}.py` lies",
        ) from error
    except Exception as error:  # unpickling may raise anything
        raise ModelFileError(
            f"`{path.name}` is not a pickle that loads here: {described(error)}",
            hint="save the fitted model with `joblib.dump`, with the versions that are installed here",
        ) from error
