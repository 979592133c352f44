"""Numbers of a batch for frames that keep null apart from numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.core.batch import Column


def numbers_and_missing(
    values: Column, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[np.bool]]:
    """Return the numbers in a dtype, and where they are missing, each of shape (n_rows,).

    Args:
        values: One column of a batch.
        dtype: Of numbers or booleans. A float is NaN where it is missing, anything else 0.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool)
        if dtype.kind != "f" and missing.any():
            values = np.where(missing, 0, values)
        return values.astype(dtype, copy=False), missing
    scalars = list(values)
    missing = np.array([value is None for value in scalars], dtype=np.bool)
    if dtype.kind == "f":
        filled = [np.nan if value is None else value for value in scalars]
        return np.array(filled, dtype=np.float64).astype(dtype), missing
    # An integral float (JSON `5.0`) above 2^53 would lose digits on the way through float64
    whole = np.array([0 if value is None else int(value) for value in scalars], dtype=np.int64)
    return whole.astype(dtype), missing
