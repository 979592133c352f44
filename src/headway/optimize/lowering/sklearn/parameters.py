"""Holds a step to the parameters that its lowering knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from headway.errors import LoweringError

# Where a function happens to lie in memory says nothing, and would be another text each time
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")

Check = Callable[[Any], bool]


def anything(value: Any) -> bool:  # noqa: ARG001 - a check is asked about every value
    """Accept a parameter that makes no difference once a step is fitted."""
    return True


def is_switch(value: Any) -> bool:
    """Accept True and False."""
    return isinstance(value, bool | np.bool_)


def one_of(*allowed: Any) -> Check:
    """Return a check for the values whose meaning is known."""
    return lambda value: any(type(value) is type(known) and value == known for known in allowed)


def is_nan(value: Any) -> bool:
    """Accept a float NaN."""
    return isinstance(value, float) and np.isnan(value)


def is_float64(value: Any) -> bool:
    """Accept whatever numpy reads as float64."""
    return bool(np.dtype(value) == np.float64)


def check_parameters(step: Any, known: Mapping[str, Check]) -> None:
    """Check every parameter of a step.

    Args:
        step: A scikit-learn estimator.
        known: By name, the check of each parameter. A parameter that is not among them is one that
            a later version of scikit-learn added.

    Raises:
        LoweringError: A parameter is not known, or has a value that is not covered.
    """
    for name, value in step.get_params(deep=False).items():
        if name not in known:
            raise LoweringError(f"its parameter `{name}` is not known")
        if not known[name](value):
            raise LoweringError(f"`{name}={_ADDRESS.sub('', repr(value))}` is not covered")
