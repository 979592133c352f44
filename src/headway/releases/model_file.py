"""Reads a fitted model from a pickle file. This runs code: only files that a person names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import joblib

from headway.errors import RuntimeLoadError
from headway.registry.reason import described

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".pkl", ".pickle", ".joblib")


def read_model(path: Path) -> Any:
    """Unpickle a model that `pickle`, `cloudpickle` or `joblib` wrote.

    Raises:
        RuntimeLoadError: There is no such file, it does not load here, or it holds no model.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise RuntimeLoadError(
            f"`{path.name}` is not a model file that is read here",
            hint=f"known suffixes: {', '.join(SUFFIXES)}",
        )
    model = _load(path)
    if not callable(getattr(model, "predict", None)):
        raise RuntimeLoadError(
            f"`{path.name}` holds a `{type(model).__name__}`, which has no `predict`",
            hint="save the fitted estimator or pipeline itself",
        )
    return model


def _load(path: Path) -> Any:
    try:
        return joblib.load(path)
    except FileNotFoundError as error:
        raise RuntimeLoadError(f"there is no file `{path}`") from error
    except ModuleNotFoundError as error:
        raise RuntimeLoadError(
            f"`{path.name}` needs the module `{error.name}`, which is not installed",
            hint=f"install what brings `{error.name}`; if it is your own, ship it with the release: "
            "`--code` and its file or folder",
        ) from error
    except AttributeError as error:
        if "__main__" not in str(error):
            raise _not_loaded(path, error) from error
        raise RuntimeLoadError(
            f"`{path.name}` needs what the script that saved it defined: {described(error)}",
            hint="call `headway.register` in that script, save it with `cloudpickle`, or move the "
            "definition to a module and name it with `--code`",
        ) from error
    except Exception as error:  # unpickling may raise anything
        raise _not_loaded(path, error) from error


def _not_loaded(path: Path, error: Exception) -> RuntimeLoadError:
    return RuntimeLoadError(f"`{path.name}` is not a pickle that loads here: {described(error)}")
