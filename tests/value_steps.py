"""Steps of a model that read dates, decimals and vectors: what a release has to ship with it."""

from __future__ import annotations

from typing import Any

import numpy as np


def calendar(frame: Any) -> Any:
    """Return numbers that another zone, unit, missing value or type of object would change."""
    return np.column_stack(
        [
            frame["at"].dt.hour,
            frame["local"].dt.year.fillna(1900),
            frame["local"].dt.microsecond.fillna(-1),
            frame["day"].map(lambda day: day.toordinal()),
            frame["clock"].map(lambda time: time.hour * 60 + time.minute),
            frame["price"].map(lambda price: -1.0 if price is None else float(price % 7)),
        ]
    ).astype(float)


def vectors(frame: Any) -> Any:
    return np.vstack([cell.mean(axis=0) for cell in frame["vector"]]).astype(float)
