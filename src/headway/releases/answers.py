"""Answers of a model as JSON holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.dtypes import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.core.prediction import Prediction


def answers_of(prediction: Prediction, method: Method) -> NDArray[Any]:
    """Return what `method` asks for: labels or numbers, probabilities, or scores.

    Raises:
        ValueError: The prediction has none of these.
    """
    answers = {
        Method.PREDICT: prediction.values,
        Method.PREDICT_PROBA: prediction.probabilities,
        Method.DECISION_FUNCTION: prediction.scores,
    }[method]
    if answers is None:
        raise ValueError(f"the prediction has no answers for `{method}`")
    return np.asarray(answers)


def plain_answers(answers: NDArray[Any]) -> list[Any]:
    """Return answers as JSON can hold them; a number that is not finite becomes `None`."""
    if answers.dtype.kind == "f":
        missing = ~np.isfinite(answers)
        if missing.any():
            answers = answers.astype(object)
            answers[missing] = None
    plain: list[Any] = answers.tolist()
    return [value.item() if isinstance(value, np.generic) else value for value in plain]
