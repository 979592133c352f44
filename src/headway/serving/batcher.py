"""Asks the model once for all requests that arrive in the same turn of the event loop.

Nothing ever waits for company: a request that comes alone is answered at once, and requests that the
loop has found ready together are answered together at the end of the turn. One call for eight rows
costs little more than one call for one row, most of which is the way into the runtime and back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from headway.core.prediction import Prediction
from headway.serving.sharing import ask_together

if TYPE_CHECKING:
    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method
    from headway.serving.sharing import Predict

    Waiting = tuple[FeatureBatch, asyncio.Future[Prediction]]

# after so many turns with one request each, the next one does not wait for the end of its turn
_LONELY_TURNS = 16


class TurnBatcher:
    """Collects the small requests of one release. Use it from one event loop.

    Args:
        predict: Asks the model; called on the event loop.
        max_rows: Most rows that requests share one call with; 1 lets each have its own.
    """

    def __init__(self, predict: Predict, max_rows: int) -> None:
        self._predict = predict
        self._max_rows = max_rows
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
        if batch.n_rows >= self._max_rows:
            return self._predict(batch, method)
        loop = asyncio.get_running_loop()
        if not self._is_crowded:
            if not self._is_turn_taken:
                self._is_turn_taken = True
                loop.call_soon(self._end_turn)
                return self._predict(batch, method)
            self._is_crowded = True
        if self._n_waiting_rows + batch.n_rows > self._max_rows:
            self._answer_waiting()
        if not self._n_waiting_rows:
            loop.call_soon(self._answer_waiting)
        answer: asyncio.Future[Prediction] = loop.create_future()
        self._waiting.setdefault(method, []).append((batch, answer))
        self._n_waiting_rows += batch.n_rows
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
        # one whose task was cancelled is not asked for
        requests = [request for request in requests if not request[1].done()]
        if not requests:
            return
        outcomes = ask_together(self._predict, method, [batch for batch, _ in requests])
        for (_, answer), outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Prediction):
                answer.set_result(outcome)
            else:
                answer.set_exception(outcome)
