"""Asks a bare booster of XGBoost, which takes matrices of its own kind only."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost


def booster_answers(booster: Any, data: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Return what a booster answers for a frame or an array.

    Args:
        booster: An `xgboost.Booster`.
        data: As it was trained on.
    """
    return np.asarray(booster.predict(xgboost.DMatrix(data, enable_categorical=True)))
