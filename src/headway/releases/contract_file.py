"""Imports a pydantic model from a file of Python that a person names. This runs its code."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.contract.pydantic.user_model import is_model
from headway.core.names import nearest_name
from headway.errors import ContractError
from headway.registry.reason import described

if TYPE_CHECKING:
    from types import ModuleType

    from pydantic import BaseModel

FORM = "FILE.py:CLASS"


def read_contract_file(place: str) -> type[BaseModel]:
    """Return the model that a text such as `schemas.py:PredictionRequest` names.

    Raises:
        ContractError: The file cannot be imported, or holds no such model. Names those that it holds.
    """
    path, separator, name = place.rpartition(":")
    if not separator or not path.endswith(".py") or not name:
        raise ContractError(
            f"`{place}` names no pydantic model",
            hint=f"write {FORM}, for example `schemas.py:PredictionRequest`",
        )
    module = _imported(Path(path))
    model: Any = getattr(module, name, None)
    if is_model(model):
        return model
    known = [
        key
        for key, value in vars(module).items()
        if is_model(value) and value.__module__ == module.__name__
    ]
    nearest = nearest_name(name, known)
    listed = ", ".join(f"`{key}`" for key in known) or "none"
    raise ContractError(
        f"`{path}` has no pydantic model `{name}`",
        hint=f"did you mean `{nearest}`?" if nearest else f"it has {listed}",
    )


def _imported(path: Path) -> ModuleType:
    if not path.is_file():
        raise ContractError(f"there is no file `{path}`")
    # under a name of its own, so that a file may be called like any module
    name = f"_contract_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ContractError(f"`{path}` is no module of Python")
    module = importlib.util.module_from_spec(spec)
    # what lies beside it can be imported by it, but takes no other module's place
    folder = str(path.resolve().parent)
    sys.path.append(folder)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a user's file may raise anything
        del sys.modules[name]
        raise ContractError(f"`{path}` does not import: {described(error)}") from error
    finally:
        sys.path.remove(folder)
    return module
