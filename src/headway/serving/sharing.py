"""Asks the model once for the rows of several requests, and shares the answers out.

Invariant: one request's failure is never another's. Where a call for several requests raises, or does
not answer as many rows as it was given, each half of them is asked for on its own, down to a single
request: one bad request among 64 costs a dozen calls.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from headway.core.batch import FeatureBatch
from headway.core.prediction import Prediction
from headway.errors import PredictionError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.core.dtypes import Method

    Predict = Callable[[FeatureBatch, Method], Prediction]


def ask_together(
    predict: Predict, method: Method, batches: Sequence[FeatureBatch]
) -> list[Prediction | Exception]:
    """Return for each batch what the model answers for its rows, or what it raises for them.

    Args:
        predict: Asks the model.
        method: What it is asked for.
        batches: At least one, each of one row or more.
    """
    if len(batches) == 1:
        return [_ask_alone(predict, method, batches[0])]
    try:
        return list(
            split(predict(FeatureBatch.joined(batches), method), [b.n_rows for b in batches])
        )
    except BaseException:  # noqa: BLE001 (of whichever request it was, it will raise again)
        half = len(batches) // 2
        first, second = batches[:half], batches[half:]
        return [*ask_together(predict, method, first), *ask_together(predict, method, second)]


def split(prediction: Prediction, lengths: Sequence[int]) -> list[Prediction]:
    """Return the answers of each request.

    Args:
        prediction: The answers of all.
        lengths: Number of rows of each request, in their order.

    Raises:
        ValueError: There are more or fewer answers than rows.
    """
    ends = list(itertools.accumulate(lengths))
    values, probabilities, scores = prediction.values, prediction.probabilities, prediction.scores
    answers = (part for part in (values, probabilities, scores) if part is not None)
    if any(len(part) != ends[-1] for part in answers):
        raise ValueError("the model answered another number of rows")
    return [
        Prediction(
            values[end - length : end],
            None if probabilities is None else probabilities[end - length : end],
            None if scores is None else scores[end - length : end],
        )
        for end, length in zip(ends, lengths, strict=True)
    ]


def as_error(raised: BaseException) -> Exception:
    """Return what a request is told of what was raised for it: a model's `SystemExit` ends no server."""
    # a future takes everything but StopIteration, which a stray `next` of a model raises
    if isinstance(raised, Exception) and not isinstance(raised, StopIteration):
        return raised
    error = PredictionError(f"the model raised {type(raised).__name__}")
    error.__cause__ = raised
    return error


def _ask_alone(predict: Predict, method: Method, batch: FeatureBatch) -> Prediction | Exception:
    try:
        return predict(batch, method)
    except BaseException as raised:  # noqa: BLE001 (told to the request that waits for it)
        return as_error(raised)
