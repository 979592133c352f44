"""Which flavor of MLflow a fitted model is kept in."""

from __future__ import annotations

from typing import Any, Literal

from headway.core.onnx_file import OnnxFile

Flavor = Literal["sklearn", "torch", "onnx", "pyfunc"]

# Models that take tensors: what they are fitted on are arrays, and never frames
NETS: frozenset[Flavor] = frozenset({"torch", "onnx"})
_BASES: tuple[tuple[Flavor, str], ...] = (
    ("torch", "torch.nn.modules.module"),
    ("sklearn", "sklearn"),
)

Library = Literal["lightgbm", "xgboost"]

_LIBRARIES: dict[str, Library] = {"lightgbm": "lightgbm", "xgboost": "xgboost"}


def flavor_of(model: Any) -> Flavor:
    """Return the flavor of a scikit-learn estimator, a module of PyTorch or an ONNX file, else `pyfunc`.

    It goes by the names of the classes that the model is derived from, since importing these
    libraries costs seconds.

    Examples:
        >>> flavor_of(object())
        'pyfunc'
    """
    if isinstance(model, OnnxFile):
        return "onnx"
    modules = [f"{parent.__module__}." for parent in type(model).__mro__]
    for flavor, base in _BASES:
        if any(module.startswith(f"{base}.") for module in modules):
            return flavor
    return "pyfunc"


def booster_library(model: Any) -> Library | None:
    """Return the library of a bare booster, which MLflow keeps in a flavor of its own; else `None`.

    It goes by name, as above.

    Examples:
        >>> booster_library(object()) is None
        True
    """
    kind = type(model)
    library = kind.__module__.partition(".")[0]
    return _LIBRARIES.get(library) if kind.__name__ == "Booster" else None
