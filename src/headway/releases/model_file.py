"""Reads a fitted model from a file. A pickle runs code: only files that a person names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import joblib

from headway.core.onnx_file import SUFFIX as ONNX
from headway.errors import ModelFileError
from headway.registry.flavor import NETS, flavor_of
from headway.registry.reason import described
from headway.releases.nets import opened

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".pkl", ".pickle", ".joblib")
_MODULES = (".pt", ".pth")


def read_model(path: Path) -> Any:
    """Read an ONNX file, or unpickle what `pickle`, `cloudpickle`, `joblib` or `torch.save` wrote.

    Raises:
        ModelFileError: There is no such file, it does not load here, or it holds no model.
    """
    suffix = path.suffix.lower()
    if suffix == ONNX:
        return opened(path)
    if suffix in _MODULES:
        from headway.releases.torch import read_module  # noqa: PLC0415 (it imports torch)

        return read_module(path)
    if suffix not in SUFFIXES:
        raise ModelFileError(
            f"`{path.name}` is not a model file that is read here",
            hint=f"known suffixes: {', '.join((*SUFFIXES, *_MODULES, ONNX))}",
        )
    model = _load(path)
    if flavor_of(model) not in NETS and not callable(getattr(model, "predict", None)):
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
            hint=f"install what brings `{error.name}`; if it is your own, ship it with the release: "
            "`--code` and its file or folder",
        ) from error
    except AttributeError as error:
        if "__main__" not in str(error):
            raise _not_loaded(path, error) from error
        raise ModelFileError(
            f"`{path.name}` needs what the script that saved it defined: {described(error)}",
            hint="call `headway.register` in that script, save it with `cloudpickle`, or move the "
            "definition to a module and name it with `--code`",
        ) from error
    except Exception as error:  # unpickling may raise anything
        raise _not_loaded(path, error) from error


def _not_loaded(path: Path, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"`{path.name}` is not a pickle that loads here: {described(error)}",
        hint="save the fitted model with `joblib.dump`, with the versions that are installed here",
    )
