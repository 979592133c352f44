"""What every reader of values shares: the mark of a wrong type, and numpy's scalars as Python's own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

WRONG_TYPE: Any = object()


def python_scalar(value: Any) -> Any:
    """Return a numpy scalar as Python's own, NaN as `None`, everything else as it is."""
    # `item` would turn a datetime64 of nanoseconds into a plain integer
    if isinstance(value, np.generic) and value.dtype.kind in "biufU":
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
