"""`Prediction`: what a runtime answers for a batch."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, slots=True)
class Prediction:
    """The answers for `n_rows` rows.

    Attributes:
        values: Class labels or regression values, shape (n_rows,), or (n_rows, n_outputs).
        probabilities: Shape (n_rows, n_classes) in the order of the contract's classes; only where
            `predict_proba` was asked for.
        scores: Shape (n_rows,) or (n_rows, n_classes); only where `decision_function` was asked for.
    """

    values: NDArray[Any]
    probabilities: NDArray[np.float64] | None = None
    scores: NDArray[np.float64] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows answered."""
        return len(self.values)
