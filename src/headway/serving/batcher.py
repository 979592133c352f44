"""Asks the model once for all requests that arrive in the same turn of the event loop.

Nothing ever waits for company: a request that comes alone is answered at once, and requests that the
loop has found ready together are answered together at the end of the turn. One call for eight rows
costs little more than one call for one row, most of which is the way into the runtime and back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from headway.core.prediction import Prediction
from headway.serving.sharing import ask_together

if TYPE_CHECKING:
    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method
    from headway.serving.sharing import Predict

# takes what the model answers or raises
Resolve = Callable[[Prediction | Exception], None]

_logger = logging.getLogger("headway.serving")

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
        self._waiting: dict[Method, list[tuple[FeatureBatch, Resolve]]] = {}
        self._n_waiting_rows = 0
        self._is_crowded = False
        self._is_turn_taken = False
        self._n_lonely_turns = 0
        # asking for the running loop costs a system call on Python 3.11
        self._loop: asyncio.AbstractEventLoop | None = None

    async def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        """Answer every row of `batch`.

        Raises:
            As the model does for these rows.
        """
        if self._goes_alone(batch):
            return self._predict(batch, method)
        answer: asyncio.Future[Prediction] = self._running_loop().create_future()

        def resolve(outcome: Prediction | Exception) -> None:
            if answer.done():
                return  # its task was cancelled
            if isinstance(outcome, Prediction):
                answer.set_result(outcome)
            else:
                answer.set_exception(outcome)

        self._wait(batch, method, resolve)
        return await answer

    def submit(self, batch: FeatureBatch, method: Method, resolve: Resolve) -> None:
        """Answer every row of `batch`, now or at the end of this turn.

        Args:
            batch: The rows.
            method: What the model is asked for.
            resolve: Called once, from here or from the event loop.
        """
        if self._goes_alone(batch):
            resolve(*ask_together(self._predict, method, [batch]))
        else:
            self._wait(batch, method, resolve)

    def end_turn(self) -> None:
        """Answer everything that waits."""
        if self._n_waiting_rows:
            self._answer_waiting()

    def _goes_alone(self, batch: FeatureBatch) -> bool:
        if batch.n_rows >= self._max_rows:
            return True
        if not self._is_crowded:
            if not self._is_turn_taken:
                self._is_turn_taken = True
                self._running_loop().call_soon(self._free_turn)
                return True
            self._is_crowded = True
        return False

    def _wait(self, batch: FeatureBatch, method: Method, resolve: Resolve) -> None:
        if self._n_waiting_rows + batch.n_rows > self._max_rows:
            self._answer_waiting()
        if not self._n_waiting_rows:
            self._running_loop().call_soon(self._answer_waiting)
        self._waiting.setdefault(method, []).append((batch, resolve))
        self._n_waiting_rows += batch.n_rows

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        loop = self._loop
        if loop is None or not loop.is_running():
            loop = self._loop = asyncio.get_running_loop()
        return loop

    def _free_turn(self) -> None:
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
            outcomes = ask_together(self._predict, method, [batch for batch, _ in requests])
            for (_, resolve), outcome in zip(requests, outcomes, strict=True):
                try:
                    resolve(outcome)
                except Exception:  # the others are still to be answered
                    _logger.exception("a request could not be answered")
