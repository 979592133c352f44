"""Runs predictions for asynchronous code: the only place where it calls a runtime.

A lowered model answers a small request in less time than it takes to hand it to a thread, so such a
request is answered on the event loop itself, together with those that arrive in the same turn of it
(`headway.serving.batcher`). Everything else goes to the one thread of its release
(`headway.serving.model_thread`): rows that are cheap to read are read first, so that what queues has kept
the contract and can share a call of the model; large bodies, tables, bodies that break the contract (to
find every reason in 400 bytes can take 30 ms) and contracts with code of the user's go there as they are.

Invariants: the event loop is never held for longer than about `INLINE_LIMIT_S` by one request; a request
waits in a queue of bounded length and no longer than its deadline, which is counted from the arrival of
its last byte; a request whose client has left or whose deadline has passed is not started.
"""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

from headway.contract.request import BodyFormat
from headway.core.clock import SystemClock
from headway.core.prediction import Prediction
from headway.errors import DeadlineExceededError, HeadwayError, OverloadedError
from headway.serving.admission import Admission
from headway.serving.batcher import TurnBatcher
from headway.serving.cache.decision import MAX_ROWS
from headway.serving.execution import INLINE_LIMIT_S, decide
from headway.serving.model_thread import ModelThread
from headway.serving.patience import Patience
from headway.serving.release import encode_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from headway.contract.request import RequestRows
    from headway.core.batch import FeatureBatch
    from headway.core.clock import Clock
    from headway.core.dtypes import Method
    from headway.monitoring.metrics import RequestSeries
    from headway.serving.execution import Measured
    from headway.serving.release import Answer, LoadedRelease

    Ask = Callable[[FeatureBatch, Method], Awaitable[Prediction]]
    Find = Callable[[FeatureBatch, Method], Prediction | None]

# where nothing is known
_SLOW_S = 1.0


class Executor:
    """Answers the requests of one release.

    Use it from one event loop.

    Args:
        release: What answers.
        measured: What was measured of it; `None` sends every request to the thread, one by one.
        clock: Measures what waits.

    Attributes:
        release: What answers, with how it is executed.
        inline_max_bytes: Largest body that is answered on the event loop; -1 for none.
    """

    def __init__(
        self, release: LoadedRelease, measured: Measured | None, clock: Clock | None = None
    ) -> None:
        limits = release.limits
        is_ours = release.validator is None
        execution = decide(
            measured, limits, is_lowered=release.form == "lowered", has_own_code=not is_ours
        )
        self.release = dataclasses.replace(release, execution=execution)
        self.inline_max_bytes = self._read_max_bytes = -1
        if measured is not None and is_ours:
            self._read_max_bytes = measured.reading.bytes_within(INLINE_LIMIT_S)
            if execution.mode == "inline":
                self.inline_max_bytes = measured.answering.bytes_within(INLINE_LIMIT_S)
        self._name = f"{release.name}:{release.version}"
        self._timeout_s = limits.timeout_ms / 1000
        self._clock = clock or SystemClock()
        call_s = measured.row_s if measured else _SLOW_S
        self._admission = Admission(self._name, limits, self._clock, call_s)
        self._thread = ModelThread(
            self._name,
            release.runtime.predict,
            self._admission,
            self._clock,
            max_rows=execution.batch_rows,
            delay_s=limits.max_queue_delay_ms / 1000,
        )
        self._batcher = TurnBatcher(self._predict_inline, execution.batch_rows)
        self._ask_inline: Ask = self._batcher.predict
        self._ask_thread: Ask = self._thread.predict
        self._find: Find | None = None

    @property
    def begun_max_bytes(self) -> int:
        """Largest body that `begin` may answer; -1 for none."""
        return self.inline_max_bytes if self._find is None else self._read_max_bytes

    @property
    def waiting(self) -> int:
        """Requests that wait or are being answered outside of the event loop."""
        return self._thread.waiting

    @property
    def is_stuck(self) -> bool:
        """Whether the model has been at one call for so long that it cannot be expected to end."""
        return self._thread.running_s > self._admission.stuck_after_s

    def wrap(self, around: Callable[[Ask], Ask], find: Find) -> None:
        """Put something around what asks the model: a cache of its answers.

        Args:
            around: Given what asks the model, returns what is asked instead.
            find: Returns an answer that is at hand, or `None`.
        """
        self._ask_inline, self._ask_thread = around(self._ask_inline), around(self._ask_thread)
        self._find = find

    def begin(
        self,
        body: bytes,
        method: Method,
        request_id: str,
        answered: Callable[[Answer | Exception], None],
        waited_s: float = 0.0,
    ) -> bool:
        """Answer the body of a request that has just arrived, where it is of the ordinary, quick kind.

        Args:
            body: The whole body, JSON.
            method: What the model is asked for.
            request_id: Goes into the reply.
            answered: Called once, now or at the end of this turn of the event loop, where it was begun.
            waited_s: For how long it has been there.

        Returns:
            Whether it was begun; if not, nothing has happened, and `answer` says why or answers it.
        """
        if len(body) > self.begun_max_bytes:
            return self._turns_away(answered)
        try:
            self._admission.enter(waited_s)
        except OverloadedError as refusal:
            answered(refusal)
            return True
        read = self._read_now(body, method)
        if read is None:
            self._admission.leave()
            return False
        rows, found = read

        def resolve(outcome: Prediction | Exception) -> None:
            self._admission.leave()
            answer: Answer | Exception
            try:
                answer = (
                    self._reply(rows, outcome, request_id)
                    if isinstance(outcome, Prediction)
                    else outcome
                )
            except Exception as error:  # noqa: BLE001 (it is told to the client that waits)
                answer = error
            answered(answer)

        if found is None:
            self._batcher.submit(rows.batch, method, resolve)
        else:
            resolve(found)
        return True

    def _read_now(
        self, body: bytes, method: Method
    ) -> tuple[RequestRows, Prediction | None] | None:
        """Return rows that can be answered now, with an answer that is at hand; `None` for others."""
        try:
            rows = self.release.reader.read_accepted(body)
        except HeadwayError:
            return None
        if rows is None or self._find is None:
            return None if rows is None else (rows, None)
        found = self._find(rows.batch, method)
        return None if found is None else (rows, found)

    def _turns_away(self, answered: Callable[[Answer | Exception], None]) -> bool:
        """Refuse a request at its arrival where the thread has no room for it."""
        try:
            self._admission.check_concurrency()
            self._thread.check()
        except OverloadedError as refusal:
            answered(refusal)
            return True
        return False

    def end_turn(self) -> None:
        """Answer everything that was begun."""
        self._batcher.end_turn()

    async def answer(
        self,
        body: bytes,
        method: Method,
        request_id: str,
        client_left: Callable[[], Awaitable[None]],
        body_format: BodyFormat = BodyFormat.JSON,
        received_s: float | None = None,
    ) -> Answer:
        """Answer the body of a request.

        Args:
            body: The whole body.
            method: What the model is asked for.
            request_id: Goes into the reply.
            client_left: Called where the request has to wait; returns when nobody wants the reply.
            body_format: What the body is. Only JSON is answered on the event loop: the cost of a table
                is not what was measured, and the first one imports pyarrow.
            received_s: When the last byte arrived, by the clock; `None` for now.

        Raises:
            OverloadedError: There is no room, or the request has waited too long.
            DeadlineExceededError: The time limit passed. A model that is running is not stopped, but
                the request no longer waits for it.
            ClientDisconnectedError: The client left.
            HeadwayError: As `LoadedRelease.predict`.
        """
        waited_s = 0.0 if received_s is None else self._clock.monotonic_s() - received_s
        if waited_s > self._timeout_s > 0:
            raise self._late()
        self._admission.enter(waited_s)
        try:
            if body_format is BodyFormat.JSON and len(body) <= self.inline_max_bytes:
                rows = self.release.reader.read_accepted(body)
                if rows is not None:
                    prediction = await self._ask_inline(rows.batch, method)
                    return self._reply(rows, prediction, request_id)
            if self._find is None:
                self._thread.check()
            left_s = self._timeout_s - waited_s if self._timeout_s else None
            with Patience(client_left, left_s, self._late):
                return await self._answer_in_thread(body, method, request_id, body_format)
        finally:
            self._admission.leave()

    def count_into(self, series: RequestSeries) -> None:
        """Count calls of the model, and what waits for it."""
        self._thread.series = series

    def close(self) -> None:
        """Drop what waits; do not wait for what runs."""
        self._thread.close()

    async def _answer_in_thread(
        self, body: bytes, method: Method, request_id: str, body_format: BodyFormat
    ) -> Answer:
        if (
            body_format is BodyFormat.JSON
            and self.inline_max_bytes < len(body) <= self._read_max_bytes
        ):
            rows = self.release.reader.read_accepted(body)
            if rows is not None:
                if rows.batch.n_rows > self.release.limits.max_batch_size:
                    return await self._thread.run(
                        partial(self._answer_rows, rows, method, request_id)
                    )
                prediction = await self._ask_thread(rows.batch, method)
                return self._reply(rows, prediction, request_id)
        if self._find is not None:
            return await self._answer_wrapped(body, method, request_id, body_format)
        return await self._thread.run(
            partial(self.release.answer, body, method, request_id, body_format)
        )

    async def _answer_wrapped(
        self, body: bytes, method: Method, request_id: str, body_format: BodyFormat
    ) -> Answer:
        """Answer what has to be read in the thread, by way of what was put around the model."""
        rows = await self._thread.run(partial(self.release.reader.read, body, body_format))
        if rows.batch.n_rows > min(self.release.limits.max_batch_size, MAX_ROWS):
            return await self._thread.run(partial(self._answer_rows, rows, method, request_id))
        prediction = await self._ask_thread(rows.batch, method)
        return self._reply(rows, prediction, request_id)

    def _predict_inline(self, batch: FeatureBatch, method: Method) -> Prediction:
        if self._thread.series is not None:
            self._thread.series.call_rows.observe(batch.n_rows)
        return self.release.runtime.predict(batch, method)

    def _answer_rows(self, rows: RequestRows, method: Method, request_id: str) -> Answer:
        return self._reply(rows, self.release.runtime.predict(rows.batch, method), request_id)

    def _reply(self, rows: RequestRows, prediction: Prediction, request_id: str) -> Answer:
        return encode_answer(self.release.reply(rows, prediction, request_id), rows.notices)

    def _late(self) -> DeadlineExceededError:
        return DeadlineExceededError(
            f"`{self._name}` did not answer within {self._timeout_s * 1000:g} ms",
            hint="send fewer rows, or try again when the server has less to do",
        )
