"""Asks the model once for all requests that arrive in the same turn of the event loop.

Nothing ever waits for company: a request that comes alone is answered at once, and requests that the
loop has found ready together are answered together at the end of the turn. One call for eight rows
costs little more than one call for one row, most of which is the way into the runtime and back.

Invariant: one request's failure is never another's. Where a call for several requests raises, each of
them is asked for on its own.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from headway.core.batch import FeatureBatch
from headway.core.prediction import Prediction

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.core.dtypes import Method

    Predict = Callable[[FeatureBatch, Method], Prediction]
    Waiting = tuple[FeatureBatch, asyncio.Future[Prediction]]

MAX_BATCH_ROWS = 64
# after so many turns with one request each, the next one does not wait for the end of its turn
_LONELY_TURNS = 16


class TurnBatcher:
    """Collects the small requests of one release. Use it from one event loop.

    Args:
        predict: Asks the model; called on the event loop.
    """

    def __init__(self, predict: Predict) -> None:
        self._predict = predict
        self._waiting: dict[Method, list[Waiting]] = {}
        self._n_waiting_rows = 0
        self._is_crowded = False
        self._is_turn_taken = False
        self._n_lonely_turns = 0

    async def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        """Answer every row of `batch`.

        Raises:
            As the model does for these rows.
        """
        loop = asyncio.get_running_loop()
        if not self._is_crowded:
            if not self._is_turn_taken:
                self._is_turn_taken = True
                loop.call_soon(self._end_turn)
                return self._predict(batch, method)
            self._is_crowded = True
        if not self._n_waiting_rows:
            loop.call_soon(self._answer_waiting)
        answer: asyncio.Future[Prediction] = loop.create_future()
        self._waiting.setdefault(method, []).append((batch, answer))
        self._n_waiting_rows += batch.n_rows
        if self._n_waiting_rows >= MAX_BATCH_ROWS:
            self._answer_waiting()
        return await answer

    def _end_turn(self) -> None:
        self._is_turn_taken = False

    def _answer_waiting(self) -> None:
        waiting, self._waiting = self._waiting, {}
        self._n_waiting_rows = 0
        n_requests = sum(map(len, waiting.values()))
        self._n_lonely_turns = self._n_lonely_turns + 1 if n_requests == 1 else 0
        if self._n_lonely_turns >= _LONELY_TURNS:
            self._is_crowded = False
            self._n_lonely_turns = 0
        for method, requests in waiting.items():
            self._answer_together(method, requests)

    def _answer_together(self, method: Method, requests: list[Waiting]) -> None:
        if len(requests) == 1:
            self._answer_alone(method, *requests[0])
            return
        rows = [row for batch, _ in requests for row in batch.rows()]
        try:
            prediction = self._predict(FeatureBatch.from_rows(requests[0][0].names, rows), method)
            shares = _split(prediction, [batch.n_rows for batch, _ in requests])
        except Exception:  # noqa: BLE001 (of whichever request it was, it will raise again)
            for request in requests:
                self._answer_alone(method, *request)
            return
        for (_, answer), share in zip(requests, shares, strict=True):
            if not answer.done():
                answer.set_result(share)

    def _answer_alone(
        self, method: Method, batch: FeatureBatch, answer: asyncio.Future[Prediction]
    ) -> None:
        if answer.done():  # its task was cancelled
            return
        try:
            answer.set_result(self._predict(batch, method))
        except Exception as error:  # noqa: BLE001 (raised in the task that waits for it)
            answer.set_exception(error)


def _split(prediction: Prediction, lengths: list[int]) -> list[Prediction]:
    """Return the answers of each request.

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
