"""Takes texts that are no frame as the Series that a model of texts is fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def as_series(data: Any) -> Any:
    """Return a list or a one-dimensional array of strings as a Series; anything else as it is.

    Examples:
        >>> as_series(["good", "bad"]).tolist(), as_series([1, 2])
        (['good', 'bad'], [1, 2])
    """
    is_flat = isinstance(data, list) or (isinstance(data, np.ndarray) and data.ndim == 1)
    if not is_flat or not len(data) or not all(isinstance(text, str) for text in data):
        return data
    return pd.Series([str(text) for text in data], dtype=object)
