"""Which flavor of MLflow a fitted model is kept in."""

from __future__ import annotations

from typing import Any, Literal

Flavor = Literal["sklearn", "pyfunc"]
Library = Literal["lightgbm", "xgboost"]

_LIBRARIES: dict[str, Library] = {"lightgbm": "lightgbm", "xgboost": "xgboost"}


def flavor_of(model: Any) -> Flavor:
    """Return `sklearn` for a scikit-learn estimator or one that is derived from it, else `pyfunc`.

    It goes by name, since importing scikit-learn costs seconds.

    Examples:
        >>> flavor_of(object())
        'pyfunc'
    """
    modules = (parent.__module__ for parent in type(model).__mro__)
    return "sklearn" if any(m.partition(".")[0] == "sklearn" for m in modules) else "pyfunc"


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
