"""Which flavor of MLflow a fitted model is kept in."""

from __future__ import annotations

from typing import Any, Literal

Flavor = Literal["sklearn", "pyfunc"]


def flavor_of(model: Any) -> Flavor:
    """Return `sklearn` for a scikit-learn estimator or one that is derived from it, else `pyfunc`.

    It goes by name, since importing scikit-learn costs seconds.

    Examples:
        >>> flavor_of(object())
        'pyfunc'
    """
    modules = (parent.__module__ for parent in type(model).__mro__)
    return "sklearn" if any(m.partition(".")[0] == "sklearn" for m in modules) else "pyfunc"
